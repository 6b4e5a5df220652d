"""Local channels: client and server in one process, over nothing but its loops. Source: Netty's ``LocalChannel``.

They are channels like any other, with the same events, water marks, half-closing and resets; what carries the bytes is a pair of
`LocalTransport`. The server has no socket: who connects leaves a request with the server's loop, which goes through the pipeline of
the listening channel as an accepted socket does. `ChannelOption` of sockets say nothing here; those of listening do what they say.
"""

from __future__ import annotations

import asyncio
import errno
import itertools
import os
import threading
import weakref
from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, final

from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.channel.loop_state import LoopState
from pyboot.components.netty.option import ChannelOption

from .listening import ACCEPTS_PER_TURN, ServerSocketChannel
from .local_transport import LocalTransport
from .resolving import AddressInfo
from .socket_options import RULES_OF_LISTENING
from .tcp import SocketChannel

__all__ = ["LocalAddress", "LocalChannel", "LocalServerChannel"]

_numbers: Final = itertools.count(1)


@final
@dataclass(frozen=True, slots=True)
class LocalAddress:
    """A name inside this process; ``LocalAddress()`` is a free one."""

    name: str = ""

    def __str__(self) -> str:
        return f"local:{self.name or '*'}"


def _free_name() -> LocalAddress:
    return LocalAddress(f"{next(_numbers):08x}")


# Who listens, by address. A server that was left open on a loop that is closed has its name no longer; nor is it kept, nor its loop.
_listening: Final[weakref.WeakValueDictionary[LocalAddress, LocalServerChannel]] = weakref.WeakValueDictionary()
_naming: Final = threading.Lock()  # several threads may bind


@final
class LocalRequest:
    """The request of a client that wants to connect; it waits on its own loop until the server takes or refuses it."""

    def __init__(self, client: LocalChannel, protocol: Any, address: LocalAddress) -> None:
        self._loop = client.loop
        self._protocol = protocol  # Any: one by its methods
        self._address = address
        self._end = LocalTransport(client.loop, _free_name(), address)
        self._answer: asyncio.Future[None] = client.loop.create_future()

    async def answered(self) -> None:
        """Wait until the connection is there; raises ConnectionRefusedError. If cancelled, the server finds the client gone."""
        await self._answer

    def take(self, loop: asyncio.AbstractEventLoop, protocol: Any) -> None:
        """Connect, on *loop*, with *protocol* as the server's end. Raises ConnectionAbortedError if the client's loop has ended."""
        end = LocalTransport(loop, self._address, self._end.get_extra_info("sockname"))
        end.join(self._end)
        self._end.join(end)
        try:
            self._loop.call_soon_threadsafe(self._taken, end)  # before anything that the server sends
        except RuntimeError as error:
            raise ConnectionAbortedError(errno.ECONNABORTED, "the loop of the client has ended") from error
        end.begin(protocol)

    def _taken(self, end: LocalTransport) -> None:
        # The client has given up while the server took it: the server's end is connected to something, which resets it.
        if self._answer.done():
            self._protocol = None
            self._end.begin(asyncio.Protocol())
            self._end.abort()
        else:
            self._answer.set_result(None)
            self._end.begin(self._protocol)

    def close(self) -> None:
        """Refuse the request."""
        try:
            self._loop.call_soon_threadsafe(self._refused)
        except RuntimeError:
            return  # its loop has ended, and nobody waits

    def _refused(self) -> None:
        if not self._answer.done():
            self._answer.set_exception(_refusal(self._address))


def _refusal(address: object) -> ConnectionRefusedError:
    return ConnectionRefusedError(errno.ECONNREFUSED, f"nobody takes connections at {address}")


class LocalChannel(SocketChannel):
    """One connection inside a process; its address is a `LocalAddress`."""

    async def _connect_locally(self, protocol: Any, address: LocalAddress) -> None:
        server = _listening.get(address)
        if server is None:
            raise _refusal(address)
        request = LocalRequest(self, protocol, address)
        try:
            server.loop.call_soon_threadsafe(server.ask, request)
        except RuntimeError as error:
            raise _refusal(address) from error
        await request.answered()

    def open_transport(self, protocol: Any, address: Any) -> Coroutine[Any, Any, None]:
        return self._connect_locally(protocol, address)


class LocalServerChannel(ServerSocketChannel):
    """Listens on a `LocalAddress`; its inbound messages are the requests of those who connect.

    The OSError ``EADDRINUSE`` says that another channel of this process listens under the name.
    """

    child_class: ClassVar[type[SocketChannel]] = LocalChannel

    def __init__(self, loop: asyncio.AbstractEventLoop, config: ChannelConfig, loop_state: LoopState) -> None:
        super().__init__(loop, config, loop_state)
        self._address: LocalAddress | None = None
        self._waiting: deque[LocalRequest] = deque()
        self._is_due = False

    # Binding.

    def hosts_of(self, address: Any) -> tuple[Sequence[str | None], int]:
        """Return no hosts, since a name has none to look up."""
        return (), 0

    def open_sockets(self, address: Any, infos: Sequence[AddressInfo]) -> None:
        chosen = address if address.name else _free_name()
        with _naming:
            other = _listening.get(chosen)
            # One whose loop is closed can serve nobody, and has had no chance to give its name back.
            if other is not None and other is not self and not other.loop.is_closed():
                raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
            _listening[chosen] = self
        self._address = chosen

    def bound_addresses(self) -> list[Any]:
        return [self._address]

    def close_sockets(self) -> None:
        super().close_sockets()
        if self._address is not None and _listening.get(self._address) is self:
            del _listening[self._address]
        while self._waiting:
            self._waiting.popleft().close()

    # Accepting.

    def ask(self, request: LocalRequest) -> None:
        """Take the request of a client that wants to connect."""
        if not self.is_active or len(self._waiting) >= self._rule(ChannelOption.SO_BACKLOG):
            request.close()
        else:
            self._waiting.append(request)
            self._accept_soon()

    def set_reading(self, wanted: bool) -> None:
        self._accept_soon()

    def _accept_soon(self) -> None:
        if self._waiting and self.reading.is_on and not self._is_due:
            self._is_due = True
            self.loop.call_soon(self._accept_waiting)

    def _accept_waiting(self) -> None:
        self._is_due = False
        pipeline = self.pipeline()
        for _ in range(ACCEPTS_PER_TURN):
            if not self._waiting or not self.reading.is_on:
                break  # a handler closed the channel, or wants no more
            if self._rate is not None and not self._may_accept(self._rate):
                break
            self.reading.use()
            pipeline.fire_channel_read(self._waiting.popleft())
        pipeline.fire_channel_read_complete()
        self.reading.again()
        self._accept_soon()

    async def open_child(
        self, loop: asyncio.AbstractEventLoop, protocol: Any, accepted: Any, options: Mapping[ChannelOption[Any], Any]
    ) -> None:
        accepted.take(loop, protocol)

    def unhandled_message(self, msg: object) -> None:
        if isinstance(msg, LocalRequest):
            msg.close()
        super().unhandled_message(msg)

    # Looking.

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        if option in RULES_OF_LISTENING:
            return self._rule(option)
        return self.socket_options.get(option)

    def set_socket_option(self, option: ChannelOption[Any], value: Any) -> bool:
        return False
