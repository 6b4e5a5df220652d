"""Time zones: a named one, and the machine's."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from pyboot.boot.lifecycle.zone import MachineZone, zone_of


@pytest.fixture(autouse=True)
def machine_in_berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The machine's own zone is that of Berlin."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def test_the_machines_zone_has_each_moments_own_offset() -> None:
    """Winter and summer, whichever it is now; each of the two half past twos of autumn."""
    hours = [0, 1, 2]
    moments = [datetime(2026, 10, 24, 23, 30, tzinfo=UTC) + timedelta(hours=hour) for hour in hours]

    assert ["01:30+0200", "02:30+0200", "02:30+0100"] == [f"{moment.astimezone(MachineZone()):%H:%M%z}" for moment in moments]
    assert moments == [moment.astimezone(MachineZone()).astimezone(UTC) for moment in moments]
    assert "CET" == datetime(2026, 1, 1, tzinfo=MachineZone()).tzname()


def test_a_zone_goes_by_its_name() -> None:
    """None means the machine's."""
    assert ZoneInfo("Asia/Tokyo") == zone_of("Asia/Tokyo")
    assert isinstance(zone_of(None), MachineZone)


@pytest.mark.parametrize("name", ["Mars/Olympus", "../../etc/passwd", "Europe"])
def test_an_unknown_name_is_refused(name: str) -> None:
    """With a name that is known."""
    with pytest.raises(ValueError, match=f"'{name}' is not a time zone; its name looks like Europe/Berlin"):
        zone_of(name)
