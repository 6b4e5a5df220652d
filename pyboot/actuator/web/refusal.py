"""RefusedRequestError: a request that gets an answer which says why it gets no other."""

from collections.abc import Mapping
from typing import final

from pyboot.actuator.invocation import NO_HEADERS


@final
class RefusedRequestError(Exception):
    """A request that is not answered: the *status*, the *reason*, which the client is told, and further header fields."""

    def __init__(self, status: int, reason: str = "", headers: Mapping[str, str] = NO_HEADERS) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.headers = headers
