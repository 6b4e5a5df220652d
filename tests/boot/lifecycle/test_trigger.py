"""Triggers: the time of the next run."""

import importlib.util
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from pyboot.boot.errors import DefinitionError, MissingPackageError
from pyboot.boot.lifecycle import trigger as module
from pyboot.boot.lifecycle.trigger import Delay, Every, Trigger, trigger_of
from pyboot.boot.model.task import Scheduled

needs_cron = pytest.mark.skipif(
    importlib.util.find_spec("cronsim") is None, reason="cronsim, which reads cron expressions, is not installed"
)


def made(mark: Scheduled) -> Trigger:
    """The trigger of *mark*."""
    return trigger_of(mark, lambda text: {"${every}": "2s"}.get(text, text), "bean.method", "app.py:3")


def test_a_rate_keeps_its_points_and_leaves_out_what_was_missed() -> None:
    """Late runs do not pile up."""
    every = Every(10, initial=3)

    assert 103 == every.first(100)
    assert 113 == every.following(103, 104)
    assert 143 == every.following(103, 138)


def test_a_delay_counts_from_the_end() -> None:
    """However long the run took."""
    assert 148 == Delay(10).following(103, 138)
    assert 100 == Delay(10).first(100)


def test_texts_are_read_with_their_placeholders() -> None:
    """Durations as everywhere."""
    assert Every(2.0, 0.5) == made(Scheduled(every="${every}", initial="500ms"))
    assert Delay(90.0) == made(Scheduled(delay="1m30s"))


@pytest.mark.parametrize(
    ("mark", "reason"),
    [
        (Scheduled(), "exactly one of every, delay and cron, not none"),
        (Scheduled(every="1s", delay="2s"), "not every and delay"),
        (Scheduled(every="soon"), "'soon' is not a duration"),
        (Scheduled(every="0s"), "must be above zero"),
        (Scheduled(every="5s", zone="Europe/Berlin"), "zone belongs to cron"),
        (Scheduled(cron="* * * * *", initial="5s"), "initial belongs to every and delay"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_method(mark: Scheduled, reason: str) -> None:
    """At the place of its definition."""
    with pytest.raises(DefinitionError, match=rf"bean\.method \(app\.py:3\): @Scheduled: .*{reason}"):
        made(mark)


def test_a_cron_expression_without_its_library_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only who uses it needs it."""
    monkeypatch.setattr(module, "CRON_PACKAGE", "nowhere_at_all")
    with pytest.raises(MissingPackageError, match=r"cron.*'nowhere_at_all'"):
        made(Scheduled(cron="* * * * *"))


@needs_cron
def test_a_cron_expression_is_followed_in_its_time_zone() -> None:
    """Half past two in Berlin, on the day that has no half past two."""
    trigger = made(Scheduled(cron="30 2 * * *", zone="Europe/Berlin"))
    before = datetime(2026, 3, 28, 12, tzinfo=UTC).timestamp()

    first = trigger.first(before)
    assert datetime(2026, 3, 29, 1, 0, tzinfo=UTC) == datetime.fromtimestamp(first, UTC)
    assert datetime(2026, 3, 30, 0, 30, tzinfo=UTC) == datetime.fromtimestamp(trigger.following(first, first), UTC)


def runs(trigger: Trigger, start: datetime, count: int) -> list[str]:
    """The next *count* runs after *start*, in UTC, each of a moment's length."""
    planned, found = trigger.first(start.timestamp()), []
    for _ in range(count):
        found.append(f"{datetime.fromtimestamp(planned, UTC):%d %H:%M}")
        planned = trigger.following(planned, planned + 0.1)
    return found


@pytest.fixture
def machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is that of Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@needs_cron
@pytest.mark.usefixtures("machine_in_berlin")
@pytest.mark.parametrize("zone", ["Europe/Berlin", None])
@pytest.mark.parametrize(
    ("cron", "start", "expected"),
    [
        ("0 9 * * *", datetime(2026, 3, 28, 4, tzinfo=UTC), ["28 08:00", "29 07:00", "30 07:00"]),
        ("0 9 * * *", datetime(2026, 10, 24, 4, tzinfo=UTC), ["24 07:00", "25 08:00", "26 08:00"]),
        ("30 2 * * *", datetime(2026, 3, 28, 4, tzinfo=UTC), ["29 01:00", "30 00:30"]),  # no half past two: as soon as there is a time
        ("30 2 * * *", datetime(2026, 10, 24, 4, tzinfo=UTC), ["25 00:30", "26 01:30"]),  # two of them: the first
        ("30 * * * *", datetime(2026, 10, 24, 23, 40, tzinfo=UTC), ["25 00:30", "25 01:30", "25 02:30"]),  # by the hour: both
        ("30 * * * *", datetime(2026, 3, 29, 0, 0, tzinfo=UTC), ["29 00:30", "29 01:30", "29 02:30"]),
    ],
)
def test_a_change_of_the_clocks_moves_no_run_and_doubles_none(zone: str | None, cron: str, start: datetime, expected: list[str]) -> None:
    """In a named zone, and in the machine's."""
    assert expected == runs(made(Scheduled(cron=cron, zone=zone)), start, len(expected))


@needs_cron
@pytest.mark.parametrize(("cron", "zone"), [("0 0 31 2 *", None), ("every day", None), ("* * * *", None), ("* * * * *", "Mars/Olympus")])
def test_a_wrong_expression_or_zone_is_refused(cron: str, zone: str | None) -> None:
    """At the start, not at the first run."""
    with pytest.raises(DefinitionError):
        made(Scheduled(cron=cron, zone=zone))


@pytest.mark.parametrize("mark", [Scheduled(every=5), Scheduled(delay=1.5), Scheduled(every="5s", initial=1)])  # type: ignore[arg-type]
def test_a_time_is_written_as_a_text(mark: Scheduled) -> None:
    """A number says no unit; the report names the method."""
    with pytest.raises(DefinitionError, match=r"a\.py:1.*is a text"):
        trigger_of(mark, lambda text: text, "a.f", "a.py:1")
