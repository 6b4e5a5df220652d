"""Log files that fail: nobody is held up, and one line says so."""

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.boot import log_file
from pyboot.boot.log import configure
from pyboot.boot.log_file import OwnLogFile

FULL = Path("/dev/full")


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """The console; the root logger is as before afterwards."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield io.StringIO()
    for handler in set(root.handlers) - set(before):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("shares_file", [False, True])
def test_a_full_disk_is_one_line_in_ten_seconds(
    stream: io.StringIO, shares_file: bool, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The records are on the console, and nothing goes to standard error past it."""
    monkeypatch.setattr(log_file, "_SECONDS", 3600.0)
    configure(stream=stream, file=str(FULL), shares_file=shares_file)
    for number in range(100):
        logging.getLogger("demo").info("record %d", number)

    lines = stream.getvalue().splitlines()
    assert 100 == len([line for line in lines if "record " in line and "lacks" not in line])
    assert ["the log file /dev/full lacks 1 record: No space left on device"] == [line.split(" : ")[1] for line in lines if "lacks" in line]
    monkeypatch.setattr(log_file, "_SECONDS", 0.0)
    logging.getLogger("demo").info("one more")
    assert "lacks 100 records" in stream.getvalue()
    configure(stream=stream)  # which closes the file
    assert ("", "") == capfd.readouterr()


@pytest.mark.parametrize("shares_file", [False, True])
def test_a_directory_that_is_gone_is_told_and_its_return_noticed(stream: io.StringIO, tmp_path: Path, shares_file: bool) -> None:
    """The call that logs raises nothing."""
    path = tmp_path / "logs" / "app.log"
    configure(stream=stream, file=str(path), shares_file=shares_file)
    logging.getLogger("demo").info("nowhere")
    path.parent.mkdir()
    logging.getLogger("demo").info("here")

    assert "app.log lacks 1 record: No such file or directory" in stream.getvalue()
    assert ["here"] == [line.split(" : ")[1] for line in path.read_text().splitlines()]


def test_a_shared_file_that_cannot_be_opened_anew_raises_nowhere(stream: io.StringIO, tmp_path: Path) -> None:
    """Somebody has moved it, with its directory."""
    path = tmp_path / "logs" / "app.log"
    path.parent.mkdir()
    configure(stream=stream, file=str(path), shares_file=True)
    logging.getLogger("demo").info("before")
    path.parent.rename(tmp_path / "moved")
    logging.getLogger("demo").info("meanwhile")
    path.parent.mkdir()
    logging.getLogger("demo").info("after")

    assert "lacks 1 record" in stream.getvalue()
    assert "after" in path.read_text()


def test_what_is_no_error_of_the_system_is_handled_as_ever(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A record whose arguments do not fit is its author's mistake, with its place."""
    handler = OwnLogFile(tmp_path / "app.log")
    handler.handle(logging.LogRecord("demo", logging.INFO, __file__, 1, "%d", ("one",), None))
    handler.close()

    assert "--- Logging error ---" in capfd.readouterr().err
