"""The stacks of workers, in their common log."""

import re
import signal
from pathlib import Path

import pytest

from tests.supervisor.running import Running

pytestmark = pytest.mark.slow


def test_stacks_are_told_apart(tmp_path: Path) -> None:
    """What the interpreter writes of itself names no process, and is written line by line: one worker after the other, each announced."""
    with Running(tmp_path, "--workers=2") as running:
        running.ready(2)
        first, second = running.workers()
        running.signal(signal.SIGQUIT)
        running.wait(r"in _run_to_the_end", 2)
    order = [line for line in running.lines if re.search("SIGQUIT|_run_to_the_end", line)]
    named = [re.search(r"SIGQUIT: worker (\d), process (\d+), stands here:", line) for line in order[::2]]
    assert [(match[1], int(match[2])) for match in named if match] == [("0", first), ("1", second)]
