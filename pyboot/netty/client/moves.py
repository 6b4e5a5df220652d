"""LoggedMoves: writes down the moves of a client's connection, of failed attempts those at numbers that double. No I/O here."""

import asyncio
import logging
from typing import Final

from pyboot.components.netty import Channel
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.limited_log import LimitedLog
from pyboot.components.netty.transport.reconnecting import ReconnectingListener

_log = logging.getLogger("pyboot.netty.client")

_BURST: Final = 10  # of one reason in ten seconds, over all clients of the application


class LoggedMoves(ReconnectingListener):
    """The moves of the client *name* to *where*, in a *log* that all clients share; told on *loop*."""

    def __init__(self, name: str, where: str, log: LimitedLog, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(where)
        self._name = name
        self._limited = log
        self._loop = loop

    def connected(self, channel: Channel, failures: int) -> None:
        after = f" at attempt {failures}" if failures else ""
        self._tell(logging.INFO, "connected", f"is connected to {self.where}{after}")

    def waiting(self, what: str, error: Exception, failures: int, seconds: float) -> None:
        if what == "lost" or failures & (failures - 1) == 0:
            self._tell(logging.WARNING, what, f"{what} {_towards(what)} {self.where} ({error}); attempt {failures} in {seconds:.1f} s")

    def gave_up(self, what: str, error: Exception, failures: int) -> None:
        self._tell(logging.ERROR, "gave up", f"{what} {_towards(what)} {self.where} ({error}); gave up after {failures} further attempts")

    def over(self, error: Exception | None) -> None:
        if error is not None and not isinstance(error, OSError | NettyError):
            _log.error("client '%s': not connected again, because of an error", self._name, exc_info=error)

    def _tell(self, level: int, reason: str, text: str) -> None:
        self._limited.tell(self._loop, _log, level, reason, f"client '{self._name}': {text}", burst=_BURST)


def _towards(what: str) -> str:
    return "the connection to" if what == "lost" else "to"
