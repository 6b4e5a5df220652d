"""The endpoint ``workers``: the processes of the application, as their supervisor and they themselves see them."""

import json
import os
import signal
from collections.abc import Mapping
from typing import Any, Final, Literal, final

from pyboot.actuator.annotations import Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.boot.process import process_seconds

from .fleet import SECONDS, Fleet

_SIGNALS: Final[Mapping[str, signal.Signals]] = {"roll": signal.SIGHUP, "dump": signal.SIGQUIT}


@final
@Endpoint("workers")
class WorkersEndpoint:
    """Tells of all workers; of this process, where it is alone."""

    def __init__(self, fleet: Fleet) -> None:
        """Take them."""
        self._fleet = fleet

    @ReadOperation
    async def workers(self) -> dict[str, Any]:
        """Answer with each process of each slot, and the slots without one.

        What a worker says itself, its connections and how late its loop was, is null where it does not answer.
        """
        if self._fleet.siblings is None:
            return {"workers": [await self._alone()]}
        collected = await self._fleet.siblings.asking.ask({"kind": "brief"}, SECONDS)
        told = {(each.slot, each.pid): json.loads(each.data) for each in collected.answers if each.data is not None}
        silent = {(each["slot"], each["pid"]) for each in collected.silent}
        nothing = {"connections": None, "lag": None}
        return {
            "workers": [
                {**row, **told.get((row["slot"], row["pid"]), nothing), "silent": (row["slot"], row["pid"]) in silent}
                for row in collected.workers
            ]
        }

    @WriteOperation
    def act(self, action: Literal["roll", "dump"]) -> dict[str, str]:
        """Let the supervisor replace all workers by new ones, or all workers write where they stand to the log.

        Raises:
            InvalidEndpointRequestError: this process is alone.
        """
        if self._fleet.siblings is None:
            raise InvalidEndpointRequestError("there is no supervisor: this application was not started with --workers")
        self._fleet.siblings.wish(_SIGNALS[action])
        return {"action": action}

    async def _alone(self) -> dict[str, Any]:
        brief = await self._fleet.brief()
        uptime = round(process_seconds(), 3)
        return {"slot": 0, "restarts": 0, "pid": os.getpid(), "generation": 1, "state": "ready", "uptime": uptime, **brief, "silent": False}
