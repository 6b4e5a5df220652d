"""What a start tells of itself."""

import pytest

from pyboot.boot.config.environment import Environment
from pyboot.boot.model.timeline import StartupTimeline, Step
from pyboot.boot.startup_log import duration, introduction


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((), "no files"),
        ((".env", "application-dev.yaml"), ".env, application-dev.yaml"),
        (("a", "b", "c", "d", "e", "f", "g", "h"), "a, b, c, d, e, f and 2 more"),
    ],
)
def test_profiles_and_files_are_named(files: tuple[str, ...], told: str) -> None:
    """A line each, however many files there are."""
    environment = Environment((), ("eu", "dev"))
    environment.files = files

    assert ["Active profiles: eu, dev", f"Settings: {told}"] == list(introduction(environment))


def test_the_steps_of_the_start_are_added_up() -> None:
    """Without those inside of others, and without the runners, whose work takes what it takes."""
    timeline = StartupTimeline()
    outer = Step("import the application", 0.0, 0.1)
    timeline.steps = [
        outer,
        Step("import app", 0.0, 0.05, outer),
        Step("import more", 0.1, 0.02),
        Step("beans", 0.2, 0.0016),
        Step("runners", 1, 9),
    ]

    assert "import 120 ms, beans 2 ms" == duration(timeline)
