"""The standard streams of a supervisor."""

import os
import subprocess
import sys

import pytest

from pyboot.supervisor.streams import Reports

CLOSED = """
import os
from pyboot.supervisor.streams import open_streams
for descriptor in (0, 1, 2):
    os.close(descriptor)
open_streams()
print([os.readlink(f"/proc/self/fd/{descriptor}") for descriptor in (0, 1, 2)], file=open("streams", "w"))
"""


def test_streams_that_are_closed_are_the_null_device(tmp_path: os.PathLike[str]) -> None:
    """A channel to a worker would have the number of standard error otherwise."""
    environment = {**os.environ, "PYTHONPATH": ":".join(path for path in sys.path if path)}
    subprocess.run([sys.executable, "-c", CLOSED], cwd=tmp_path, env=environment, check=True, timeout=30)
    with open(os.path.join(tmp_path, "streams"), encoding="utf-8") as written:
        assert str(["/dev/null"] * 3) == written.read().strip()


def test_a_report_is_said_once_until_something_has_changed(capfd: pytest.CaptureFixture[str]) -> None:
    """However many workers end with it."""
    reports = Reports()
    reports.say("broken\n")
    reports.say("broken\n")
    reports.say("otherwise\n")
    reports.clear()
    reports.say("broken\n")
    assert "broken\notherwise\nbroken\n" == capfd.readouterr().err


@pytest.mark.parametrize("stream", ["full disk", "no reader", "reader that waits"])
def test_a_standard_error_that_takes_nothing_neither_fails_nor_holds_up(stream: str) -> None:
    """What it does not take is lost."""
    reader, writer = os.pipe()
    target = os.open("/dev/full", os.O_WRONLY) if stream == "full disk" else os.dup(writer)
    if stream == "no reader":
        os.close(reader)
    said = "from pyboot.supervisor.streams import say; import signal; signal.signal(signal.SIGPIPE, signal.SIG_IGN); say('x' * 1000000)"
    subprocess.run([sys.executable, "-c", said], stderr=target, check=True, timeout=30)
    for descriptor in (writer, target, *([reader] if stream != "no reader" else [])):
        os.close(descriptor)
