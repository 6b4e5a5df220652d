"""A reloader with real processes: code that changes, breaks and is mended while clients come and stay."""

import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.supervisor.descendants import descendants_of
from tests.supervisor.running import Load, Running, is_alive, wait_until

pytestmark = pytest.mark.slow
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])

PROGRAM = """
import os
from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer

@PyBootApplication
class App: ...

@NettyServer(port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean(server="greet")
class GreetHandler(ChannelHandler):
    def channel_read(self, ctx, message):
        if message == "exit":
            os._exit(3)
        ctx.write_and_flush("1\\n")
"""
ROOM = """
from pyboot.netty import TextWebSocketFrame

@NettyServer(port=0)
class RoomServer:
    pipeline = ["http-server", {"websocket": {"path": "/"}}]

@ChannelHandlerBean(server="room")
class Member(ChannelHandler):
    def channel_read(self, ctx, message):
        ctx.write_and_flush(TextWebSocketFrame(message.text))
"""
UPGRADE = (
    b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)


class Reloading(Running):
    """An application that is reloaded: its file may be written again."""

    def save(self, program: str) -> None:
        """Write the file as many editors do: beside it, and renamed."""
        (self.folder / "hello.py.tmp").write_text(program)
        (self.folder / "hello.py.tmp").replace(self.folder / "hello.py")

    def answer(self, port: int | None = None, text: str = "hello") -> str:
        """Connect, ask, and return the answer; nothing where the connection ends without one."""
        with socket.create_connection(("127.0.0.1", self.port if port is None else port), timeout=20) as client:
            try:
                client.sendall(f"{text}\n".encode())
                return client.makefile().readline().rstrip()
            except ConnectionError:
                return ""

    def wait_for_answer(self, answer: str) -> None:
        """Ask until the answer is this one."""
        wait_until(lambda: self.answer() == answer)


def version(number: int) -> str:
    """The program that answers with a number: each as long as the other."""
    return PROGRAM.replace('"1\\n"', f'"{number}\\n"')


@pytest.fixture
def reloading(tmp_path: Path) -> Iterator[Reloading]:
    """An application that serves, with version 1."""
    with Reloading(tmp_path, "--reload", program=version(1)) as made:
        made.wait("listening on")
        yield made


@LOOPS
def test_nobody_is_refused_while_code_changes(tmp_path: Path, loop: str) -> None:
    """Saved, saved broken, saved good, with a WebSocket open: who comes meanwhile is answered, or told at once that it is broken (P14)."""
    with Reloading(tmp_path, "--reload", f"--netty.loop={loop}", program=version(1) + ROOM) as running:
        greet, room = (int(match[1]) for match in running.wait(r"listening on [\d.]+:(\d+)", 2))
        member = socket.create_connection(("127.0.0.1", room), timeout=20)
        member.sendall(UPGRADE)
        assert b"HTTP/1.1 101" == member.recv(12)
        with Load(greet) as load:
            running.save(version(2) + ROOM)
            running.wait_for_answer("2")
            farewell = b"".join(iter(lambda: member.recv(4096), b""))
            assert b"\x88\x02\x03\xe9" == farewell[-4:], "going away"
            assert load.results.total() - load.results["answered"] <= 6, "only who was accepted just before, and was slow to ask"

            running.save("broken = (")
            running.wait("ended with 1: waiting for a change")
            began = time.monotonic()
            assert "" == running.answer()
            assert time.monotonic() - began < 2.0
            assert not {"ConnectionRefusedError", "TimeoutError"} & {*load.results}

            running.save(version(3) + ROOM)
            running.wait_for_answer("3")
            answered = load.results["answered"]
            wait_until(lambda: load.results["answered"] > answered + 20)
        member.close()
        assert {"answered", "ValueError", "ConnectionResetError"} >= {*load.results}
        running.wait("SyntaxError: '\\(' was never closed")
        running.wait("Started App in", 3)
        running.signal(signal.SIGTERM)
        assert 0 == running.end()


def test_broken_code_is_told_in_the_language_of_the_web(reloading: Reloading) -> None:
    """A browser shows what is wrong."""
    reloading.save("broken = (")
    reloading.wait("waiting for a change")
    with socket.create_connection(("127.0.0.1", reloading.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        response = b"".join(iter(lambda: client.recv(4096), b"")).decode()

    assert response.startswith("HTTP/1.1 503 Service Unavailable\r\n")
    assert response.endswith("hello.py:1 raised while 'hello' was imported: SyntaxError: '(' was never closed\n")


def test_two_changes_of_one_size_in_one_second_are_two(reloading: Reloading) -> None:
    """The interpreter would take the bytecode of the first for that of the second."""
    for number in (2, 3, 4, 5):
        reloading.save(version(number))
        reloading.wait_for_answer(str(number))


def test_changes_while_it_starts_start_it_again(reloading: Reloading) -> None:
    """The last one wins, however close they are."""
    for number in range(6, 1, -1):
        reloading.save(version(number))
        elapsed = threading.Event()
        elapsed.wait(0.01 * number)
    reloading.wait_for_answer("2")


def test_a_file_that_is_removed_and_comes_back_counts_twice(reloading: Reloading) -> None:
    """And so does a package that is renamed away."""
    (reloading.folder / "hello.py").rename(reloading.folder / "other.py")
    reloading.wait("waiting for a change")
    (reloading.folder / "other.py").rename(reloading.folder / "hello.py")
    reloading.wait_for_answer("1")


def test_settings_count_and_what_tools_write_does_not(reloading: Reloading) -> None:
    """A file of settings that comes, and a variable; bytecode, logs and what version control keeps are left alone."""
    for folder in (".git", "__pycache__", "logs", "node_modules", "env"):
        (reloading.folder / folder).mkdir(exist_ok=True)
    (reloading.folder / "env/pyvenv.cfg").touch()
    for noise in (".git/index.py", "__pycache__/a.py", "logs/a.py", "node_modules/a.py", "env/a.py", "hello.py~", ".hello.py.swp"):
        (reloading.folder / noise).touch()
    (reloading.folder / "application.yaml").write_text("pyboot: {main: {log-startup-info: true}}\n")
    assert ["application.yaml"] == [match[1] for match in reloading.wait(r" : (\S+) changed: starting anew")]
    reloading.wait("Started App in", 2)
    (reloading.folder / ".env").write_text("GREETING=hi\n")
    assert [".env"] == [match[1] for match in reloading.wait(r" : (\S+) changed: starting anew", 2)][1:]


def test_what_a_folder_holds_that_was_named_counts(tmp_path: Path) -> None:
    """Whatever it is; new folders below it as well."""
    pages = tmp_path / "pages"
    pages.mkdir()
    (tmp_path / "app").mkdir()
    with Reloading(tmp_path / "app", "--reload-dir", str(pages), program=version(1)) as running:
        running.wait("listening on")
        (pages / "index.html").write_text("hello")
        running.wait("index.html changed: starting anew")
        running.wait("listening on", 2)
        (pages / "new/deep").mkdir(parents=True)
        (pages / "new/deep/page.html").write_text("hello")
        running.wait("page.html changed: starting anew")


def test_an_application_that_ends_by_itself_waits_for_a_change(reloading: Reloading) -> None:
    """Its end may be what is to be mended; one that a signal has ended is started again."""
    assert "" == reloading.answer(text="exit")
    reloading.wait("the application ended with 3: waiting for a change")
    assert "" == reloading.answer()
    reloading.save(version(2))
    reloading.wait_for_answer("2")

    pids = [int(match[1]) for match in reloading.wait(r"INFO (\d+) --- pyboot.boot.application : Started", 2)]
    os.kill(pids[-1], signal.SIGKILL)
    reloading.wait("was ended by SIGKILL: it starts anew in")
    reloading.wait_for_answer("2")


def test_an_address_may_change_to_one_that_it_was_in_the_way_of(tmp_path: Path) -> None:
    """Of one port, all addresses of the machine first and then one, which a socket that is kept would bar."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    everywhere = version(1).replace("port=0", f"host='0.0.0.0', port={port}")
    with Reloading(tmp_path, "--reload", program=everywhere) as running:
        running.wait("listening on 0.0.0.0")
        running.save(version(2).replace("port=0", f"host='127.0.0.1', port={port}"))
        running.wait("listening on 127.0.0.1")
        assert "2" == running.answer(port)


def test_who_does_not_end_is_ended_with_what_it_has_started(tmp_path: Path) -> None:
    """A moment after the change: a person waits."""
    stubborn = version(1) + (
        "\nimport subprocess\nfrom pyboot.boot import Component\n\n@Component\nclass Stubborn:\n    phase = 5\n\n"
        "    async def start(self) -> None:\n        print('child', subprocess.Popen(['sleep', '300']).pid, flush=True)\n\n"
        "    async def stop(self) -> None:\n        import time\n        time.sleep(300)\n"
    )
    with Reloading(tmp_path, "--reload", program=stubborn) as running:
        running.wait("Started App")
        child = int(running.wait(r"^child (\d+)")[0][1])
        running.save(version(2))
        running.wait("not done 1 s after it was asked to end: ending it")
        running.wait_for_answer("2")
        assert not is_alive(child)


def test_a_hang_up_asks_for_a_reload_and_an_interrupt_for_the_end(reloading: Reloading) -> None:
    """With nothing left behind."""
    reloading.signal(signal.SIGHUP)
    reloading.wait("SIGHUP: starting anew")
    reloading.wait("it serves again")
    below = descendants_of(reloading.process.pid)
    reloading.signal(signal.SIGINT)
    assert 0 == reloading.end()
    wait_until(lambda: not any(map(is_alive, below)))


def test_nothing_is_left_when_the_reloader_is_killed(reloading: Reloading) -> None:
    """Neither the application nor the watcher nor the process that waits for its turn."""
    wait_until(lambda: len(descendants_of(reloading.process.pid)) == 3)
    below = descendants_of(reloading.process.pid)
    reloading.signal(signal.SIGKILL)
    wait_until(lambda: not any(map(is_alive, below)))


def test_a_first_start_that_is_broken_waits_for_the_mend(tmp_path: Path) -> None:
    """The report is there, and then the usual start."""
    with Reloading(tmp_path, "--reload", program="broken = (") as running:
        running.wait("APPLICATION FAILED TO START")
        running.wait("waiting for a change")
        running.save(version(1))
        running.wait_for_answer("1")
        running.wait("Started App in")
