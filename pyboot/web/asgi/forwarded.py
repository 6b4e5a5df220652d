"""Forwarded: who a request is from, as the proxies in front of us tell. Source: RFC 7239, and the ``X-Forwarded-*`` that came before it.

The law of forwarding: a header is believed only of a peer that settings name, and read from the right, for each proxy writes behind those
before it: the client is the last address that is not one of ours. What a client wrote itself stands further left, and is never looked at.

A host is believed only if it is one by the grammar of ``Host``, for applications make links and redirects of it; one that is none is
counted, told in the log, and as if it had not been there.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, NamedTuple, final

from pyboot.components.netty.limited_log import LimitedLog
from pyboot.components.netty.wire.http.errors import shown
from pyboot.components.netty.wire.http.headers import HttpHeaders
from pyboot.components.netty.wire.http1.target import is_authority

_log = logging.getLogger("pyboot.web")

_BAD_HOST: Final = "forwarded host"

type Network = IPv4Network | IPv6Network
type Client = tuple[str, int] | None


@final
class Origin(NamedTuple):
    """Who has sent a request, by which scheme, and to which host, where that was told."""

    client: Client
    scheme: str
    host: str | None = None


@final
class TrustedProxies:
    """The peers whose word is taken.

    Args:
        networks: addresses and networks, ``10.0.0.0/8``; ``*`` for anybody, which only a server that proxies alone can reach may say.
            A peer on a Unix socket is trusted if anybody is.

    Raises:
        ValueError: one of them is neither.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        given = list(networks)
        self._is_anybody = "*" in given
        self._networks: list[Network] = [ip_network(each, strict=False) for each in given if each != "*"]
        self._are_any = bool(given)
        self.trusts = lru_cache(maxsize=1024)(self._trusts)
        self.faults = LimitedLog("of trusted proxies")

    def __bool__(self) -> bool:
        return self._are_any

    def _trusts(self, host: str) -> bool:
        """Tell whether the peer with the address *host* is one of them."""
        if self._is_anybody:
            return True
        try:
            address = ip_address(host.partition("%")[0])
        except ValueError:
            return False
        if address.version == 6 and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        return any(address in network for network in self._networks)

    def origin(self, client: Client, scheme: str, headers: HttpHeaders) -> Origin:
        """Return whom a request is from, which came from *client* by *scheme*."""
        if not self._are_any or (client is not None and not self.trusts(client[0])):
            return Origin(client, scheme)
        elements = headers.get_all("forwarded")
        if elements:
            return self._of_forwarded(client, scheme, _elements(elements))
        return self._of_x_forwarded(client, scheme, headers)

    def _of_forwarded(self, client: Client, scheme: str, elements: Sequence[dict[str, str]]) -> Origin:
        found = Origin(client, scheme)
        for element in reversed(elements):
            node = _node(element.get("for", ""))
            host = self._host(element["host"]) if "host" in element else None
            found = Origin(node or found.client, _scheme(element.get("proto"), found.scheme), host or found.host)
            if node is None or not self.trusts(node[0]):
                break
        return found

    def _of_x_forwarded(self, client: Client, scheme: str, headers: HttpHeaders) -> Origin:
        for text in reversed(_members(headers.get_all("x-forwarded-for"))):
            node = _node(text)
            client = node or client
            if node is None or not self.trusts(node[0]):
                break
        protocols, hosts = _members(headers.get_all("x-forwarded-proto")), _members(headers.get_all("x-forwarded-host"))
        return Origin(client, _scheme(protocols[-1] if protocols else None, scheme), self._host(hosts[-1]) if hosts else None)

    def _host(self, text: str) -> str | None:
        """Return *text* if it is a host, and maybe a port (RFC 9110 7.2)."""
        host = text.encode("latin-1", "replace")
        if is_authority(host):
            return text
        self.faults.count(_BAD_HOST)
        self.faults.tell(asyncio.get_running_loop(), _log, logging.WARNING, _BAD_HOST, f"a forwarded host is none, ignored: {shown(host)}")
        return None


def _scheme(text: str | None, otherwise: str) -> str:
    return text.lower() if text is not None and text.lower() in ("http", "https") else otherwise


def _members(values: Iterable[str]) -> list[str]:
    return [member for value in values for part in value.split(",") if (member := part.strip())]


def _elements(values: Iterable[str]) -> list[dict[str, str]]:
    """Return the elements of ``Forwarded``; what stands in quotes may hold commas and semicolons."""
    elements: list[dict[str, str]] = []
    for element in _split(",".join(values), ","):
        pairs = (pair.partition("=") for pair in _split(element, ";"))
        elements.append({name.strip().lower(): value.strip().strip('"') for name, _, value in pairs})
    return elements


def _split(text: str, mark: str) -> list[str]:
    parts, quoted = [""], False
    for character in text:
        quoted ^= character == '"'
        if character == mark and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return [part for part in parts if part.strip()]


def _node(text: str) -> Client:
    """Return the address in ``192.0.2.1``, ``192.0.2.1:80``, ``[2001:db8::1]:80`` or ``2001:db8::1``; ``None`` where nobody is named."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        port = rest.removeprefix(":")
    elif text.count(":") == 1:
        host, _, port = text.partition(":")
    else:
        host, port = text, ""
    try:
        return str(ip_address(host)), int(port) if port.isdecimal() and int(port) < 65536 else 0
    except ValueError:
        return None  # "unknown", or a name that the proxy hides behind
