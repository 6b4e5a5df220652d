"""The indicator diskSpace."""

from pathlib import Path

from pyboot.actuator.health.disk_space import DiskSpaceHealthIndicator, DiskSpaceProperties


def test_it_is_down_where_less_is_left_than_has_to_be(tmp_path: Path) -> None:
    """The figures are told."""
    enough = DiskSpaceHealthIndicator(DiskSpaceProperties(path=str(tmp_path), threshold=1)).health()
    scarce = DiskSpaceHealthIndicator(DiskSpaceProperties(path=str(tmp_path), threshold=1 << 62)).health()

    assert ("UP", "DOWN") == (enough.status, scarce.status)
    assert {"total", "free", "threshold", "path", "exists"} == set(enough.details)


def test_a_place_that_is_not_there_is_down(tmp_path: Path) -> None:
    """And said to be so."""
    told = DiskSpaceHealthIndicator(DiskSpaceProperties(path=str(tmp_path / "nowhere"))).health()

    assert ("DOWN", False) == (told.status, told.details["exists"])
