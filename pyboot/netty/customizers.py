"""Customizers: beans that have the last word on a bootstrap. Source: Spring Boot's ``NettyServerCustomizer``.

Everything that labels and settings say is set before they are called, in the order of ``@Order``, so what they set wins.
"""

import inspect
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Any

from .errors import CustomizerError

if TYPE_CHECKING:
    from pyboot.components.netty import Bootstrap, ServerBootstrap

_log = logging.getLogger("pyboot.netty")


class ServerBootstrapCustomizer(ABC):
    """A bean of this class is called for each listener of each server before it is bound."""

    @abstractmethod
    def customize(self, name: str, bootstrap: "ServerBootstrap") -> Awaitable[None] | None:
        """Change *bootstrap*, of the server *name*; what it raises stops the start."""


class BootstrapCustomizer(ABC):
    """A bean of this class is called for each connection of each client before it is opened, and for each datagram server."""

    @abstractmethod
    def customize(self, name: str, bootstrap: "Bootstrap") -> Awaitable[None] | None:
        """Change *bootstrap*, of the client or the datagram server *name*; what it raises fails that attempt, or stops the start."""


async def customize(customizer: object, owner: str, call: Any, name: str, bootstrap: object) -> None:  # Any: of either class of customizers
    """Let *customizer* change *bootstrap*; raises `CustomizerError` for what it raises."""
    try:
        outcome: Awaitable[None] | None = call(name, bootstrap)
        if inspect.isawaitable(outcome):
            await outcome
    except Exception as error:  # noqa: BLE001  whatever a user's bean raises
        # The report of a failed start begins with the innermost cause, which knows nothing of servers; the log has where it was raised.
        _log.error("a customizer of %s raised", owner, exc_info=error)
        raise CustomizerError(owner, type(customizer), error) from None
