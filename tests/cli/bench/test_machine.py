"""Cores and limits."""

import os
import resource
import threading
from pathlib import Path

import pytest

from pyboot.cli.bench.machine import Cores, allow_many_files, alone, pinned


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system cannot pin a process")
def test_pinning_ends_with_the_block() -> None:
    """Inside it there is one core, behind it there are all."""
    before = os.sched_getaffinity(0)

    with pinned(min(before)):
        inside = os.sched_getaffinity(0)

    assert ({min(before)}, before) == (inside, os.sched_getaffinity(0))


def test_a_single_core_is_admitted() -> None:
    """Whoever reads the table is told that the figures disturb each other."""
    assert "no other, ratios count, figures do not" in str(Cores(0, 0))
    assert "server on core 0, load on core 1" == str(Cores(0, 1))
    assert "not pinned" in str(Cores(None, None))


def test_as_many_files_as_allowed() -> None:
    """The soft limit becomes the hard one."""
    allow_many_files()

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == soft


def test_one_benchmark_at_a_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The second says that it waits, and goes on when the first has ended."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    waits, order = threading.Event(), []

    def second() -> None:
        with alone(lambda line: waits.set()):
            order.append("second")

    thread = threading.Thread(target=second)
    with alone(lambda line: pytest.fail(line)):
        thread.start()
        assert waits.wait(5)
        order.append("first")
    thread.join()

    assert ["first", "second"] == order
