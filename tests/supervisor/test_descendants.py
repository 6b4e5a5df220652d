"""The processes below a process."""

import subprocess
import sys

import pytest

from pyboot.supervisor.descendants import descendants_of, kill_with_descendants
from tests.supervisor.running import is_alive, wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells them in /proc")


def test_a_process_is_killed_with_all_that_it_has_started() -> None:
    """The parent first, which could start another one otherwise, or end in order."""
    parent = subprocess.Popen(["sh", "-c", "sh -c 'sleep 60 & wait' & wait"])
    wait_until(lambda: len(descendants_of(parent.pid)) == 2)
    below = descendants_of(parent.pid)
    kill_with_descendants(parent.pid)

    assert -9 == parent.wait(10)
    wait_until(lambda: not any(map(is_alive, below)))


def test_a_process_that_is_gone_is_left_alone() -> None:
    """It has none below it."""
    ended = subprocess.Popen(["true"])
    ended.wait(10)
    kill_with_descendants(ended.pid)
    assert [] == descendants_of(ended.pid)
