"""Health: a status with details, and the worst of several."""

import pytest

from pyboot.actuator import Health, Status
from pyboot.actuator.health.health import worst


def test_a_health_says_its_status_and_details() -> None:
    """An error is told by its type and text."""
    assert ("UP", {"free": 1}) == Health.up(free=1)[:2]
    assert ("DOWN", {"error": "ValueError: x", "tries": 2}) == Health.down(ValueError("x"), tries=2)[:2]
    assert ("DOWN", {"error": "gone"}) == Health.down("gone")[:2]
    assert ("DOWN", {}) == Health.down()[:2]
    assert (Status.OUT_OF_SERVICE, Status.UNKNOWN) == (Health.out_of_service().status, Health.unknown().status)


def test_what_is_made_of_parts_is_as_the_worst_of_them() -> None:
    """By the order that is wanted; without parts it is up."""
    parts = {"b": Health.up(), "a": Health("FATAL")}

    assert ("UP", ["a", "b"]) == (Health.composed(parts).status, list(Health.composed(parts).components))
    assert "FATAL" == Health.composed(parts, ["FATAL", "UP"]).status
    assert Health.up() == Health.composed({})


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        (["UP", "DOWN", "UNKNOWN"], "DOWN"),
        (["UP", "OUT_OF_SERVICE"], "OUT_OF_SERVICE"),
        (["UP", "UNKNOWN"], "UP"),
        (["UNKNOWN"], "UNKNOWN"),
        (["FATAL", "UP"], "UP"),
        (["FATAL"], "UNKNOWN"),
        ([], "UNKNOWN"),
    ],
)
def test_the_worst_status_wins(statuses: list[str], expected: str) -> None:
    """One without a place in the order counts for nothing."""
    assert expected == worst(statuses)
    assert "FATAL" == worst(["FATAL", "DOWN"], ["FATAL", "DOWN"])
