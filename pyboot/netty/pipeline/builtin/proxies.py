"""The built-in codecs in front of protocols: headers of proxies, SOCKS, and the choice of a protocol by its first bytes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Field, ImportString

from pyboot.boot import DataSize
from pyboot.components.netty import ChannelHandler, PortRule, PortUnificationHandler
from pyboot.components.netty.codec.haproxy import HAProxyMessageDecoder, HAProxyMessageEncoder
from pyboot.components.netty.codec.socks import SocksServerHandler
from pyboot.netty.pipeline.codec import Codec

from .handlers import Patience


@Codec("haproxy")
def haproxy(
    max_header: Annotated[DataSize, Field(ge=16, le=65_551, description="The longest header of version 2 that is read.")] = 4096,
    checksum: Annotated[bool, Field(description="Whether a header of version 2 that is written gets a CRC32C.")] = False,
) -> tuple[HAProxyMessageDecoder, HAProxyMessageEncoder]:
    """Makes a message of the header of the PROXY protocol with which a connection begins, whoever sent it, and writes such messages."""
    return HAProxyMessageDecoder(max_header), HAProxyMessageEncoder(checksum=checksum)


@Codec("socks-server")
def socks_server(
    authenticate: Annotated[
        ImportString[Callable[[str, str], Any]] | None,
        Field(description="A function of user and password, True if they are good, as module.name; none: everybody is served."),
    ] = None,
    versions: Annotated[list[int], Field(min_length=1, description="Those that are spoken, 4 and 5.")] = [4, 5],  # noqa: B006  # pydantic copies it
    timeout: Annotated[Patience, Field(description="From the connection's beginning to the whole request; 0s: any time.")] = timedelta(
        seconds=10
    ),
) -> SocksServerHandler:
    """Makes one message of what a client of SOCKS asks for, and an answer of what is written; then bytes are its own."""
    return SocksServerHandler(authenticate, versions=tuple(versions), timeout_seconds=timeout.total_seconds())


@Codec("port-unification")
def port_unification(
    protocols: Annotated[
        dict[str, list[str | dict[str, dict[str, Any] | None]]],
        Field(
            min_length=1,
            description="The built-in codecs of each protocol, in order: tls, proxy, http2, websocket, http1, socks, and those of begins.",
        ),
    ],
    begins: Annotated[dict[str, list[str]], Field(description="Protocols of yours: with which text they begin, any of several.")] = {},  # noqa: B006  # as above
    timeout: Annotated[Patience, Field(description="For as many bytes as it takes to tell; 0s: any time.")] = timedelta(seconds=10),
    max_bytes: Annotated[DataSize, Field(ge=1, description="Bytes that are looked at.")] = 8192,
) -> PortUnificationHandler:
    """Looks at the first bytes of a connection, and puts the codecs of the protocol that they are into its place."""
    from pyboot.netty.pipeline.registry import CodecRegistry  # which loads this module by its name

    codecs = CodecRegistry()
    rules = []
    for name, entries in protocols.items():
        configured = [codecs.codec(*_named(entry)) for entry in entries]

        def handlers(configured: Sequence[Any] = configured) -> list[ChannelHandler[Any]]:
            return [handler for each in configured for handler in each.handlers()]

        beginnings = [each.encode() for each in begins.get(name, ())]
        rules.append(PortRule.beginning(name, beginnings, handlers) if name in begins else PortRule.of(name, handlers))
    if strange := begins.keys() - protocols.keys():
        raise ValueError(f"begins of {', '.join(sorted(strange))}: protocols has no codecs of it; an empty list is none")
    return PortUnificationHandler(*rules, timeout_seconds=timeout.total_seconds(), max_bytes=max_bytes)


def _named(entry: str | Mapping[str, Mapping[str, Any] | None]) -> tuple[str, Mapping[str, Any] | None]:
    if isinstance(entry, str):
        return entry, None
    if len(entry) != 1:
        raise ValueError(f"{entry!r}: a codec with options is one name and its options")
    ((name, options),) = entry.items()
    return name, options
