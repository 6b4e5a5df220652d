"""The endpoint ``startup``: the steps of the start, with what each took. Source: Spring Boot's ``StartupEndpoint``."""

from datetime import UTC, datetime
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation, WriteOperation
from pyboot.boot import StartupTimeline
from pyboot.boot.discovery.entrypoints import version_of


@final
@Endpoint("startup")
class StartupEndpoint:
    """Tells the steps in the order of their beginning; to read keeps them, to post takes them away."""

    def __init__(self, timeline: StartupTimeline) -> None:
        """Take the steps."""
        self._timeline = timeline
        self._taken = 0

    @ReadOperation
    def snapshot(self) -> dict[str, Any]:
        """Answer with the steps that nobody has taken away."""
        began_at, steps = self._timeline.began_at, self._timeline.steps
        ids = {id(step): number for number, step in enumerate(steps)}
        events = [
            {
                "startTime": _time(began_at + step.began_seconds),
                "endTime": _time(began_at + step.began_seconds + step.seconds),
                "duration": f"PT{step.seconds:.9f}S",
                "startupStep": {
                    "id": ids[id(step)],
                    "name": step.name,
                    "tags": [],
                    **({} if step.parent is None else {"parentId": ids[id(step.parent)]}),
                },
            }
            for step in steps[self._taken :]
        ]
        version = version_of("pyboot_framework")
        return {"springBootVersion": version, "timeline": {"startTime": _time(began_at), "events": events}}

    @WriteOperation
    def drain(self) -> dict[str, Any]:
        """Answer with the same, and take them away."""
        answer = self.snapshot()
        self._taken = len(self._timeline.steps)
        return answer


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
