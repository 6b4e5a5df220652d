"""Transport: the verbs that a channel asks of what carries it; nothing else of a channel touches a network.

A transport is a subclass of `Channel` that supplies these, and tells what happens by `Channel.register`, `activate`, `received`, `drained`,
`input_ended` and `lost`. Source: Netty's ``AbstractChannel``, whose ``do…`` methods they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mypy_extensions import mypyc_attr

from .traffic import Counted

if TYPE_CHECKING:
    from pyboot.components.netty.buffer.file_region import FileRegion
    from pyboot.components.netty.option import ChannelOption

    from .promise import ChannelPromise

__all__ = ["Transport"]


@mypyc_attr(allow_interpreted_subclasses=True)
class Transport(Counted):
    """The operations that a channel needs of a network; all are called on the channel's loop."""

    def transmit(self, data: bytes | memoryview) -> bool:
        """Hand *data*, perhaps empty, to the network; True if it was taken at once, else `Writing.drained` follows."""
        raise NotImplementedError

    def transfer(self, region: FileRegion, size: int) -> int:
        """Let the operating system send up to *size* of the next bytes of *region*, and tell how many it took.

        0 if the network is full: `Writing.drained` follows. -1 where it cannot do that, with this region or at all: it is read then.
        Raises OSError where the file cannot be read, and EOFError where it ends too early.
        """
        return -1

    def unsent(self) -> int:
        """The number of bytes left of what `transmit` did not take at once; of a transport that cannot tell, all."""
        raise NotImplementedError

    def set_reading(self, wanted: bool) -> None:  # a state, not a switch
        """Start or stop reading from the network."""
        raise NotImplementedError

    def is_stream(self) -> bool:
        """True if the channel is carried by a stream of its `Channel.parent`, which then is no listening channel but a connection."""
        return False

    def ends_at_once(self) -> bool:
        """True if no handler is on the stack, so that those of a channel that is lost now may be told without a turn of the loop."""
        return False

    def has_ended(self) -> None:
        """No handler will be called any more, and none is at work: what is kept for them may go."""

    def is_carrier_gone(self) -> bool:
        """True if the transport has found the connection dead, and will tell with the next turn of the loop."""
        return False

    def shut(self) -> None:
        """Close the carrier, then call `lost`; nothing flushed is outstanding. Called once."""
        raise NotImplementedError

    def shut_now(self) -> None:
        """Close the carrier at once, then call `lost`; called also after `shut`, and again."""
        raise NotImplementedError

    def do_bind(self, address: object, promise: ChannelPromise) -> None:
        """Listen on *address*."""
        promise.set_failure(NotImplementedError(f"{type(self).__name__} cannot bind"))

    def do_connect(self, address: object, promise: ChannelPromise) -> None:
        """Connect to *address*."""
        promise.set_failure(NotImplementedError(f"{type(self).__name__} cannot connect"))

    def do_disconnect(self, promise: ChannelPromise) -> None:
        """Give up the peer; of a connection-oriented channel that is closing it."""
        raise NotImplementedError

    def get_socket_option(self, option: ChannelOption[Any]) -> Any:
        """The value that the transport's socket has for *option*; None where there is no socket, or no such option."""
        return None

    def set_socket_option(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set *option* on a transport's socket; False where there is no socket, or no such option."""
        return False

    def local_address(self) -> Any:
        """The own end, as the socket has it, or None."""
        return None

    def remote_address(self) -> Any:
        """The peer's end, as the socket has it, or as a proxy told in front of everything else; or None; known after the close too."""
        return None

    def use_remote_address(self, address: Any) -> None:  # Any: as above
        """Be the channel of the peer at *address*, which a trusted proxy told; the socket's own peer is still ``peername``."""
        raise NotImplementedError(f"{type(self).__name__} has no proxy in front of it")
