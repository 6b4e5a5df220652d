"""The start-up timeline: measures each step, imports included, so that a slow start has a name."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Step:
    """One step: its name, its beginning after that of the first one, its duration, and the step that it is part of."""

    def __init__(self, name: str, began_seconds: float, seconds: float = 0.0, parent: "Step | None" = None) -> None:
        self.name = name
        self.began_seconds = began_seconds
        self.seconds = seconds
        self.parent = parent

    @property
    def depth(self) -> int:
        """The number of steps that this one is inside of."""
        return 0 if self.parent is None else self.parent.depth + 1


class StartupTimeline:
    """The steps of a start, in the order they began."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._zero: float = time.perf_counter()
        self._current: Step | None = None

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Measure the block as a step called *name*, inside the step that is open."""
        began = time.perf_counter()
        step = Step(name, began - self._zero, parent=self._current)
        self.steps.append(step)
        self._current = step
        try:
            yield
        finally:
            step.seconds = time.perf_counter() - began
            self._current = step.parent

    @property
    def began_at(self) -> float:
        """The beginning of the first step, in seconds since the epoch."""
        return time.time() - (time.perf_counter() - self._zero)

    @property
    def seconds(self) -> float:
        """The time from the first step to now, or to the end of the last one."""
        return max((step.began_seconds + step.seconds for step in self.steps), default=0.0)

    def slowest(self, count: int = 5) -> list[tuple[Step, float]]:
        """Return the steps that took most time of their own (without the steps inside them), and that time."""
        own = {id(step): step.seconds for step in self.steps}
        for step in self.steps:
            if step.parent is not None:
                own[id(step.parent)] -= step.seconds
        ranked = sorted(self.steps, key=lambda step: own[id(step)], reverse=True)
        return [(step, own[id(step)]) for step in ranked[:count]]

    def __str__(self) -> str:
        return "\n".join(
            f"{step.began_seconds * 1000:9.1f} ms {step.seconds * 1000:9.1f} ms  {'  ' * step.depth}{step.name}" for step in self.steps
        )
