"""No deadline, wait or measure hangs on the calendar: who sets the clock of the machine ends no connection, and fires no timer."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2] / "pyboot"

# Who reads the calendar tells a date, or compares with one that somebody wrote.
DATES = {
    "actuator/admin/definitions.py": "when the application began, for a registry",
    "actuator/certificates.py": "until when a certificate is valid",
    "actuator/dumps/threads.py": "the head of a dump",
    "actuator/exchanges/recorder.py": "when a request came",
    "actuator/files/sbom.py": "the head of a document",
    "actuator/meters/process.py": "when the process began",
    "actuator/network/live.py": "when a connection was made",
    "actuator/page/facts.py": "when the application began",
    "actuator/surgery/capture.py": "when bytes were seen",
    "actuator/surgery/insertions.py": "until when a handler stands, to be shown; a timer ends it",
    "actuator/web/dispatcher.py": "the timestamp of an error",
    "boot/lifecycle/scheduling.py": "cron, which is the calendar; intervals are the loop's",
    "boot/model/timeline.py": "when the start began",
    "cli/commands/doctor.py": "whether the calendar is right at all",
    "cluster/sessions/registry.py": "since when a session is there, and which of two claims is the later one",
    "components/netty/handler/http/access_log.py": "when a request came",
    "components/netty/handler/pcap.py": "when bytes were seen",
    "components/netty/handler/tls/expiry.py": "until when a certificate is valid",
    "supervisor/board.py": "which of two claims is the later one, where they were made on two machines",
    "supervisor/log.py": "the time of a line",
    "web/asgi/date.py": "the field Date",
}
CALENDAR = {("time", "time"), ("time", "time_ns"), ("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}


def readers() -> Iterator[str]:
    """The modules that read the calendar, by any name that they import it under."""
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)) if re.search(r"time\.time|from time import|\b(?:datetime|date)\.", text) else ():
            is_read = isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in CALENDAR
            is_imported = (
                isinstance(node, ast.ImportFrom) and node.module == "time" and any(each.name.startswith("time") for each in node.names)
            )
            if is_read or is_imported:
                yield path.relative_to(ROOT).as_posix()
                break


def test_only_those_read_the_calendar_that_tell_dates() -> None:
    """All else goes by `loop.time()`, `time.monotonic` or `time.perf_counter`; one more is written down with its reason, or mended."""
    assert sorted(DATES) == list(readers())
