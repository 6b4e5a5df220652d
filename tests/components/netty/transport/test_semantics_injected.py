"""Errors of system calls, injected by strace into a server of its own process: each ends what it befell, and the server serves on."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

STRACE = shutil.which("strace")
pytestmark = [pytest.mark.slow, pytest.mark.skipif(STRACE is None, reason="strace is missing: apt-get install strace")]

SERVER = """
import os, sys
if sys.argv[1] == "asyncio":
    sys.modules["uvloop"] = None
from pyboot.components.netty import EchoHandler, ServerBootstrap
bootstrap = ServerBootstrap().child_handler(lambda channel: channel.pipeline().add_last(EchoHandler()))
bootstrap.address("127.0.0.1", 0).when_connect_success(lambda _, server: print(server.local_address()[1], os.getpid(), flush=True))
bootstrap.grace(5)
"""


class Injected:
    """The server, once it listens: the process of strace, its own, and its port."""

    def __init__(self, process: subprocess.Popen[str], port: int, pid: int, trace: Path) -> None:
        self.process = process
        self.port = port
        self.pid = pid
        self._trace = trace

    def stop(self) -> str:
        """End the server, and strace with it, which blocks signals itself; return what was traced."""
        os.kill(self.pid, signal.SIGTERM)
        self.process.wait(20)
        return self._trace.read_text()

    def ask(self) -> bytes:
        """Say a word on a connection of its own; nothing, if it was cut off or turned away."""
        with socket.create_connection(("127.0.0.1", self.port), 10) as client:
            try:
                client.sendall(b"word")
                return client.recv(4)
            except ConnectionError:
                return b""


@pytest.fixture
def injected(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Injected]:
    """Start it on the loop of the parameter, with its injection as strace has it."""
    loop, injection = request.param
    command = [
        str(STRACE),
        "-f",
        "-qq",
        "-o",
        str(tmp_path / "trace"),
        "-e",
        "trace=accept4,sendto,recvfrom,recv,send,epoll_wait,epoll_pwait",
        "-e",
        f"inject={injection}",
        sys.executable,
        "-c",
        SERVER,
        loop,
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            if not line:
                assert process.stderr is not None
                pytest.skip(f"strace cannot trace here: {process.stderr.read()[-300:]}")
            port, pid = map(int, line.split())
            yield Injected(process, port, pid, tmp_path / "trace")
        finally:
            if process.poll() is None and line:
                os.kill(pid, signal.SIGKILL)  # it would outlive strace
            process.kill()


def on_loops(*injections: str) -> list[Any]:
    """Each with both loops; uvloop does with read and write, which a start does too, what asyncio does with recvfrom and sendto."""
    made = [
        (loop, each) for each in injections for loop in ("asyncio", "uvloop") if loop == "asyncio" or not each.startswith(("recv", "send"))
    ]
    return [pytest.param(each, id=" ".join(each)) for each in made]


@pytest.mark.parametrize(
    "injected",
    on_loops(
        "accept4:error=ENOBUFS:when=2",
        "accept4:error=ENOMEM:when=2",
        "accept4:error=EINTR:when=1+3",
        "accept4:error=EPERM:when=2",
        "epoll_wait,epoll_pwait:error=EINTR:when=3+5",
        "recvfrom:error=EINTR:when=2+4",
        "sendto:error=EINTR:when=2+4",
    ),
    indirect=True,
)
def test_what_passes_costs_no_connection(injected: Any) -> None:
    """Clients wait for a moment at most."""
    assert [b"word"] * 8 == [injected.ask() for _ in range(8)]
    assert "(INJECTED)" in injected.stop()


@pytest.mark.parametrize(
    "injected",
    on_loops("sendto:error=ENOBUFS:when=3", "sendto:error=EPERM:when=3", "sendto:error=ENOMEM:when=3", "recvfrom:error=ENOMEM:when=3"),
    indirect=True,
)
def test_what_does_not_ends_the_connection_that_met_it_alone(injected: Any) -> None:
    """All others are served."""
    answers = [injected.ask() for _ in range(8)]

    assert set(answers) <= {b"word", b""}
    assert answers.count(b"") <= 1
    assert b"word" == answers[-1]
    assert "(INJECTED)" in injected.stop()
