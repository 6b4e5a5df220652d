"""The start-up timeline."""

import pytest

from pyboot.boot.model.timeline import StartupTimeline


def test_steps_are_nested_and_measured() -> None:
    """In the order they began; a step that fails is measured, too."""
    timeline = StartupTimeline()
    with timeline.step("outer"), timeline.step("inner"):
        pass
    with pytest.raises(OSError, match="no"), timeline.step("failing"):
        raise OSError("no")

    assert [("outer", 0), ("inner", 1), ("failing", 0)] == [(step.name, step.depth) for step in timeline.steps]
    assert timeline.steps[0].seconds >= timeline.steps[1].seconds
    assert timeline.seconds >= timeline.steps[0].seconds
    assert "  inner" in str(timeline).splitlines()[1]


def test_the_slowest_is_the_one_with_most_time_of_its_own() -> None:
    """What is spent inside belongs to the inner step."""
    timeline = StartupTimeline()
    with timeline.step("outer"), timeline.step("inner"):
        pass
    timeline.steps[0].seconds, timeline.steps[1].seconds = 1.0, 0.75

    assert [("inner", 0.75), ("outer", 0.25)] == [(step.name, seconds) for step, seconds in timeline.slowest()]
