"""Late datagrams: those that were flushed and whose recipient is a name, which the resolver has not answered yet.

They stand beside the queue of their channel, so that nobody waits for them, and come back to it when their recipient is known.
What they hold is limited as that queue is, each channel's to its write limit.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, final

from pyboot.components.netty.channel.promise import ChannelPromise
from pyboot.components.netty.errors import OutboundOverflowError

from .resolving import AddressInfo, resolve

if TYPE_CHECKING:
    from .udp import DatagramChannel

__all__ = ["Datagram", "LateDatagrams"]


class Datagram(NamedTuple):
    """A datagram that waits to be sent; where its recipient *is_name*, nobody but this knows its promise yet."""

    payload: bytes
    recipient: Any
    promise: ChannelPromise | None
    is_name: bool


@final
class LateDatagrams:
    """The late datagrams of one channel."""

    def __init__(self, channel: DatagramChannel, known: Callable[[Datagram, Sequence[AddressInfo]], object]) -> None:
        self._channel = channel
        self._known = known
        self._tasks: dict[asyncio.Task[None], Datagram] = {}
        self.size = 0

    def __bool__(self) -> bool:
        return bool(self._tasks)

    def add(self, datagram: Datagram) -> None:
        """Look the recipient of a datagram up, then tell the channel. Raises `OutboundOverflowError` if too much waits already."""
        limit, size = self._channel.config.write_buffer_limit, len(datagram.payload)
        if self.size + size > limit > 0:
            raise OutboundOverflowError(self.size, size, limit)
        # A task each: names are looked up side by side, and a slow one holds no other up (law of alone, `udp`).
        self.size += size
        task = self._channel.loop.create_task(self._look_up(datagram))
        self._tasks[task] = datagram
        task.add_done_callback(self._over)

    def cancel(self) -> None:
        """Fail the datagrams, since the channel is gone."""
        for task in list(self._tasks):
            task.cancel()

    async def _look_up(self, datagram: Datagram) -> None:
        try:
            host, port = datagram.recipient[:2]
            infos = await resolve(self._channel.loop, host, port, socket.SOCK_DGRAM, resolver=self._channel.resolver)
            self._known(datagram, infos)
        except Exception as error:  # noqa: BLE001  # whatever it is: this one alone has failed (law of alone, `udp`)
            self._channel.datagram_failed(datagram, error)

    def _over(self, task: asyncio.Task[None]) -> None:
        datagram = self._tasks.pop(task)
        self.size -= len(datagram.payload)
        if task.cancelled() and datagram.promise is not None:
            datagram.promise.try_failure(self._channel.closed_error())
        self._channel.late_is_over()
