"""The start-up log: what a start tells of itself in one screen, the banner included; ``--debug`` tells the rest.

One line each, in the order of the start: the profiles, the files of settings, then what the servers and clients of the application
tell, and at the end how long it took and what took it.
"""

from collections.abc import Iterator, Sequence

from .config.environment import Environment
from .model.timeline import StartupTimeline

_NAMED = 6  # with more, a folder of secrets for instance, the line is no line any more


def introduction(environment: Environment) -> Iterator[str]:
    """Iterate over what there is to tell before anything is made: the profiles, and the files that were read, the winning one first."""
    yield f"Active profiles: {', '.join(environment.active_profiles)}"
    yield f"Settings: {_listed(environment.files) or 'no files'}"


def duration(timeline: StartupTimeline) -> str:
    """Return the steps of the start and what each took, the runners left out: ``import 95 ms, settings 12 ms, …``."""
    steps: dict[str, float] = {}
    for step in timeline.steps:
        if step.depth == 0:
            name = step.name.partition(" ")[0]
            steps[name] = steps.get(name, 0.0) + step.seconds
    return ", ".join(f"{name} {seconds * 1000:.0f} ms" for name, seconds in steps.items() if name != "runners")


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {rest} more" if rest > 0 else "")
