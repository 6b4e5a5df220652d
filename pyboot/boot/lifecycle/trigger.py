"""Triggers: tell the time of the next run of a scheduled method."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, Protocol

from pyboot.boot.config.bind.values import parse_duration
from pyboot.boot.errors import DefinitionError, MissingPackageError
from pyboot.boot.model.task import Scheduled

from .zone import zone_of

CRON_PACKAGE = "cronsim"


class Trigger(Protocol):
    """Tells the time of the next run, in seconds since the epoch."""

    def first(self, now: float) -> float:
        """Return the time of the first run, where the schedule starts at *now*."""

    def following(self, planned: float, ended: float) -> float:
        """Return the time of the run after one that was *planned* for a time and *ended* at another."""


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed rate; runs that would have begun while one was running are left out, and not made up for."""

    seconds: float
    initial: float = 0.0

    def first(self, now: float) -> float:
        """Return *now* and the initial delay."""
        return now + self.initial

    def following(self, planned: float, ended: float) -> float:
        """Return the next point of the rate that has not passed."""
        missed = max(0, int((ended - planned) // self.seconds))
        return planned + (missed + 1) * self.seconds


@dataclass(frozen=True, slots=True)
class Delay:
    """A fixed pause between the end of one run and the start of the next."""

    seconds: float
    initial: float = 0.0

    def first(self, now: float) -> float:
        """Return *now* and the initial delay."""
        return now + self.initial

    def following(self, planned: float, ended: float) -> float:
        """Return the end of the run and the pause."""
        return ended + self.seconds


@dataclass(frozen=True, slots=True)
class Cron:
    """The times of a cron expression in a time zone; the library deals with daylight saving."""

    expression: str
    zone: tzinfo
    iterate: Callable[[str, datetime], Any]

    def first(self, now: float) -> float:
        """Return the first point after *now*."""
        start = datetime.fromtimestamp(now, UTC).astimezone(self.zone)
        following: datetime = next(self.iterate(self.expression, start))
        return following.timestamp()

    def following(self, planned: float, ended: float) -> float:
        """Return the first point after the end."""
        return self.first(max(planned, ended))


def trigger_of(mark: Scheduled, resolve: Callable[[str], str], subject: str, location: str) -> Trigger:
    """Return the trigger that *mark* describes; its texts may hold placeholders, which *resolve* replaces.

    Raises:
        DefinitionError: not exactly one of ``every``, ``delay`` and ``cron`` is given, or it cannot be read.
        MissingPackageError: a cron expression is given, and the library that reads it is not installed.
    """
    given = [name for name in ("every", "delay", "cron") if getattr(mark, name) is not None]
    try:
        _check(mark, given)
        if mark.cron is not None:
            return _cron(resolve(mark.cron), resolve(mark.zone) if mark.zone else None)
        initial = _seconds(resolve(mark.initial)) if mark.initial else 0.0
        seconds = _seconds(resolve(mark.every or mark.delay or ""))
        if seconds <= 0:
            raise ValueError("the time between two runs must be above zero")
        return Every(seconds, initial) if mark.every is not None else Delay(seconds, initial)
    except ValueError as error:
        raise DefinitionError(subject, location, f"@Scheduled: {error}") from error


def _check(mark: Scheduled, given: Sequence[str]) -> None:
    if len(given) != 1:
        raise ValueError(f"give exactly one of every, delay and cron, not {' and '.join(given) or 'none'}")
    for name in (*given, *(other for other in ("zone", "initial") if getattr(mark, other) is not None)):
        if not isinstance(getattr(mark, name), str):
            raise ValueError(f"{name} is a text, such as '5s', not {getattr(mark, name)!r}")
    if mark.zone is not None and mark.cron is None:
        raise ValueError(f"zone belongs to cron; {given[0]} counts from the start")
    if mark.initial is not None and mark.cron is not None:
        raise ValueError("initial belongs to every and delay; cron says itself when the first run is")


def _seconds(text: str) -> float:
    value = parse_duration(text)
    if not isinstance(value, timedelta):
        raise ValueError(f"'{text}' is not a duration; allowed are forms like 500ms, 5s, 1m30s, 2h")
    return value.total_seconds()


def _cron(expression: str, zone: str | None) -> Cron:
    try:
        library = importlib.import_module(CRON_PACKAGE)
    except ModuleNotFoundError as error:
        raise MissingPackageError("@Scheduled(cron=...)", CRON_PACKAGE) from error
    trigger = Cron(expression, zone_of(zone), library.CronSim)
    try:
        trigger.first(0.0)
    except library.CronSimError as error:
        raise ValueError(f"'{expression}' is not a cron expression: {error}") from error
    return trigger
