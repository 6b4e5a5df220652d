"""HttpExchangeRecorder: makes an exchange of each request that the servers of HTTP have answered. Source: Spring's ``HttpExchangesFilter``.

The law of secrets. What is kept has none: `pyboot.boot.config.secrets` masks header fields by their names, and everything by its text,
before a repository sees it. ``Cookie``, ``Set-Cookie`` and ``Authorization`` are left out besides, unless settings include them.
"""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import final

from pyboot.actuator.exchanges.properties import HttpExchangesProperties, Include
from pyboot.actuator.exchanges.repository import ExchangeRequest, Headers, HttpExchange, HttpExchangeRepository
from pyboot.boot import ApplicationContext, Component
from pyboot.boot.config.secrets import MASK, is_secret
from pyboot.components.netty import Channel
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.carrier import carrier_of, is_secure
from pyboot.components.netty.handler.http.observer import HttpObservation, HttpServerObserver
from pyboot.components.netty.wire.http.headers import HttpHeaders

_COOKIES = frozenset({"cookie", "set-cookie"})
_AUTHORIZATION = frozenset({"authorization"})


@final
@Component
class HttpExchangeRecorder(HttpServerObserver):
    """Tells a repository of each."""

    def __init__(self, repository: HttpExchangeRepository, settings: HttpExchangesProperties, context: ApplicationContext) -> None:
        """Take who keeps them, what of them, and the application, which masks secrets."""
        self._add = repository.add
        self._include = frozenset(settings.recording.include)
        self._masked: Callable[[str], str] = context.environment.secrets.masked
        left_out = frozenset() if Include.COOKIE_HEADERS in self._include else _COOKIES
        self._left_out = left_out if Include.AUTHORIZATION_HEADER in self._include else left_out | _AUTHORIZATION

    def began(self, seen: HttpObservation) -> None:
        """Note when it came."""
        seen.held[self] = time.time()

    def ended(self, seen: HttpObservation) -> None:
        """Make an exchange of it."""
        request, include, channel = seen.request, self._include, seen.channel
        remote = _remote(channel) if Include.REMOTE_ADDRESS in include else None
        headers = self._headers(request.headers) if Include.REQUEST_HEADERS in include else {}
        answered = self._headers(seen.headers) if Include.RESPONSE_HEADERS in include and seen.headers is not None else {}
        self._add(
            HttpExchange(
                datetime.fromtimestamp(seen.held[self], UTC),
                ExchangeRequest(str(request.method), self._masked(_uri(seen)), headers, remote),
                seen.status,
                answered,
                timedelta(seconds=seen.seconds) if Include.TIME_TAKEN in include else None,
            )
        )

    def _headers(self, headers: HttpHeaders) -> Headers:
        kept: dict[str, list[str]] = {}
        for name, value in headers.items():
            if name.lower() not in self._left_out:
                kept.setdefault(name, []).append(MASK if value and is_secret((name,)) else self._masked(value))
        return kept


def _remote(channel: Channel) -> str | None:
    """Return the host that a request came from, as Spring tells it: without a port."""
    address = carrier_of(channel).remote_address()
    if isinstance(address, tuple) and address:
        return str(address[0])
    return None if address is None else address_text(address)


def _uri(seen: HttpObservation) -> str:
    """Return the URI as the client has it; the bare target where it does not say the host."""
    target, host = seen.request.uri, seen.request.headers.get("host")
    if not host or not target.startswith("/"):
        return target
    return f"{'https' if is_secure(seen.channel) else 'http'}://{host}{target}"
