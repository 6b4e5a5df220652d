"""A flood of records costs a line in ten seconds for each reason, and every one of them is written or counted."""

import logging
import random
import subprocess
import sys

import pytest

from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.limited_log import LimitedLog

LOGGER = logging.getLogger("limited")


def test_the_first_is_written_and_the_others_are_counted_when_the_window_ends(caplog: pytest.LogCaptureFixture) -> None:
    """With the last of them as an example."""
    loop, log = EmbeddedEventLoop(), LimitedLog("at here")
    for number in range(1000):
        log.tell(loop, LOGGER, logging.WARNING, "rubbish", f"rubbish {number}")
    assert ["rubbish 0"] == caplog.messages
    loop.advance(9.9)
    assert ["rubbish 0"] == caplog.messages
    loop.advance(0.2)
    assert ["rubbish 0", "999 more of rubbish in 10 s, at here; the last: rubbish 999"] == caplog.messages


def test_a_flood_that_goes_on_costs_a_line_in_ten_seconds(caplog: pytest.LogCaptureFixture) -> None:
    """And after a window without any the next is written at once."""
    loop, log = EmbeddedEventLoop(), LimitedLog("at here")
    for number in range(240):
        log.tell(loop, LOGGER, logging.WARNING, "rubbish", f"rubbish {number}")
        loop.advance(0.125)
    assert ["rubbish 0", "79 more", "80 more", "80 more"] == [message.partition(" of")[0] for message in caplog.messages]
    loop.advance(20)
    caplog.clear()
    log.tell(loop, LOGGER, logging.WARNING, "rubbish", "again")
    loop.advance(20)
    assert ["again"] == caplog.messages


def test_each_reason_has_its_own_window(caplog: pytest.LogCaptureFixture) -> None:
    """One flood does not hide another."""
    loop, log = EmbeddedEventLoop(), LimitedLog("at here")
    for reason in ("a", "b", "a", "b"):
        log.tell(loop, LOGGER, logging.WARNING, reason, reason)
    assert ["a", "b"] == caplog.messages


def test_a_burst_is_written_in_full(caplog: pytest.LogCaptureFixture) -> None:
    """Each with its traceback; the count needs none."""
    loop, log, error = EmbeddedEventLoop(), LimitedLog("at here"), ValueError("bug")
    for _ in range(5):
        log.tell(loop, LOGGER, logging.ERROR, "bug", "a bug", burst=3, error=error)
    loop.advance(10)
    assert [True, True, True, False] == [record.exc_info is not None for record in caplog.records]
    assert caplog.messages[-1].startswith("2 more of bug")


def test_flush_writes_what_is_counted_and_keeps_the_limits(caplog: pytest.LogCaptureFixture) -> None:
    """A server that closes: the count of its last window is not lost."""
    loop, log = EmbeddedEventLoop(), LimitedLog("at here")
    for _ in range(4):
        log.tell(loop, LOGGER, logging.WARNING, "a", "a")
    log.flush()
    log.flush()
    log.tell(loop, LOGGER, logging.WARNING, "a", "a")
    assert ["a", "3 more of a in 10 s, at here; the last: a"] == caplog.messages


def test_counts_that_nobody_flushed_are_written_when_the_process_ends() -> None:
    """A loop that was closed without a word, and its log dropped."""
    program = """
import logging
from pyboot.components.netty.channel.embedded.event_loop import EmbeddedEventLoop
from pyboot.components.netty.limited_log import LimitedLog
logging.basicConfig(format="%(message)s")
log = LimitedLog("at here")
for number in range(3):
    log.tell(EmbeddedEventLoop(), logging.getLogger("x"), logging.WARNING, "a", f"a{number}")
del log
print("end", flush=True)
"""
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ("end\n", "a0\n2 more of a in 10 s, at here; the last: a2\n") == (ended.stdout, ended.stderr)


def test_a_window_whose_loop_has_ended_does_not_silence_the_next_loop(caplog: pytest.LogCaptureFixture) -> None:
    """Worker loops share the log of their server."""
    first, second, log = EmbeddedEventLoop(), EmbeddedEventLoop(), LimitedLog("at here")
    log.tell(first, LOGGER, logging.WARNING, "a", "a")
    log.tell(first, LOGGER, logging.WARNING, "a", "a")
    second.advance(100)
    log.tell(second, LOGGER, logging.WARNING, "a", "b")
    assert ["a", "1 more of a in 10 s, at here; the last: a", "b"] == caplog.messages


def test_what_is_not_logged_costs_no_window(caplog: pytest.LogCaptureFixture) -> None:
    """Levels are asked first."""
    caplog.set_level(logging.WARNING, "limited")
    loop, log = EmbeddedEventLoop(), LimitedLog("at here")
    log.tell(loop, LOGGER, logging.DEBUG, "a", "a")
    assert None is loop.next_timer()
    assert "<LimitedLog of at here reasons=0>" == repr(log)


@pytest.mark.parametrize("seed", range(20))
def test_at_any_schedule_everything_is_written_or_counted_once(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """And no reason has more than its burst and a count in any ten seconds."""
    chance, loop, log = random.Random(seed), EmbeddedEventLoop(), LimitedLog(f"schedule {seed}")
    told: dict[str, int] = dict.fromkeys("abc", 0)
    when: list[tuple[float, str]] = []
    for _ in range(400):
        reason = chance.choice("abc")
        told[reason] += 1
        log.tell(loop, LOGGER, logging.WARNING, reason, f"record {reason}", burst=2)
        loop.advance(chance.choice((0.0, 0.0, 0.01, 0.3, 4.0)))
        when += [(loop.time(), message) for message in caplog.messages]
        caplog.clear()
    log.flush()
    when += [(loop.time(), message) for message in caplog.messages]
    counted = dict.fromkeys("abc", 0)
    for _, message in when:
        reason, count = (message[-1], 1) if message.startswith("record") else (message.split()[3], int(message.split()[0]))
        counted[reason] += count
    assert told == counted, f"seed {seed}"
    for at, _ in when[:-3]:
        assert len([0 for other, _ in when[:-3] if at <= other < at + 10]) <= 3 * (2 + 2), f"seed {seed}"


def test_what_does_not_change_is_told_once() -> None:
    """By its reason; a table of them has a bound."""
    log = LimitedLog("of a test")

    assert [True, False, True] == [log.is_first(reason) for reason in ("a", "a", "b")]
    assert 998 == sum(log.is_first(str(number)) for number in range(2000))
    assert not log.is_first("never before")
