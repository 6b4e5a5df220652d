"""Cores and limits."""

import os
import resource

import pytest

from pyboot.cli.bench.machine import Cores, allow_many_files, pinned


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
    assert (allow_many_files(),) * 2 == resource.getrlimit(resource.RLIMIT_NOFILE)
