"""One request until its answer: on which connection, again where that is safe, and on to where a redirect says.

Law of retries. A connection that has rested may have been closed by its peer in the moment of use; nobody has done anything wrong, and
not a byte of a response has come. Such a request is sent again, if it may be done twice (RFC 9110 9.2.2) and can be sent twice; what fails
on a fresh connection, or after a byte of a response, is the caller's to judge. One that the peer says it did not look at (HTTP/2: GOAWAY,
REFUSED_STREAM) is sent again whatever it asks for, if it can be. The number is bounded.
"""

from __future__ import annotations

from typing import final

from .connection import ClientExchange, HttpConnection
from .errors import HttpClientError, HttpConnectionLostError, HttpRedirectError
from .limits import HttpLimits
from .pool import HttpConnectionPool
from .redirect import is_redirect, redirected
from .request import ClientRequest
from .response import HttpClientResponse
from .route import Routes
from .timeouts import Deadlines

__all__ = ["Sender"]

# Content of a redirect that is read, and thrown away, to keep the connection; beyond that a new one is cheaper.
_DRAINED_BYTES = 64 * 1024


@final
class Sender:
    """Sends requests over the connections of *pool*."""

    def __init__(self, pool: HttpConnectionPool, routes: Routes, limits: HttpLimits, *, decompress: bool, allow_insecure: bool) -> None:
        self._pool = pool
        self._routes = routes
        self._limits = limits
        self._decompress = decompress
        self._allow_insecure = allow_insecure

    async def send(self, request: ClientRequest, deadlines: Deadlines, *, follow_redirects: bool) -> HttpClientResponse:
        """The response to *request*, its head; redirects are followed first, where that is wanted.

        Raises an `HttpClientError` that knows the request. If cancelled, the connection that was used is closed.
        """
        history: list[HttpClientResponse] = []
        try:
            while True:
                response = await self._response(request, deadlines)
                response.history = tuple(history)
                location = response.headers.get("location")
                if not follow_redirects or location is None or not is_redirect(response.status, location):
                    return response
                request = await self._onward(request, response, location, len(history))
                history.append(response)
        except HttpClientError as error:
            error.of(request.method, str(request.url))
            raise

    async def _response(self, request: ClientRequest, deadlines: Deadlines) -> HttpClientResponse:
        connection, exchange = await self._exchange(request, deadlines)
        return HttpClientResponse(
            exchange.head.result(),
            request.method,
            str(request.url),
            exchange,
            connection,
            deadlines,
            self._limits,
            decompress=self._decompress,
        )

    async def _exchange(self, request: ClientRequest, deadlines: Deadlines) -> tuple[HttpConnection, ClientExchange]:
        route, forwarded = self._routes.of(request.url.origin)
        message = request.message(forwarded)
        retries = 0
        while True:
            connection = await self._pool.acquire(route, deadlines)
            try:
                return connection, await connection.exchange(request, message, deadlines)
            except HttpConnectionLostError as error:
                is_race = connection.has_rested and not error.was_heard and request.may_be_repeated
                is_safe = is_race or (error.is_untouched and request.is_replayable)
                if not is_safe or retries >= self._limits.max_retries:
                    raise
                retries += 1
                if is_race:
                    self._pool.drop_idle(route)

    async def _onward(self, request: ClientRequest, response: HttpClientResponse, location: str, followed: int) -> ClientRequest:
        try:
            if followed >= self._limits.max_redirects:
                raise HttpRedirectError(
                    f"redirect {response.status} to {location!r} is number {followed + 1}, allowed are {self._limits.max_redirects}",
                    status=response.status,
                    location=location,
                )
            onward = redirected(request, response.status, location, allow_insecure=self._allow_insecure)
            await response.drain(_DRAINED_BYTES)
        finally:
            await response.close()
        return onward
