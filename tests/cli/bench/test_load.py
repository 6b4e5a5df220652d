"""The load generator in C."""

import os
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from pyboot.cli.bench.errors import LoadError
from pyboot.cli.bench.load import LoadGenerator
from pyboot.cli.bench.work import Work

from .conftest import FAULTS, Handle, chatter, early_close, echo, farewell

pytestmark = pytest.mark.slow


def work(load: str, connections: int = 1, depth: int = 1, size: int = 64) -> Work:
    """A small load."""
    return Work("small", "a small load", load, ("raw",), connections, depth, size)


@pytest.fixture(scope="module")
def load(tmp_path_factory: pytest.TempPathFactory) -> LoadGenerator:
    """The generator, compiled once, with little patience."""
    if shutil.which("cc") is None:
        pytest.skip("no C compiler: load.c cannot be built here")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYBOOT_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        built = LoadGenerator.build(None)
    return LoadGenerator(built.command, None, built.note, patience_seconds=0.3)


@pytest.mark.parametrize(
    ("mode", "handle"), [("prefix4", echo), ("varint", echo), ("line", echo), ("json", echo), ("stream", echo), ("connect", farewell)]
)
def test_counts_and_times_right_answers(load: LoadGenerator, serve: Callable[[Handle], int], mode: str, handle: Handle) -> None:
    """An honest server gets figures that fit together."""
    sample = load.run(work(mode, connections=3, depth=2), serve(handle), 0.1, 0.05, os.getpid())

    assert 0 < sample.server_cpu <= 2
    assert 0 < sample.load_cpu <= 1
    assert sample.count > 0
    assert pytest.approx(sample.count / sample.seconds, rel=0.01) == sample.qps
    assert 0 < sample.p50_us <= sample.p90_us <= sample.p99_us <= sample.p999_us < 1e6


def test_frames_bigger_than_the_socket_buffers_pass(load: LoadGenerator, serve: Callable[[Handle], int]) -> None:
    """A frame that no single write can carry is sent and compared whole."""
    sample = load.run(work("prefix4", connections=2, depth=2, size=(4 << 20) + 4), serve(echo), 0.2, 0)

    assert pytest.approx(sample.count * ((4 << 20) + 4) * 8 / sample.seconds / 1e9, rel=0.6) == sample.gbps


@pytest.mark.parametrize(("mode", "handle", "told"), FAULTS)
def test_a_wrong_answer_is_an_error(load: LoadGenerator, serve: Callable[[Handle], int], mode: str, handle: Handle, told: str) -> None:
    """Nothing is measured of a server that lies, loses, doubles, closes or falls silent; the message says what it did."""
    with pytest.raises(LoadError, match=told) as caught:
        load.run(work(mode), serve(handle), 0.1, 0)

    assert 1 == caught.value.code


def test_held_connections_are_counted(load: LoadGenerator, serve: Callable[[Handle], int]) -> None:
    """Inside the block the connections are open."""
    with load.hold(work("hold", connections=5), serve(echo)) as held:
        assert 5 == held


def test_a_held_connection_that_is_closed_is_an_error(load: LoadGenerator, serve: Callable[[Handle], int]) -> None:
    """A server that drops idle connections holds nothing."""
    closed = threading.Event()

    def handle(one: socket.socket) -> None:
        early_close(one)
        closed.set()

    port = serve(handle)

    with pytest.raises(LoadError, match="connection 0: closed while it was held"), load.hold(work("hold"), port):
        assert closed.wait(5)


def test_a_held_connection_that_talks_is_an_error(load: LoadGenerator, serve: Callable[[Handle], int]) -> None:
    """Bytes that nobody asked for are not idleness."""
    port = serve(chatter)

    with pytest.raises(LoadError, match="connection 0: bytes came unasked while it was held"), load.hold(work("hold"), port):
        pass


def test_nobody_listening_is_an_error(load: LoadGenerator, serve: Callable[[Handle], int]) -> None:
    """A refused connection is named."""
    with pytest.raises(LoadError, match="connect: Connection refused"):
        load.run(work("stream"), 1, 0.1, 0)


def test_wrong_usage_is_told_apart(load: LoadGenerator) -> None:
    """A frame too small for its prefix is our mistake, not the server's."""
    with pytest.raises(LoadError, match="at least 5 bytes, not 4") as caught:
        load.run(work("prefix4", size=4), 1, 0.1, 0)

    assert 2 == caught.value.code


def test_without_a_compiler_the_python_one_is_taken_and_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The slower generator is never a silent replacement."""
    monkeypatch.setenv("PATH", str(tmp_path))

    built = LoadGenerator.build(None)

    assert built.command[-1].endswith("slow_load.py")
    assert "no C compiler" in built.note


def test_a_broken_compiler_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It is there, but it fails: the reason is in the note."""
    (tmp_path / "cc").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "cc").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PYBOOT_BENCH_CACHE", str(tmp_path / "cache"))

    built = LoadGenerator.build(None)

    assert built.command[-1].endswith("slow_load.py")
    assert "load.c cannot be built" in built.note
