"""One server of a program without a container, in several processes."""

import math
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.server import EchoServer
from tests.supervisor.running import ROOT, Load, Running, ask, is_alive, wait_until

SCRIPT = """
import logging, os, pathlib, sys, time
LOOP
from pyboot.components.netty import ChannelHandler, LineBasedFrameDecoder, StringDecoder, StringEncoder
from pyboot.components.netty.server import Server

logging.basicConfig(level=logging.INFO)
if pathlib.Path("broken").exists():
    raise RuntimeError("this version is broken")

class GreetHandler(ChannelHandler):
    def channel_read(self, ctx, message):
        if message == "block":
            time.sleep(120)
        ctx.write_and_flush(f"{os.getpid()}\\n")

class GreetServer(Server):
    def init_channel(self, channel):
        channel.pipeline().add_last(LineBasedFrameDecoder(100), StringDecoder(), StringEncoder(), GreetHandler())

GreetServer(address=ADDRESS).workers(2, settle=0.1SETTINGS).grace(5)
os.write(1, f"loop {LOOP_NAME} of {os.getpid()}\\n".encode())
"""


def script(loop: str = "asyncio", address: str = '("127.0.0.1", 0)', settings: str = "") -> str:
    """The program, for a loop."""
    without = "sys.modules['uvloop'] = None  # as if it were not installed" if loop == "asyncio" else "import uvloop"
    name = "'asyncio' if sys.modules['uvloop'] is None else 'uvloop'"
    return SCRIPT.replace("LOOP_NAME", name).replace("LOOP", without).replace("ADDRESS", address).replace("SETTINGS", settings)


def running(folder: Path, program: str) -> Running:
    """The program, started as a person would."""
    return Running(folder, program=program, arguments=("hello.py",))


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_a_plain_program_without_a_guard_serves_with_two_processes_and_rolls(loop: str, tmp_path: Path) -> None:
    """Port 0 is one port for both, nobody is refused while all are replaced, and a stop ends all in order."""
    if loop == "uvloop":
        pytest.importorskip("uvloop")
    with running(tmp_path, script(loop)) as program:
        program.ready(2)
        before = set(program.workers())
        assert before == {ask(program.port) for _ in range(20)}
        with Load(program.port) as load:
            program.signal(signal.SIGHUP)
            program.wait("rolled to generation 2")
            program.wait(r"worker \d: ended with 0, generation 1", 2)
        assert {"answered"} == set(load.results), load.results
        assert not before & {ask(program.port) for _ in range(20)}
        program.signal(signal.SIGTERM)
        assert 0 == program.end()
        program.wait(f"loop {loop} of ", 4)


@pytest.mark.slow
def test_the_supervisor_has_nothing_of_the_program_in_it_and_its_process(tmp_path: Path) -> None:
    """It goes on where the code that a roll would start is broken, and when it executes itself anew."""
    with running(tmp_path, script()) as program:
        program.ready(2)
        command = Path(f"/proc/{program.process.pid}/cmdline").read_bytes().split(b"\0")
        assert [b"-P", b"-m", b"pyboot.supervisor"] == command[1:4]
        before = program.workers()
        (tmp_path / "broken").touch()
        program.signal(signal.SIGUSR2)
        program.wait("roll failed, generation 1 goes on")
        assert set(before) == {ask(program.port) for _ in range(20)}
        program.signal(signal.SIGKILL)
        wait_until(lambda: not any(map(is_alive, before)), 6.0)


@pytest.mark.slow
def test_a_dead_worker_and_a_stuck_one_are_replaced(tmp_path: Path) -> None:
    """As those of an application are."""
    with running(tmp_path, script(settings=", stalled_after=2.0")) as program:
        program.ready(2)
        os.kill(ask(program.port), signal.SIGKILL)
        program.ready(3)
        with socket.create_connection(("127.0.0.1", program.port), timeout=10) as client:
            client.sendall(b"block\n")
            program.wait(r'hello.py", line \d+ in channel_read')
            program.ready(4)


@pytest.mark.slow
def test_an_address_that_cannot_be_had_is_told_once_and_ends_the_start(tmp_path: Path) -> None:
    """The code is 1, and no worker is tried again."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f'("127.0.0.1", {taken.getsockname()[1]})'
        with running(tmp_path, script(address=address)) as program:
            assert 1 == program.end()
            assert 1 == len(program.wait("BindError:"))


@pytest.mark.slow
def test_a_path_is_shared_and_gone_at_the_end(tmp_path: Path) -> None:
    """The supervisor alone removes it."""
    with running(tmp_path, script(address='"./here.sock"')) as program:
        program.ready(2)
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(tmp_path / "here.sock"))
            client.sendall(b"hello\n")
            assert int(client.makefile().readline()) in program.workers()
        program.signal(signal.SIGTERM)
        assert 0 == program.end()
        assert not (tmp_path / "here.sock").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "told"),
    [
        ("import os; os.chdir('/')", "hello.py is not found from /"),
        ("from pyboot.components.netty.transport.local import LocalAddress", "inside of one process"),
    ],
)
def test_what_cannot_have_several_processes_is_refused(before: str, told: str, tmp_path: Path) -> None:
    """In the process that a person has started, before there is another."""
    address = 'LocalAddress("x")' if "Local" in before else '("127.0.0.1", 0)'
    (tmp_path / "hello.py").write_text(before + "\n" + script(address=address))
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{':'.join(path for path in sys.path if path)}"}
    ended = subprocess.run(
        [sys.executable, "hello.py"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert 1 == ended.returncode
    assert told in ended.stderr.splitlines()[-1], ended.stderr


@pytest.mark.slow
def test_a_program_that_is_typed_in_cannot_be_started_again(tmp_path: Path) -> None:
    """There is no file of it."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{':'.join(path for path in sys.path if path)}"}
    ended = subprocess.run(
        [sys.executable, "-"], input=script(), cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
    )

    assert 1 == ended.returncode
    assert "save it as a file" in ended.stderr


@pytest.mark.parametrize(
    ("count", "settings", "error", "told"),
    [
        (0, {}, ValueError, "0 workers, allowed is a number from 1 on"),
        (True, {}, ValueError, "True workers"),
        (2, {"patience": 3}, TypeError, r"workers\(\) knows no patience; allowed: accept, boot_timeout"),
        (2, {"settle": -1}, ValueError, "settle of -1, allowed are seconds, 0 or more"),
        (2, {"stalled_after": 0.5}, ValueError, "stalled_after of 0.5, allowed are seconds, 1 or more: a busy loop is not a stuck one"),
        (2, {"stalled_after": math.inf}, ValueError, "stalled_after of inf, allowed are seconds, 1 or more.*, and a hundred years at most"),
        (2, {"give_up": True}, ValueError, "give_up of True, allowed are seconds"),
        (2, {"settle": "5s"}, ValueError, "settle of '5s', allowed are seconds"),
        (2, {"boot_timeout": 0}, ValueError, "boot_timeout of 0, allowed are seconds, 0.001 or more"),
        (2, {"max_memory": 1.5}, ValueError, "max_memory of 1.5, allowed are bytes, a whole number"),
        (2, {"pid_file": ""}, ValueError, "pid_file '', allowed is the path of a file"),
        (2, {"accept": "never"}, ValueError, "accept 'never', allowed is auto, per-worker or shared"),
    ],
)
def test_mistakes_are_told_at_once(count: int, settings: dict[str, object], error: type[Exception], told: str) -> None:
    """Before anything is started."""
    with pytest.raises(error, match=told):
        EchoServer().workers(count, **settings)  # type: ignore[arg-type]  # that is the mistake


async def test_a_loop_that_runs_has_no_workers() -> None:
    """Neither by grace, which blocks, nor by bind, which is for one process."""
    server = EchoServer(("127.0.0.1", 0)).workers(2)
    with pytest.raises(NettyError, match="leave it out in order to await bind"):
        await server.bind()
    with pytest.raises(RuntimeError, match="a loop runs here already"):
        server.grace()
