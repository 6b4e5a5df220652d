"""What the supervisor writes, and the log file of the workers."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from pyboot.supervisor.log import LogFile, SupervisorLog, look_after_log_file
from pyboot.supervisor.settings import WorkerSettings


def test_a_line_looks_like_those_of_the_workers(capfd: pytest.CaptureFixture[str]) -> None:
    """Time, level, process, logger, text."""
    log = SupervisorLog()
    log.info("worker 0: ready")
    log.error("roll failed")

    first, second = capfd.readouterr().err.splitlines()
    assert first.endswith(" --- pyboot.supervisor : worker 0: ready")
    assert "    INFO " in first
    assert "   ERROR " in second


@pytest.mark.parametrize(("layout", "level", "text"), [("ecs", "log.level", "message"), ("logstash", "level", "message")])
def test_a_line_is_json_where_the_application_logs_json(capfd: pytest.CaptureFixture[str], layout: str, level: str, text: str) -> None:
    """With the field names of the layout."""
    log = SupervisorLog()
    log.layout = layout
    log.warning('a "quoted" text')

    written = json.loads(capfd.readouterr().err)
    assert ("WARNING", 'a "quoted" text') == (written[level], written[text])


def test_a_file_that_is_full_is_moved_and_only_so_many_are_kept(tmp_path: Path) -> None:
    """Younger ones have lower numbers."""
    path = tmp_path / "log"
    file = LogFile(str(path), max_bytes=4, kept=2)

    assert not file.rotate()
    for text in ("one", "first", "second", "third"):
        path.write_text(text)
        assert (text != "one") == file.rotate()

    assert ["log.1", "log.2"] == sorted(each.name for each in tmp_path.iterdir())
    assert ["third", "second"] == [(tmp_path / name).read_text() for name in ("log.1", "log.2")]


def test_a_file_of_which_none_is_kept_is_removed(tmp_path: Path) -> None:
    """And one without a limit grows."""
    path = tmp_path / "log"
    path.write_text("12345")

    assert not LogFile(str(path), max_bytes=0, kept=2).rotate()
    assert LogFile(str(path), max_bytes=1, kept=0).rotate()
    assert [] == list(tmp_path.iterdir())


def test_a_limit_that_a_roll_sets_has_effect(tmp_path: Path) -> None:
    """The file is looked at from then on, and not any more when the next one takes it back."""
    path = tmp_path / "log"
    path.write_text("12345")
    settings = WorkerSettings()
    calls: list[Callable[[], object]] = []
    limited = settings._replace(log_file=str(path), max_log_bytes=5, kept_log_files=1)

    look_after_log_file(lambda: settings, lambda _, call: calls.append(call))
    assert path.exists()
    settings = limited
    calls.pop()()
    assert ["log.1"] == [each.name for each in tmp_path.iterdir()]
    settings = WorkerSettings()
    path.write_text("12345")
    calls.pop()()
    assert (True, 1) == (path.exists(), len(calls))
