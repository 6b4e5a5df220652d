"""The endpoint ``scheduledtasks``: what runs when, and how the last run ended. Source: Spring Boot's ``ScheduledTasksEndpoint``."""

from datetime import UTC, datetime
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.boot import ApplicationContext
from pyboot.boot.lifecycle.scheduling import ScheduledTask, ScheduledTasks
from pyboot.boot.lifecycle.trigger import Cron, Delay, Every


@final
@Endpoint("scheduledtasks")
class ScheduledTasksEndpoint:
    """Tells the scheduled methods by their triggers; those of lazy beans when these were made."""

    def __init__(self, record: ScheduledTasks, context: ApplicationContext) -> None:
        """Take the record of their runs, and the application, which masks secrets."""
        self._record = record
        self._masked = context.environment.secrets.masked

    @ReadOperation
    def tasks(self) -> dict[str, list[dict[str, Any]]]:
        """Answer with all of them."""
        found: dict[str, list[dict[str, Any]]] = {"cron": [], "fixedDelay": [], "fixedRate": [], "custom": []}
        for task in self._record.tasks:
            kind, trigger = _trigger(task)
            found[kind].append({"runnable": {"target": task.name}, **trigger, **self._runs(task)})
        return found

    def _runs(self, task: ScheduledTask) -> dict[str, Any]:
        told = dict[str, Any]()
        if task.next_run is not None:
            told["nextExecution"] = {"time": _time(task.next_run)}
        if task.last_run is not None:
            last: dict[str, Any] = {"time": _time(task.last_run), "status": "SUCCESS" if task.last_error is None else "ERROR"}
            if (error := task.last_error) is not None:
                last["exception"] = {"type": type(error).__qualname__, "message": self._masked(str(error))}
            told["lastExecution"] = last
        return {**told, "runs": task.runs, "failures": task.failures}


def _trigger(task: ScheduledTask) -> tuple[str, dict[str, Any]]:
    match task.trigger:
        case Cron(expression=expression, zone=zone):
            return "cron", {"expression": expression, "zone": str(zone)}
        case Delay(seconds=seconds, initial=initial):
            return "fixedDelay", {"initialDelay": _milliseconds(initial), "interval": _milliseconds(seconds)}
        case Every(seconds=seconds, initial=initial):
            return "fixedRate", {"initialDelay": _milliseconds(initial), "interval": _milliseconds(seconds)}
        case other:
            return "custom", {"trigger": repr(other)}


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()
