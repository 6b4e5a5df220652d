"""The load generator in Python judges like the one in C."""

import io
import json
import os
import re
import sys
from collections.abc import Callable

import pytest

from pyboot.cli.bench.slow_load import main

from .conftest import FAULTS, Handle, chatter, echo, farewell


def arguments(mode: str, port: int, connections: int = 1, depth: int = 1, size: int = 64, seconds: float = 0.05) -> list[str]:
    """A load of *seconds*."""
    return [mode, "127.0.0.1", str(port), str(connections), str(depth), str(size), str(seconds), "0.02", "0.2", str(os.getpid())]


@pytest.mark.parametrize(("mode", "handle"), [("prefix4", echo), ("stream", echo), ("connect", farewell)])
def test_counts_and_times_right_answers(
    serve: Callable[[Handle], int], capsys: pytest.CaptureFixture[str], mode: str, handle: Handle
) -> None:
    """An honest server gets figures that fit together, by the same names as from C; time enough for a machine that is busy elsewhere."""
    assert 0 == main(arguments(mode, serve(handle), connections=3, depth=2, seconds=0.3))

    figures = json.loads(capsys.readouterr().out)
    assert {"qps", "gbps", "p50_us", "p90_us", "p99_us", "p999_us", "count", "seconds", "server_cpu", "load_cpu"} == set(figures)
    assert pytest.approx(figures["count"] / figures["seconds"]) == figures["qps"]
    ours = figures["load_cpu"] if sys.platform.startswith("linux") else 0.0  # here the server's process is this one
    assert pytest.approx(ours, rel=0.1) == figures["server_cpu"]
    assert 0 < figures["p50_us"] <= figures["p90_us"] <= figures["p99_us"] <= figures["p999_us"]


@pytest.mark.parametrize(("mode", "handle", "told"), FAULTS)
def test_a_wrong_answer_is_an_error(
    serve: Callable[[Handle], int], capsys: pytest.CaptureFixture[str], mode: str, handle: Handle, told: str
) -> None:
    """The faults that C tells, Python tells too."""
    assert 1 == main(arguments(mode, serve(handle)))

    assert re.search(told, capsys.readouterr().err)


def test_held_connections_are_counted(
    serve: Callable[[Handle], int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line is printed when they are open; the end of standard input lets them go."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))

    assert 0 == main(arguments("hold", serve(echo), connections=4))

    assert {"held": 4} == json.loads(capsys.readouterr().out)


def test_bytes_that_nobody_asked_for_are_an_error(
    serve: Callable[[Handle], int], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An idle connection must be idle."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO()))

    assert 1 == main(arguments("hold", serve(chatter)))

    assert "bytes came unasked while it was held" in capsys.readouterr().err


def test_wrong_usage_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    """Too few arguments print the usage."""
    assert 2 == main(["stream"])

    assert capsys.readouterr().err.startswith("usage: ")
