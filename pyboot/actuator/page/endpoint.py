"""The endpoint ``page``: HTML, CSS and JavaScript as they lie in the package, and the stream that they show."""

from typing import Any, Final, Literal, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext, WebEndpointResponse

from .assets import HEADERS, HTML, assets
from .sections import ERRORS, SECONDS
from .viewers import Viewers, Wanted

MOST_ROWS: Final = 200
"""So many connections are streamed at most: each is told anew every second."""


@final
@Endpoint("page")
class PageEndpoint:
    """Serves the page, its files and its stream."""

    def __init__(self, viewers: Viewers) -> None:
        """Take who looks."""
        self._viewers = viewers
        self._assets = assets()

    @ReadOperation(produces=["text/html"])
    def page(self, context: InvocationContext) -> WebEndpointResponse:
        """Answer with the page; its links are relative to a path without a slash at the end."""
        if context.path.endswith("/"):
            return WebEndpointResponse(b"", 308, headers={"location": f"../{context.path.rstrip('/').rpartition('/')[2]}"})
        return self._served(HTML)

    @ReadOperation("{asset}", produces=["text/css", "text/javascript", "image/svg+xml"])
    def asset(self, asset: str) -> WebEndpointResponse | None:
        """Answer with one of its files; None, 404, where there is none of that name."""
        return self._served(asset) if asset in self._assets and asset != HTML else None

    @ReadOperation("stream", produces=["text/event-stream"])
    def stream(
        self,
        context: InvocationContext,
        sections: list[str] | None = None,
        sort: Literal["rate", "pending", "age", "idle"] = "rate",
        limit: int = 100,
        server: str | None = None,
        remote: str | None = None,
        worker: int | None = None,
        last_event: str = "",
    ) -> WebEndpointResponse:
        """Answer with a stream of events, without an end.

        Args:
            context: who looks.
            sections: the ids of the endpoints whose answers are shown, and ``errors`` for what was logged; none of them by default.
            sort: of connections, as of the endpoint ``channels``.
            limit: of connections, 200 at most.
            server: whose connections.
            remote: the beginning of the addresses that they come from.
            worker: the number of the worker that is looked at, of several; all of them by default.
            last_event: the ``id`` of the last errors that are known, as the header field Last-Event-ID.

        Raises:
            InvalidEndpointRequestError: there is no such section, or the limit is out of range.
        """
        wanted = tuple(dict.fromkeys(sections or ()))
        known = (*SECONDS, ERRORS)
        if unknown := [each for each in wanted if each not in known]:
            raise InvalidEndpointRequestError(f"no section '{unknown[0]}'; there are {', '.join(known)}")
        if not 1 <= limit <= MOST_ROWS:
            raise InvalidEndpointRequestError(f"limit {limit}, allowed are 1 to {MOST_ROWS}")
        channels: dict[str, Any] = {"sort": sort, "limit": limit, "server": server or None, "remote": remote or None}
        last = last_event or context.headers.get("last-event-id") or ""
        events = self._viewers.stream(Wanted(wanted, {"channels": channels}, last, worker), context)
        return WebEndpointResponse(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    def _served(self, name: str) -> WebEndpointResponse:
        asset = self._assets[name]
        return WebEndpointResponse(asset.content, media_type=asset.media_type, headers=HEADERS)
