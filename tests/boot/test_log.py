"""Logging: levels, layouts, surroundings."""

import io
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.boot.log import ConsoleFormatter, JsonFormatter, configure, mark_process, process_marks, surrounded


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where to log to; afterwards the root logger is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers.clear()
    yield io.StringIO()
    for handler in root.handlers:
        handler.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name in ("demo", "demo.quiet"):
        logging.getLogger(name).setLevel(logging.NOTSET)


def test_levels_are_set_by_logger(stream: io.StringIO) -> None:
    """The root logger's is INFO where nothing is said."""
    configure({"demo": "debug", "demo.quiet": "off"}, stream=stream)
    logging.getLogger("demo").debug("one")
    logging.getLogger("demo.quiet").critical("two")
    logging.getLogger("other").debug("three")
    logging.getLogger("other").info("four")

    assert ["one", "four"] == [line.rpartition(" : ")[2] for line in stream.getvalue().splitlines()]


def test_a_line_says_when_where_and_around_what(stream: io.StringIO) -> None:
    """And the stack trace follows it."""
    configure(stream=stream)
    try:
        raise OSError("no")
    except OSError:
        with surrounded(channel="0x2f"), surrounded(bean="mailer"):
            logging.getLogger("demo").exception("failed")
    first, *others = stream.getvalue().splitlines()

    assert first.endswith(" --- demo [channel=0x2f] [bean=mailer] : failed")
    assert "   ERROR " in first
    assert "OSError: no" == others[-1]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("UTC", "2009-02-13T23:31:30.123+00:00"),
        ("America/St_Johns", "2009-02-13T20:01:30.123-03:30"),
        ("Asia/Kathmandu", "2009-02-14T05:16:30.123+05:45"),
    ],
)
def test_the_time_is_the_machines_with_its_distance_from_utc(monkeypatch: pytest.MonkeyPatch, zone: str, expected: str) -> None:
    """To the millisecond; JSON has it in UTC."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    record = logging.LogRecord("demo", logging.INFO, "", 0, "x", None, None)
    record.created = 1234567890.1239
    try:
        assert expected == ConsoleFormatter(colored=False).format(record).partition(" ")[0]
        assert "2009-02-13T23:31:30.123Z" == json.loads(JsonFormatter("ecs", "demo").format(record))["@timestamp"]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.slow
def test_a_record_that_is_logged_while_the_interpreter_ends_is_written() -> None:
    """By a finalizer, for one, when modules are being taken down."""
    program = """
import logging, sys
from pyboot.boot.log import configure
configure(layout=sys.argv[1])
class Late:
    def __del__(self, log=logging.getLogger("late")):
        log.warning("still here")
late = Late()
"""
    for layout in ("console", "ecs", "logstash"):
        ran = subprocess.run([sys.executable, "-c", program, layout], capture_output=True, text=True, timeout=30, check=False)
        assert (0, True) == (ran.returncode, "still here" in ran.stderr), ran


@pytest.mark.parametrize(("color", "expected"), [("always", True), ("never", False), ("auto", False)])
def test_colours_are_for_terminals(stream: io.StringIO, color: str, expected: bool) -> None:
    """A text in memory is none."""
    configure(stream=stream, color=color)
    logging.getLogger("demo").info("x")

    assert expected is ("\x1b[32m" in stream.getvalue())


def test_the_elastic_layout(stream: io.StringIO) -> None:
    """One object a line, with its field names."""
    configure(stream=stream, layout="ecs", service="shop")
    try:
        raise OSError("no")
    except OSError:
        with surrounded(channel="0x2f"):
            logging.getLogger("demo").exception("failed")
    record = json.loads(stream.getvalue())

    assert ("ERROR", "demo", "failed", "shop", {"channel": "0x2f"}, "OSError", "no") == (
        record["log.level"],
        record["log.logger"],
        record["message"],
        record["service.name"],
        record["labels"],
        record["error.type"],
        record["error.message"],
    )
    assert record["@timestamp"].endswith("Z")
    assert "Traceback" in record["error.stack_trace"]


def test_the_logstash_layout(stream: io.StringIO) -> None:
    """One object a line, with its field names."""
    configure(stream=stream, layout="logstash")
    with surrounded(channel="0x2f"):
        logging.getLogger("demo").warning("hm")
    record = json.loads(stream.getvalue())

    assert ("WARNING", 30, "demo", "hm", "0x2f", "1") == (
        record["level"],
        record["level_value"],
        record["logger_name"],
        record["message"],
        record["channel"],
        record["@version"],
    )


def test_a_file_gets_the_records_as_well(stream: io.StringIO, tmp_path: Path) -> None:
    """Old ones are kept up to a number."""
    path = tmp_path / "app.log"
    configure(stream=stream, file=str(path), max_file_bytes=200, kept_files=1, color="always")
    for number in range(20):
        logging.getLogger("demo").info("record %d", number)

    assert "record 19" in path.read_text()
    assert "\x1b[" not in path.read_text()
    assert ["app.log", "app.log.1"] == sorted(entry.name for entry in tmp_path.iterdir())


def test_configuring_again_replaces_and_foreign_handlers_stay(stream: io.StringIO) -> None:
    """No record is written twice."""
    configure(stream=io.StringIO())
    configure(stream=stream)
    logging.getLogger("demo").info("once")
    assert 1 == stream.getvalue().count("once")
    foreign = logging.getLogger().handlers[0]
    configure()

    assert foreign in logging.getLogger().handlers
    assert not [handler for handler in logging.getLogger().handlers if hasattr(handler, "is_pyboots")]


@pytest.mark.parametrize(("levels", "layout"), [({"demo": "loud"}, "console"), ({}, "xml")])
def test_what_is_unknown_is_refused(stream: io.StringIO, levels: dict[str, str], layout: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match="allowed are"):
        configure(levels, layout=layout, stream=stream)


def test_marks_of_the_process_are_there_for_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names that they were given."""
    monkeypatch.setattr("pyboot.boot.log._of_the_process", {})
    mark_process(worker="2")

    assert {"worker": "2"} == process_marks()
