"""FileSender: lets the operating system send a file over the socket of a connection, beside the loop's transport that owns it.

Theory of operation. A transport of the loop has no such operation that would do: asyncio's ``loop.sendfile`` stops reading meanwhile, and
uvloop has none. But a channel keeps its transport's buffer empty (`tcp`), and hands a file over only when all before it is in the kernel;
so ``sendfile`` may be called on the very socket, without waiting, and what it takes stands where it should. When the kernel has enough,
the loop is to tell when there is room, and no loop watches a descriptor for two: it watches a duplicate, which lives only that long.
Reading goes on by the transport all the while.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, Any, Final, final

from pyboot.components.netty.channel.close_reason import CloseReason
from pyboot.components.netty.channel.fault import cut_off
from pyboot.components.netty.channel.life.deadline import Deadline
from pyboot.components.netty.errors import WriteStallError

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.file_region import FileRegion

    from .tcp import SocketChannel

__all__ = ["FileSender"]

_CAN_SEND_FILES: Final = hasattr(os, "sendfile")

# What the system says of a file or a socket that it has no such way for: one in another file system, a terminal, a proc file.
_UNSUPPORTED: Final = frozenset({errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSOCK, errno.ESPIPE, errno.EOVERFLOW, errno.ENODEV})
# What it says of the network, beside what Python calls a ConnectionError; all else is the file's.
_OF_THE_NETWORK: Final = frozenset({errno.ENOTCONN, errno.ETIMEDOUT, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN})


@final
class FileSender:
    """The files of one connection, one at a time."""

    def __init__(self, channel: SocketChannel) -> None:
        self._channel = channel
        self._socket: Any = channel.get_extra_info("socket")  # Any: each loop has a class of its own for what looks like a socket
        self._duplicate = -1
        self._stall_timer: Deadline | None = None

    def send(self, region: FileRegion, size: int) -> int:
        """As `Transport.transfer`."""
        descriptor = region.fileno()
        if descriptor is None or self._socket is None or not _CAN_SEND_FILES:
            return -1
        channel = self._channel
        try:
            sent = os.sendfile(self._socket.fileno(), descriptor, region.position + region.transferred, size)
        except BlockingIOError:
            return 0 if self._wait() else -1
        except OSError as error:
            if isinstance(error, ConnectionError) or error.errno in _OF_THE_NETWORK:
                channel.loop.call_soon(channel.fail, error)
                return 0
            if error.errno in _UNSUPPORTED:
                self.close()
                return -1
            raise
        if sent == 0:
            raise EOFError(f"{region.left} bytes of {region!r} are missing: it was cut while it was sent")
        if sent == region.left:
            self.close()
        return sent

    def _wait(self) -> bool:
        """Be told when there is room; False if there is no descriptor left to be told by, which is no reason to give a connection up."""
        channel = self._channel
        if self._duplicate < 0:
            try:
                self._duplicate = os.dup(self._socket.fileno())
            except OSError:
                return False
        channel.loop.add_writer(self._duplicate, self._has_room)
        stall = channel.config.write_stall_timeout
        if stall > 0:
            self._stall_timer = Deadline(channel.loop, stall, self._stalled, stall)
        return True

    def _has_room(self) -> None:
        self._unwatch()
        self._channel.drained()

    def _stalled(self, seconds: float) -> None:
        error = WriteStallError(int(self._channel.outbound.pending), seconds)
        cut_off(self._channel, CloseReason.WRITE_STALL_TIMEOUT, error)
        self._channel.fail(error)

    def _unwatch(self) -> None:
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None
        if self._duplicate >= 0:
            self._channel.loop.remove_writer(self._duplicate)

    def close(self) -> None:
        """Have nothing more to do with the socket, which stays open for its peer as long as a duplicate of it is."""
        self._unwatch()
        if self._duplicate >= 0:
            os.close(self._duplicate)
            self._duplicate = -1
