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


def test_who_has_ended_is_waited_for_unless_somebody_else_does() -> None:
    """In a process that has no other children: here they would be those of whoever runs the tests."""
    program = """
import os, subprocess
from pyboot.supervisor.descendants import reap_orphans
own, *others = [subprocess.Popen(["true"]) for _ in range(3)]
for each in (own, *others):
    os.waitid(os.P_PID, each.pid, os.WEXITED | os.WNOWAIT)
living = subprocess.Popen(["sleep", "60"])
reap_orphans({own.pid})
assert own.wait() == 0
reap_orphans(())
assert [os.path.exists(f"/proc/{each.pid}") for each in (own, *others, living)] == [False, False, False, True]
living.kill()
living.wait()
reap_orphans(())
"""
    assert 0 == subprocess.run([sys.executable, "-c", program], timeout=30, check=False).returncode
