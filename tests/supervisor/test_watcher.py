"""The child that tells of changes, as the reloader sees it."""

import os
import sys
from pathlib import Path

import pytest

from pyboot.supervisor.watcher import DESCRIPTOR, Changes, Watcher

TELLING = f"""
import os
from pyboot.supervisor.channel import Channel
channel = Channel.inherited(int(os.environ["{DESCRIPTOR}"]))
channel.send("news", {{"text": "watching"}})
channel.send("changed", {{"files": channel.receive().fields["files"], "total": 1}})
channel.receive()
"""


def test_what_it_tells_is_passed_on_and_its_end_is_seen(tmp_path: Path) -> None:
    """Files that the application reads are told to it."""
    watcher = Watcher.start([sys.executable, "-c", TELLING], str(Path(__file__).resolve().parents[2]))
    changes: list[Changes] = []
    news: list[str] = []
    watcher.also(["a.yaml"])
    while not changes:
        assert watcher.read(changes.append, news.append)

    assert ["watching"] == news
    assert [Changes(("a.yaml",), 1)] == changes
    assert watcher.close() in ("ended with 0", "ended with 1", "was ended by SIGTERM")
    watcher.also(["b.yaml"])  # nobody is there to hear it


def test_one_that_cannot_be_started_is_an_error(tmp_path: Path) -> None:
    """Of the system, and no descriptor is left."""
    before = len(os.listdir("/dev/fd"))
    with pytest.raises(FileNotFoundError):
        Watcher.start([str(tmp_path / "missing")], str(tmp_path))
    assert before == len(os.listdir("/dev/fd"))


def test_a_few_files_are_named_and_the_rest_is_counted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """By their paths from here."""
    monkeypatch.chdir(tmp_path)
    files = tuple(str(tmp_path / name) for name in ("a", "b", "c"))

    assert "a, b, c" == str(Changes(files, 3))
    assert "a, b, c and 7 more" == str(Changes(files, 10))
