"""HttpServerObserver: whoever hears of each request of a server and of its end; to time it, for instance, or to trace it.

Nothing of HTTP is imported here, so that an application may look for observers although it serves nothing. Source: Micrometer's
``ObservationHandler``.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Protocol, final

if TYPE_CHECKING:
    from pyboot.components.netty.channel.channel import Channel
    from pyboot.components.netty.wire.http.headers import HttpHeaders
    from pyboot.components.netty.wire.http.message import HttpRequest

__all__ = ["HttpObservation", "HttpServerObserver", "current_observation", "name_route"]


@final
class HttpObservation:
    """A request of a server and what has become of it.

    *status* is 0 until the response begins, and stays so where the connection ends before; *headers* are the response's; *error* is what
    an application has raised; *seconds* the time until the response was handed to the network as a whole. *routing* tells the route of
    what an application has answered, *held* is what observers keep of the request, each by itself as the key.
    """

    __slots__ = ("_route", "began", "channel", "error", "headers", "held", "request", "routing", "seconds", "status")

    def __init__(self, request: HttpRequest, channel: Channel, began: float) -> None:
        self.request: Final = request
        self.channel: Final = channel
        self.began: Final = began
        self.status = 0
        self.headers: HttpHeaders | None = None
        self.seconds = 0.0
        self.error: BaseException | None = None
        self.routing: Callable[[], str | None] | None = None
        self.held: dict[object, Any] = {}
        self._route: str | None = None

    @property
    def route(self) -> str | None:
        """The template of the path by which it is answered, ``/users/{id}``; None where nobody has told."""
        return self._route if self._route is not None or self.routing is None else self.routing()

    @route.setter
    def route(self, route: str) -> None:
        self._route = route


class HttpServerObserver:
    """Hears of requests, on the loop of their connection; a bean of this class is asked for each request of the servers of HTTP.

    What it raises fails the request: it is to be quick, and to raise nothing.
    """

    def began(self, seen: HttpObservation) -> None:
        """Hear that a request has come, its head at least."""

    def ended(self, seen: HttpObservation) -> None:
        """Hear that its response has left, or its connection has ended."""

    def made_current(self, seen: HttpObservation | None) -> None:
        """Make the request the one that is answered in the current context, or none."""


class _Observed(Protocol):
    """The place that knows which request is answered: the handler of a connection or a stream."""

    @property
    def current(self) -> HttpObservation | None: ...


OBSERVED: Final[ContextVar[_Observed | None]] = ContextVar("the observation of HTTP of this channel", default=None)
"""The handler that observes the channel whose callback, or whose application, is running."""


def current_observation() -> HttpObservation | None:
    """Return what is known of the request that is being answered; None where no server observes it."""
    observed = OBSERVED.get()
    return None if observed is None else observed.current


def name_route(route: str) -> None:
    """Say by which *route*, ``/users/{id}``, the current request is answered: what observers tell apart; nothing where there are none.

    For handlers of a pipeline; of ASGI applications the route is known from their routers.
    """
    seen = current_observation()
    if seen is not None:
        seen.route = route
