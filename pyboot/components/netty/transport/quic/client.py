"""The sockets of a QUIC client: one for each connection, connected to the server, so that the network can answer that nobody is there.

A connection that migrates gets another socket; the old one is closed when the new one is there.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pyboot.components.netty.transport.resolving import resolve
from pyboot.components.netty.transport.socket_options import set_socket_options

from .endpoint import QuicEndpoint
from .machine import QuicMachine

if TYPE_CHECKING:
    from .carrier import QuicCarrier
    from .channel import QuicChannel
    from .config import QuicClientConfig

__all__ = ["connect_endpoint", "move_endpoint"]


async def connect_endpoint(
    channel: QuicChannel, config: QuicClientConfig, address: Any, ticket: Callable[[Any], None]
) -> tuple[QuicEndpoint, QuicMachine]:
    """Open a socket to *address*, and a machine that has said its first words to it. Raises OSError for one that cannot be reached."""
    host, port = address[:2]
    configuration = config.configuration(host)
    infos = await resolve(channel.loop, host, port, socket.SOCK_DGRAM, resolver=channel.resolver)
    failure: OSError | None = None
    for family, _, _, _, where in infos:
        try:
            sock = _socket(channel, family, where, channel.bind_address)
        except OSError as error:  # a family that this machine lacks, for instance
            failure = error
            continue
        machine = QuicMachine(
            configuration=configuration,
            max_streams=config.max_streams,
            max_unidirectional_streams=config.max_unidirectional_streams,
            session_ticket_handler=ticket if config.early_data else None,
        )
        machine.connect(sock.getpeername(), time.monotonic())
        return _endpoint(channel, sock), machine
    assert failure is not None
    raise failure


async def move_endpoint(channel: QuicChannel, carrier: QuicCarrier, host: str | None, port: int) -> None:
    """Let *carrier* go on from a new socket on *host* and *port*; raises OSError, and leaves the old one then."""
    old = carrier.endpoint
    family = old.socket.family
    own = None
    if host is not None or port:
        own = (await resolve(channel.loop, host, port, socket.SOCK_DGRAM, own=True))[0][4]
    carrier.endpoint = _endpoint(channel, _socket(channel, family, old.socket.getpeername(), own))
    old.close()


def _socket(channel: QuicChannel, family: int, peer: Any, own: Any) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.setblocking(False)
        set_socket_options(sock, {option: value for option, value in channel.socket_options.items() if option.level is not None})
        if own is not None:
            sock.bind(own)
        sock.connect(peer)
    except OSError:
        sock.close()
        raise
    return sock


def _endpoint(channel: QuicChannel, sock: socket.socket) -> QuicEndpoint:
    return QuicEndpoint(channel.loop, sock, channel.client_received, channel.turn_over, channel.network_failed)
