"""The sample application as a user runs it: a process of its own, and real clients over TCP."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINES = 10_000
BURST = b"".join(b"%d\n" % number for number in range(LINES))
ANSWERS = b"".join(b"hello %d\n" % number for number in range(LINES))

COUNTING = '''
"""Greets, and tells at the end how many lines it answered."""

from pyboot.boot import PreDestroy, PyBootApplication, Service
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer


@PyBootApplication
class App: ...


@Service
class Answers:
    count = 0

    @PreDestroy
    def tell(self) -> None:
        print(f"answered {self.count}")


@NettyServer()
class GreetServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean()
class GreetHandler(ChannelHandler):
    def __init__(self, answers: Answers) -> None:
        self.answers = answers

    async def channel_read(self, ctx, name):
        ctx.write_and_flush(f"hello {name}\\n")
        self.answers.count += 1
'''

TYPICAL = '''
"""Three servers and a client."""

from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyClient, NettyServer


class Echoing(ChannelHandler[str]):
    def channel_read(self, ctx, msg):
        ctx.write_and_flush(msg)


@PyBootApplication
class App: ...


@NettyServer
class FirstServer:
    pipeline = ["line", "string"]


@NettyServer
class SecondServer:
    pipeline = ["line", "string"]


@NettyServer
class ThirdServer:
    pipeline = ["line", "string"]


@ChannelHandlerBean(server="first")
class FirstHandler(Echoing): ...


@ChannelHandlerBean(server="second")
class SecondHandler(Echoing): ...


@NettyClient(host="127.0.0.1", port=1)
class UpstreamClient:
    pipeline = ["line", "string"]


@ChannelHandlerBean(client="upstream")
class UpstreamHandler(Echoing): ...


@ChannelHandlerBean(server="third")
class ThirdHandler(Echoing): ...
'''
SCREEN = 24

type Run = Callable[..., Any]  # the fixture of conftest.py; its class cannot be imported from there


def receive(client: socket.socket) -> bytes:
    """Read until the server closes."""
    received = bytearray()
    while chunk := client.recv(65536):
        received += chunk
    return bytes(received)


@pytest.mark.slow
def test_a_line_from_socat_is_greeted(run_application: Run) -> None:
    """The client of the README gets what the README says."""
    if shutil.which("socat") is None:
        pytest.skip("socat is not installed; .ci/run installs it")
    server = run_application("app_template", cwd=ROOT)

    answer = subprocess.run(["socat", "-", f"TCP:127.0.0.1:{server.port}"], input=b"ada\n", capture_output=True, timeout=10, check=True)

    assert b"hello ada\n" == answer.stdout


@pytest.mark.slow
def test_ten_thousand_lines_in_one_burst_come_back_in_order(run_application: Run) -> None:
    """Written at once, read until the end: complete, and in order."""
    server = run_application("app_template", cwd=ROOT)

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        writer = threading.Thread(target=lambda: (client.sendall(BURST), client.shutdown(socket.SHUT_WR)))
        writer.start()
        received = receive(client)
        writer.join()

    assert ANSWERS == received


@pytest.mark.slow
def test_ten_thousand_lines_byte_by_byte_come_back_in_order(run_application: Run) -> None:
    """A segment for each byte makes no difference."""
    server = run_application("app_template", cwd=ROOT)

    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def write() -> None:
            for position in range(len(BURST)):
                client.send(BURST[position : position + 1])
            client.shutdown(socket.SHUT_WR)

        writer = threading.Thread(target=write)
        writer.start()
        received = receive(client)
        writer.join()

    assert ANSWERS == received


@pytest.mark.slow
def test_sigterm_in_a_burst_loses_no_line_already_answered(run_application: Run, tmp_path: Path) -> None:
    """Every answer that the handler wrote arrives whole and in order, the connection ends cleanly, and so does the process."""
    (tmp_path / "counting.py").write_text(COUNTING)
    server = run_application("counting", cwd=tmp_path)

    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as client:
        writer = threading.Thread(target=_write_until_closed, args=(client, BURST * 400))  # more than it answers before it hears the signal
        writer.start()
        received = client.recv(65536)
        server.process.send_signal(signal.SIGTERM)
        received += receive(client)
        writer.join()
    output = server.finish()

    lines = received.split(b"\n")
    assert b"" == lines.pop()
    assert 0 < len(lines) < 400 * LINES
    assert [b"hello %d" % (number % LINES) for number in range(len(lines))] == lines
    assert f"answered {len(lines)}\n" in output
    assert 0 == server.process.returncode, output


@pytest.mark.slow
def test_it_is_ready_within_a_second(run_application: Run) -> None:
    """Processor time from the start of the process until it listens; a busy machine does not make it longer."""
    server = run_application("app_template", cwd=ROOT)

    assert 1.0 > _processor_seconds(server.process.pid)


@pytest.mark.slow
def test_the_start_prints_the_pipeline_and_the_address(run_application: Run) -> None:
    """What every connection gets, and where to connect, stand in the output."""
    server = run_application("app_template", cwd=ROOT)

    assert "pipeline of the server 'greet': idle -> deadlines -> line -> string -> GreetHandler" in server.output
    assert f"listening on 127.0.0.1:{server.port}" in server.output


@pytest.mark.slow
def test_ctrl_c_ends_an_idle_server_cleanly(run_application: Run) -> None:
    """SIGINT means what SIGTERM means."""
    server = run_application("app_template", cwd=ROOT)

    server.process.send_signal(signal.SIGINT)
    output = server.finish()

    assert 0 == server.process.returncode, output
    assert "Traceback" not in output


@pytest.mark.slow
def test_a_port_in_use_is_reported_with_what_to_do() -> None:
    """No stack trace: what happened, what to do, exit code 1."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "pyboot.cli", "run", "app_template", f"--netty.servers.greet.port={port}"]
        failed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    output = failed.stdout + failed.stderr

    assert 1 == failed.returncode
    assert "APPLICATION FAILED TO START" in output
    assert f"127.0.0.1:{port}" in output
    assert "Action:" in output
    assert "Traceback" not in output


def _write_until_closed(client: socket.socket, data: bytes) -> None:
    """Write all of *data*, or as much as the server takes before it closes."""
    try:
        client.sendall(data)
    except (BrokenPipeError, ConnectionResetError):
        return


def _processor_seconds(process: int) -> float:
    """User and system time of a running process, from /proc."""
    if not Path("/proc/self/stat").exists():
        pytest.skip("the processor time of another process is read from /proc, which this system has not")
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize("arguments", [(), ("--debug",)], ids=["plain", "debug"])
def test_the_start_is_told_in_one_screen(run_application: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Profiles, files, core, each client and server with pipeline and address, and what took how long; more of it after `--debug`."""
    (tmp_path / "typical.py").write_text(TYPICAL)
    (tmp_path / "application.yaml").write_text("logging: {color: never}\nnetty.clients.upstream.lazy: true\n")
    (tmp_path / "application-dev.yaml").write_text("logging.level.app: DEBUG\n")
    server = run_application("typical", "--profile=dev", *arguments, cwd=tmp_path)

    output = server.output
    while "Started" not in output:
        output += server.process.stdout.readline()

    told = [line.partition(" : ")[2] for line in output.splitlines() if " INFO " in line]
    shape = [re.sub(r"\d+(\.\d+)?", "N", re.sub("uvloop|asyncio", "LOOP", re.sub("compiled|pure", "CORE", line))) for line in told]
    servers = ("first", "second", "third")
    expected = [
        "Active profiles: dev",
        "Settings: application-dev.yaml, application.yaml",
        "pipeline of the client 'upstream' to N.N:N: line -> string -> UpstreamHandler",
        "network core: CORE; event loop: LOOP",
        *(f"pipeline of the server '{name}': line -> string -> {name.title()}Handler" for name in servers),
        *(f"server '{name}' listening on N.N:N" for name in servers),
        "Started App in N seconds (process running for N): "
        "import N ms, settings N ms, definitions N ms, graph N ms, beans N ms, start N ms",
    ]
    assert expected == [line.replace("N.N.N", "N.N") for line in shape if "DEBUG" not in line][: len(expected)]
    if arguments:
        assert "CONDITION REPORT" in output
    else:
        assert SCREEN >= len(output.splitlines())
