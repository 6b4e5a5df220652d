"""QuicServerChannel: a UDP port whose connections are QUIC's; its inbound messages are the attempts of clients.

Theory of operation. All connections share the sockets of the server, so they live on its loop. A datagram is for the connection whose id it
names (`_routes`), whatever address it comes from; that is how clients migrate. What names no connection may begin one::

    version that is not ours   ──> Version Negotiation, for a datagram as long as a client's first has to be
    an Initial packet          ──> more handshakes under way than `retry_above`: Retry, a token that only who has the address gets
                                   with such a token, or without need of one: an attempt, which goes through the pipeline to
                                   the acceptor, as an accepted socket does, and gets a channel
    anything else              ──> nothing (RFC 9000 5.2.2)

Ids are ours and random, but for a client's first, and the table's hash has a secret of the process. Where no more connections are accepted,
``MAX_CONNECTIONS``, ``ACCEPT_RATE``, a pause, attempts are dropped: a client asks again, as those do who wait in a backlog. Closing the
server leaves its connections what they need: the sockets are closed with the last of them.

A process that has the port beside others (``pyboot run --workers``) finds its connections again by the addresses of both ends, so clients
of several processes cannot migrate. One *socket* for several processes would deal datagrams out by chance: it is refused.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, ClassVar, Final, final

from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE, QuicConfiguration
from aioquic.quic.packet import QuicHeader, QuicPacketType, encode_quic_retry, encode_quic_version_negotiation
from aioquic.quic.retry import QuicRetryTokenHandler

from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.fault import tell_peer
from pyboot.components.netty.channel.life.closing import ACTIVE
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.errors import ChannelError, ClosedChannelError, SslContextError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.given import Listening, socket_source
from pyboot.components.netty.transport.listening import ListeningSocket, ServerSocketChannel
from pyboot.components.netty.transport.recipients import unmap_ipv4
from pyboot.components.netty.transport.socket_options import RULES_OF_LISTENING, set_socket_options
from pyboot.components.netty.transport.tcp import SocketChannel

from .carrier import QuicCarrier
from .channel import QuicChannel
from .closing import QuicClosing
from .config import QuicServerConfig
from .endpoint import QuicEndpoint
from .machine import ID_LENGTH, QuicMachine, header_of
from .options import QuicChannelOption
from .tickets import SessionTickets

__all__ = ["QuicAttempt", "QuicServerChannel"]

_log = logging.getLogger(__name__)

_LONG_HEADER: Final = 0x80
# Of a long header: the first byte, the version, and the length of the id that follows (RFC 8999 5.1).
_BEFORE_ID: Final = 6
# Connections that have ended, and whose packets are still known: the oldest are forgotten early.
_MAX_CLOSING: Final = 1024


@final
class QuicAttempt:
    """The first datagram of a client, and where it came from; `peer` is its address."""

    def __init__(
        self, endpoint: QuicEndpoint, data: bytes, address: Any, header: QuicHeader, original: bytes, retried: bytes | None
    ) -> None:
        self.endpoint = endpoint
        self.data = data
        self.address = address
        self.connection_id: bytes = header.destination_cid
        self.original_id = original
        self.retried_id = retried

    @property
    def peer(self) -> Any:
        """The client's address."""
        return unmap_ipv4(self.address)

    def close(self) -> None:
        """Forget it: the client asks again."""


class QuicServerChannel(ServerSocketChannel):
    """Listens for QUIC on a host and a port; it needs the option ``QuicChannelOption.CONFIG``.

    A `QuicServerConfig` there is for good; a function is called with each attempt of a client, and what it returns holds for connections
    from there on, a new certificate for example. `BindError` says that the port is taken; another process may have the same port of TCP.
    """

    child_class: ClassVar[type[SocketChannel]] = QuicChannel
    keeps_connections: ClassVar[bool] = True

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self._current: Callable[[], QuicServerConfig] | None = None
        self._quic: QuicServerConfig | None = None
        self._configuration: QuicConfiguration | None = None
        self._endpoints: list[QuicEndpoint] = []
        self._routes: dict[bytes, QuicChannel] = {}
        self._children: set[QuicChannel] = set()
        self._ended: dict[bytes, QuicClosing] = {}  # what is left of connections, by their ids
        self._closing: dict[QuicClosing, None] = {}
        self._touched: dict[QuicChannel, None] = {}
        self._handshakes = 0
        self._retry = QuicRetryTokenHandler()
        self._tickets: SessionTickets | None = None

    # Binding.

    def open_sockets(self, address: Any, infos: Any) -> None:
        """Load the certificate and open the sockets; raises `ChannelError` without a config, `SslContextError`, OSError."""
        quic = self.socket_options.get(QuicChannelOption.CONFIG)
        if callable(quic):
            self._current, quic = quic, quic()
        if not isinstance(quic, QuicServerConfig):
            raise ChannelError("a QUIC server needs a certificate: set the option QuicChannelOption.CONFIG to a QuicServerConfig")
        self._quic = quic
        self._configuration = quic.configuration()
        self._tickets = SessionTickets() if quic.early_data else None
        super().open_sockets(address, infos)
        self._endpoints = [QuicEndpoint(self.loop, sock, self._received, self._turn_over, self._failed) for sock in self.sockets]

    def open_socket(self, family: int, kind: int, protocol: int, address: Any) -> None:
        sock = ListeningSocket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            set_socket_options(sock, {option: value for option, value in self.socket_options.items() if option.level is not None})
            if family == socket.AF_INET6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # IPv4 has a socket of its own, as with TCP
            source = socket_source()
            if source is None or not address[1]:
                sock.bind(address)
            else:
                descriptor, is_shared = source.bound_socket(family, socket.SOCK_DGRAM, address, only_v6=True, listening=Listening(self))
                sock.close()
                sock = ListeningSocket(family, socket.SOCK_DGRAM, 0, descriptor)
                sock.setblocking(False)
                if is_shared:
                    text = "it is one socket for several processes, each of which would get the datagrams of the others' connections"
                    raise OSError(errno.EOPNOTSUPP, text)
        except OSError:
            sock.close()
            raise
        self.sockets.append(sock)

    def _renew(self, current: Callable[[], QuicServerConfig]) -> None:
        """Let the connections that come from here on have what *current* says now; where that is of no use, the old one serves on."""
        try:
            config = current()
            if config is not self._quic:
                self._configuration = config.configuration()
                self._quic = config
        except SslContextError as error:
            _log.error("%r: the new config cannot be used, the old one serves on: %s", self, error)

    def adopt_socket(self, descriptor: int, owner: object) -> None:
        os.close(descriptor)  # the datagrams of connections that another process has are of no use here

    def give_back(self, owner: object) -> None:
        """Do nothing, as nothing was adopted."""

    # Datagrams.

    def set_reading(self, wanted: bool) -> None:
        """Connections have to be read whether more are wanted or not: attempts are dropped where they are not."""

    def _received(self, endpoint: QuicEndpoint, data: bytes, address: Any) -> None:
        # hot path: once for each datagram.
        if len(data) <= _BEFORE_ID:
            return
        is_long = data[0] & _LONG_HEADER
        connection_id = data[_BEFORE_ID : _BEFORE_ID + data[5]] if is_long else data[1 : 1 + ID_LENGTH]
        child = self._routes.get(connection_id)
        if child is not None:
            self._touched[child] = None
            child.server_received(data, address)
        elif (closing := self._ended.get(connection_id)) is not None:
            closing.received(len(data))
        elif is_long and len(data) >= SMALLEST_MAX_DATAGRAM_SIZE and self.state == ACTIVE:
            header = header_of(data)
            if header is not None:
                self._unknown(endpoint, data, address, header)

    def _unknown(self, endpoint: QuicEndpoint, data: bytes, address: Any, header: QuicHeader) -> None:
        assert self._configuration is not None
        assert self._quic is not None
        if header.packet_type is QuicPacketType.VERSION_NEGOTIATION:
            return  # answering one with another would never end
        if header.version not in self._configuration.supported_versions:
            versions = self._configuration.supported_versions
            answer = encode_quic_version_negotiation(
                source_cid=header.destination_cid, destination_cid=header.source_cid, supported_versions=versions
            )
            endpoint.send(answer, address)
            return
        if header.packet_type is not QuicPacketType.INITIAL or not self._has_room():
            return
        original, retried = header.destination_cid, None
        validated = self._validated(header, address) if header.token else None
        if validated is not None:
            original, retried = validated, header.destination_cid
        elif self._handshakes >= self._quic.retry_above:
            endpoint.send(self._retry_packet(header, address), address)
            return
        if self._rate is not None and not self._may_accept(self._rate):
            return
        if self._current is not None:
            self._renew(self._current)
        self.reading.use()
        self._pipeline.fire_channel_read(QuicAttempt(endpoint, data, address, header, original, retried))
        self._pipeline.fire_channel_read_complete()
        self.reading.again()

    def _has_room(self) -> bool:
        if not self.reading.is_on:
            return False
        if 0 < self.max_connections <= self.connections:
            text = f"it has reached its limit of {self.connections} connections; further clients wait"
            tell_peer(self, "limit of connections", text)
            return False
        return True

    def _validated(self, header: QuicHeader, address: Any) -> bytes | None:
        """Return the id that the client began with, if its token is one of ours."""
        try:
            return self._retry.validate_token(
                address=address, destination_cid=header.destination_cid, token=header.token, now=time.monotonic()
            )
        except ValueError:
            return None

    def _retry_packet(self, header: QuicHeader, address: Any) -> bytes:
        connection_id = os.urandom(ID_LENGTH)
        token = self._retry.create_token(
            address=address,
            original_destination_connection_id=header.destination_cid,
            retry_source_connection_id=connection_id,
            now=time.monotonic(),
        )
        assert header.version is not None
        return encode_quic_retry(
            version=header.version,
            source_cid=connection_id,
            destination_cid=header.source_cid,
            original_destination_cid=header.destination_cid,
            retry_token=token,
        )

    def _turn_over(self) -> None:
        touched, self._touched = self._touched, {}
        for child in touched:
            child.turn_over()

    def _failed(self, error: OSError) -> None:
        tell_peer(self, "quic network error", f"the network has refused a packet: {error}")

    # Accepting.

    async def open_child(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, accepted: Any, options: Mapping[ChannelOption[Any], Any]
    ) -> None:
        assert self._configuration is not None
        assert self._quic is not None
        child: QuicChannel = protocol
        quic, tickets = self._quic, self._tickets
        machine = QuicMachine(
            configuration=self._configuration,
            max_streams=quic.max_streams,
            max_unidirectional_streams=quic.max_unidirectional_streams,
            original_destination_connection_id=accepted.original_id,
            retry_source_connection_id=accepted.retried_id,
            session_ticket_fetcher=None if tickets is None else tickets.take,
            session_ticket_handler=None if tickets is None else tickets.keep,
        )
        routes = {accepted.connection_id, machine.host_cid}
        carrier = QuicCarrier(
            child, machine, accepted.endpoint, partial(self._route, child, routes), partial(self._child_over, child, routes)
        )
        child.carry(carrier, options, quic)
        self._children.add(child)
        for connection_id in routes:
            self._routes[connection_id] = child
        self._handshakes += 1
        child.when_established(self._handshake_over)
        child.server_received(accepted.data, accepted.address)
        self._touched[child] = None

    def _handshake_over(self) -> None:
        self._handshakes -= 1

    def _route(self, child: QuicChannel, routes: set[bytes], connection_id: bytes, is_new: bool) -> None:
        if is_new:
            routes.add(connection_id)
            self._routes[connection_id] = child
        else:
            routes.discard(connection_id)
            self._routes.pop(connection_id, None)

    def _child_over(self, child: QuicChannel, routes: set[bytes], carrier: QuicCarrier) -> None:
        for connection_id in routes:
            self._routes.pop(connection_id, None)
        ids = frozenset(routes)
        routes.clear()
        self._children.discard(child)
        if ids and carrier.machine.closing_seconds(time.monotonic()) > 0:
            closing = carrier.closing(lambda: self._closing_over(closing, ids))
            self._closing[closing] = None
            self._ended.update(dict.fromkeys(ids, closing))
            if len(self._closing) > _MAX_CLOSING:
                next(iter(self._closing)).end()
        self._close_endpoints()

    def _closing_over(self, closing: QuicClosing, ids: frozenset[bytes]) -> None:
        del self._closing[closing]
        for connection_id in ids:
            del self._ended[connection_id]

    def connection_opened(self) -> None:
        self.connections += 1

    def connection_closed(self) -> None:
        self.connections -= 1

    def unhandled_message(self, msg: object) -> None:
        if not isinstance(msg, QuicAttempt):
            super().unhandled_message(msg)

    # Closing.

    def close_sockets(self) -> None:
        if self._reserve is not None:
            self._reserve.close()
            self._reserve = None
        for child in [child for child in self._children if child.state < ACTIVE]:
            child.lost(ClosedChannelError("the server was closed before the handshake was over"))
        if not self._endpoints:  # binding has failed
            for sock in self.sockets:
                sock.close()
        self._close_endpoints()

    def _close_endpoints(self) -> None:
        if self.state > ACTIVE and not self._children:
            for closing in list(self._closing):
                closing.end()
            for endpoint in self._endpoints:
                endpoint.close()

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        if option in RULES_OF_LISTENING:
            return self._rule(option)
        if self.state == ACTIVE and option.level is not None:
            return super().get_socket_option(option)
        return self.socket_options.get(option)
