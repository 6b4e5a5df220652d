"""HttpClient: requests by URL, for programs. On one loop; connections are pooled by host."""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import Any, Final, Self, Unpack, final

from pyboot.components.netty.handler.tls.arguments import ClientSslChoice, ClientTlsArguments
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.resolving import NameResolver
from pyboot.components.netty.wire.http.headers import HeaderFields, HttpHeaders
from pyboot.components.netty.wire.http.start_line import HttpMethod
from pyboot.components.netty.wire.http1.config import HttpDecoderConfig

from .connector import Http2Choice, HttpConnector
from .limits import HttpLimits
from .observer import HttpClientObservation, HttpClientObserver
from .pool import HttpConnectionPool, HttpPoolStatistics
from .proxy import HttpProxy
from .request import ClientRequest, RequestContent, content_of, headers_of
from .response import HttpClientResponse
from .route import Routes
from .sending import Sender
from .timeouts import Deadlines, HttpTimeouts
from .url import HttpUrl, QueryParameters

__all__ = ["HttpClient", "StreamedResponse"]

type Timeout = HttpTimeouts | float | None

_DEFAULT_TIMEOUTS: Final = HttpTimeouts()


@final
class HttpClient:
    """A client of HTTP/1.1, and of HTTP/2 where it is asked to: requests by URL over connections that are kept and used again.

    ::

        async with HttpClient() as client:
            response = await client.get("http://localhost:8080/users", params={"page": 2})
            users = await response.json()
            async with client.stream("GET", "http://localhost:8080/dump") as response:
                async for chunk in response:
                    ...

    `request` and its short forms read the content before they return, up to ``limits.max_content_bytes``, so a response that is forgotten
    holds no connection; `stream` gives the response when its head is here, and stops the peer while nobody takes. A request that a
    connection lost in the moment of use, before a byte of the response came, is sent again if it may be done twice: GET, HEAD, OPTIONS,
    TRACE, PUT and DELETE, with content that is no iterator.

    Args:
        base_url: what relative URLs of requests are relative to.
        headers: of each request that does not name them itself.
        timeouts: of each phase, see `HttpTimeouts`.
        limits: of connections and sizes, see `HttpLimits`.
        follow_redirects: whether redirects are followed, unless a request says else.
        allow_insecure_redirects: whether they may lead from https to http.
        decompress: whether content is asked for compressed, and decompressed.
        proxy: for all requests, ``http://user:password@host:port`` or an `HttpProxy`.
        trust_env: whether ``http_proxy``, ``https_proxy`` and ``no_proxy`` of the environment say so; off by default.
        unix_socket: the path of a socket to connect to, whatever host a URL names.
        config: limits of heads and chunks, and leniencies, see `HttpDecoderConfig`.
        options: channel options of the connections.
        http2: whether HTTP/2 is spoken: True where TLS agrees on it, ``"prior-knowledge"`` without TLS too. A connection is shared by its
            requests then; who does not agree is spoken to by HTTP/1.1. With an *ssl* of your own, that has to offer ``h2``.
        ssl: True, the default, for the authorities of the system or of *tls*; an ``ssl.SSLContext``, or a function that gives one for each
            connection; or False, and https is refused.
        observers: who hears of each request and its answer, see `HttpClientObserver`.
        resolver: who knows the addresses of hosts, see `Bootstrap.resolver`; the operating system by default.
        tls: arguments of `ssl_context_for_client` and `SslHandler`; a host's name is always compared with its certificate.

    Raises:
        HttpUrlError: for a *base_url* or *proxy* that is none.
        SslContextError: for certificates that are of no use.
    """

    def __init__(
        self,
        *,
        base_url: str | None = None,
        headers: HeaderFields = None,
        timeouts: HttpTimeouts = _DEFAULT_TIMEOUTS,
        limits: HttpLimits | None = None,
        follow_redirects: bool = True,
        allow_insecure_redirects: bool = False,
        decompress: bool = True,
        proxy: HttpProxy | str | None = None,
        trust_env: bool = False,
        unix_socket: str | None = None,
        config: HttpDecoderConfig | None = None,
        options: Mapping[ChannelOption[Any], Any] | None = None,
        ssl: ClientSslChoice = True,
        http2: Http2Choice = False,
        observers: Sequence[HttpClientObserver] = (),
        resolver: NameResolver | None = None,
        **tls: Unpack[ClientTlsArguments],
    ) -> None:
        rules = limits or HttpLimits()
        self._base = None if base_url is None else HttpUrl(base_url)
        self._headers = HttpHeaders(headers)
        self._headers.set_default("user-agent", "pyboot").set_default("accept", "*/*")
        if decompress:
            self._headers.set_default("accept-encoding", _codings())
        self._timeouts = timeouts
        self._follows = follow_redirects
        self._observers = tuple(observers)
        routes = Routes(HttpProxy(proxy) if isinstance(proxy, str) else proxy, unix_socket, trust_environment=trust_env)
        connector = HttpConnector(rules, config, ssl, tls, options or {}, http2, resolver)
        self._pool = HttpConnectionPool(rules, lambda route: connector.connect(route, routes.authorization(route)), connector.may_share)
        self._sender = Sender(self._pool, routes, rules, decompress=decompress, allow_insecure=allow_insecure_redirects)

    async def request(
        self,
        method: str,
        url: str,
        *,
        params: QueryParameters = None,
        headers: HeaderFields = None,
        content: RequestContent = None,
        json: Any = None,  # Any: whatever JSON can say
        timeout: Timeout = None,  # noqa: ASYNC109  # the word that callers look for; it is a set of them
        follow_redirects: bool | None = None,
    ) -> HttpClientResponse:
        """Send a request and return its response, with all of its content.

        Args:
            method: one of `HttpMethod`, in any case, or another one as it is.
            url: absolute, or relative to *base_url*; user and password in it go with ``Authorization``.
            params: to be added to the query of the URL.
            headers: of this request. With ``Expect: 100-continue`` content waits for the peer's word, a second at most.
            content: bytes, a buffer, text, or an async iterator of such, which goes as the peer takes it.
            json: content as JSON, instead.
            timeout: `HttpTimeouts`, or seconds for all of it.
            follow_redirects: as the client, unless it is said here.

        Raises an `HttpClientError`, `HttpEncoderError` for a field that would end its line, or what the iterator of the content raises.
        If cancelled, the connection is closed.
        """
        response = await self._send(method, url, params, headers, content, json, timeout, follow_redirects)
        await response.read()
        return response

    def stream(
        self,
        method: str,
        url: str,
        *,
        params: QueryParameters = None,
        headers: HeaderFields = None,
        content: RequestContent = None,
        json: Any = None,  # Any: as above
        timeout: Timeout = None,
        follow_redirects: bool | None = None,
    ) -> StreamedResponse:
        """``async with client.stream(...) as response:`` gives the response when its head is here; its content is yours to take.

        Arguments and errors as `request`. What was not taken at the end of the block is given up, with the connection.
        """
        return StreamedResponse(partial(self._send, method, url, params, headers, content, json, timeout, follow_redirects))

    async def get(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: those of `request`, checked there
        """GET *url*; the other arguments are those of `request`."""
        return await self.request("GET", url, **arguments)

    async def head(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: as above
        """HEAD *url*; the other arguments are those of `request`."""
        return await self.request("HEAD", url, **arguments)

    async def post(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: as above
        """POST to *url*; the other arguments are those of `request`."""
        return await self.request("POST", url, **arguments)

    async def put(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: as above
        """PUT to *url*; the other arguments are those of `request`."""
        return await self.request("PUT", url, **arguments)

    async def patch(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: as above
        """PATCH *url*; the other arguments are those of `request`."""
        return await self.request("PATCH", url, **arguments)

    async def delete(self, url: str, **arguments: Any) -> HttpClientResponse:  # Any: as above
        """DELETE *url*; the other arguments are those of `request`."""
        return await self.request("DELETE", url, **arguments)

    def statistics(self) -> HttpPoolStatistics:
        """The connections in use and at rest, and the requests that wait for one."""
        return self._pool.statistics()

    async def close(self) -> None:
        """Close all connections; requests that are under way fail with `ClosedHttpClientError`. If cancelled, they close all the same."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def _send(
        self,
        method: str,
        url: str,
        params: QueryParameters,
        headers: HeaderFields,
        content: RequestContent,
        value: Any,  # Any: as above
        timeouts: Timeout,
        follow_redirects: bool | None,
    ) -> HttpClientResponse:
        where = HttpUrl(url, params) if self._base is None else self._base.join(url, params)
        fields = headers_of(headers, self._headers)
        request = ClientRequest(_method(method), where, fields, content_of(content, value, fields))
        follows = self._follows if follow_redirects is None else follow_redirects
        sending = partial(self._sender.send, request, Deadlines(self._timeouts_of(timeouts)), follow_redirects=follows)
        return await (self._observed(request, sending) if self._observers else sending())

    async def _observed(self, request: ClientRequest, send: Callable[[], Awaitable[HttpClientResponse]]) -> HttpClientResponse:
        """Send a request, and tell observers what became of it."""
        seen = HttpClientObservation(request.method, request.url, request.headers, time.perf_counter())
        for observer in self._observers:
            observer.began(seen)
        try:
            response = await send()
            seen.status = response.status
            return response
        except BaseException as error:
            seen.error = error
            raise
        finally:
            seen.seconds = time.perf_counter() - seen.began
            for observer in self._observers:
                observer.ended(seen)

    def _timeouts_of(self, timeout: Timeout) -> HttpTimeouts:
        if timeout is None:
            return self._timeouts
        if isinstance(timeout, HttpTimeouts):
            return timeout
        own = self._timeouts
        return HttpTimeouts(connect=own.connect, acquire=own.acquire, response=own.response, read=own.read, total=timeout)

    def __repr__(self) -> str:
        lent, idle, waiting = self.statistics()
        return f"<HttpClient {lent} connections in use, {idle} idle, {waiting} requests waiting>"


@final
class StreamedResponse:
    """``async with`` around a response whose content is read as it comes; made by `HttpClient.stream`."""

    def __init__(self, send: Callable[[], Awaitable[HttpClientResponse]]) -> None:
        self._send = send
        self._response: HttpClientResponse | None = None

    async def __aenter__(self) -> HttpClientResponse:
        self._response = await self._send()
        return self._response

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._response is not None:
            await self._response.close()


def _method(name: str) -> str:
    """The method called *name*: names are case-sensitive (RFC 9110 9.1), and one in lower case would be answered as another."""
    upper = name.upper()
    return upper if upper in HttpMethod.__members__ else str(name)


def _codings() -> str:
    """The codings that can be decompressed here."""
    more = [coding for coding, library in (("br", "brotli"), ("zstd", "zstandard")) if importlib.util.find_spec(library)]
    return ", ".join(["gzip", "deflate", *more])
