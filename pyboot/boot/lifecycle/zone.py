"""The time zone of a schedule: a named one, or the machine's with all of its changes of the clocks."""

from datetime import UTC, datetime, timedelta, tzinfo
from typing import override


class MachineZone(tzinfo):
    """The machine's own zone, which is asked anew for each moment, as ``datetime.astimezone()`` gives the offset of one moment only."""

    @override
    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().utcoffset()

    @override
    def dst(self, moment: datetime | None) -> None:
        return None

    @override
    def tzname(self, moment: datetime | None) -> str | None:
        return None if moment is None else moment.replace(tzinfo=None).astimezone().tzname()

    @override
    def fromutc(self, moment: datetime) -> datetime:
        # naive first: that is what knows the zone
        return datetime.fromtimestamp(moment.replace(tzinfo=UTC).timestamp()).replace(tzinfo=self)


def zone_of(name: str | None) -> tzinfo:
    """Return the zone called *name*, the machine's where there is no name.

    Raises:
        ValueError: no zone is called that.
    """
    if not name:
        return MachineZone()
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # only schedules with a zone need the data

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not a time zone; its name looks like Europe/Berlin or UTC") from error
