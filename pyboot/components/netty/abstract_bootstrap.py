"""AbstractBootstrap: what both bootstraps are told: the address, options, the handler, and whom to call on success, failure and the end.

It opens nothing. What it is told is checked when it is told, and not by the first connection. Source: Netty's class of that name.
"""

from __future__ import annotations

import copy
import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, Final, Self, TypeGuard

from pyboot.components.netty.channel.channel import Channel
from pyboot.components.netty.channel.handler import ChannelHandler
from pyboot.components.netty.channel.initializer import FunctionInitializer
from pyboot.components.netty.compat13.methods import Bootstrap13, give_methods
from pyboot.components.netty.errors import NettyError
from pyboot.components.netty.option import ChannelOption
from pyboot.components.netty.transport.loop import LoopTurns
from pyboot.components.netty.transport.options import ChannelOptions

if TYPE_CHECKING:
    from pyboot.components.netty.transport.local import LocalAddress

__all__ = ["AbstractBootstrap", "Initializer", "in_failure_callback", "initializer_of"]

type Initializer = ChannelHandler[Any] | Callable[[Any], object]

# Set while a failure callback runs: what it starts in turn answers to the callback itself, not to the callback again.
in_failure_callback: Final[ContextVar[bool]] = ContextVar("in_failure_callback", default=False)


class AbstractBootstrap[C: Channel]:
    """The part that both bootstraps share: options, address, callbacks."""

    def __init__(self) -> None:
        self._loops = LoopTurns()
        self._address: Any = None  # Any: its shape depends on the class of the channel
        self._options = ChannelOptions()
        self._attributes: dict[Any, Any] = {}
        self._handler: ChannelHandler[Any] | None = None
        self._when_success: Callable[[Any, C], object] | None = None
        self._when_fail: Callable[[Any, OSError], object] | None = None
        self._when_closed: Callable[[], object] | None = None

    def clone(self) -> Self:
        """A copy of this bootstrap, to be changed without changing this one; channels that this one opened do not belong to it."""
        twin = copy.copy(self)
        twin._options = self._options.copy()
        twin._attributes = dict(self._attributes)
        return twin

    def option(self, option: ChannelOption[Any], value: Any) -> Self:
        """Set an option of the channel itself; None takes it back. Raises ValueError for a value that is not allowed.

        An option that nothing here knows is warned about and left out.
        """
        self._options.set(option, value)
        return self

    def attr(self, key: Any, value: Any) -> Self:
        """Give the channel an attribute before its handlers are added."""
        self._attributes[key] = value
        return self

    def handler(self, handler: Initializer) -> Self:
        """Set what fills the pipeline of the channel itself: an initializer, a handler, or a function of the channel."""
        self._handler = initializer_of(handler)
        return self

    def address(self, address: Any, port: int | None = None) -> Self:
        """Set where to listen or connect: ``address(("0.0.0.0", 8080))``, ``address("0.0.0.0", 8080)``, or a path:
        ``address("/run/x.sock")``.

        In this process: ``address(LocalAddress("x"))``.

        A server takes a list of hosts too: it listens on all of them, on one port.
        """
        self._address = _address_of(address, port)
        return self

    @property
    def said_address(self) -> Any:
        """The address that was set; None where none was."""
        return self._address

    def when_connect_success(self, callback: Callable[[Self, C], object]) -> Self:
        """Call, and await if it is a coroutine function, *callback* with the bootstrap and the channel that is bound or connected."""
        _check_takes(callback, "the bootstrap and the channel")
        self._when_success = callback
        return self

    def when_connect_fail(self, callback: Callable[[Self, OSError], object]) -> Self:
        """Call, and await if it is a coroutine function, *callback* with the bootstrap and the error of a failed attempt.

        A channel that it returns, of another attempt for instance, takes the place of the failed one; otherwise the error
        is raised. Attempts from inside the callback do not call it again.
        """
        _check_takes(callback, "the bootstrap and the error")
        self._when_fail = callback
        return self

    def shutdown_callback(self, function: Callable[..., object], *arguments: Any, **keywords: Any) -> Self:
        """Call *function* so when a channel that was bound or connected here is closed, on that channel's loop.

        Raises TypeError for a coroutine function: there may be no loop left to run it.
        """
        if inspect.iscoroutinefunction(function):
            raise TypeError(f"{function!r} is a coroutine function; what is called at the end must be a plain one")
        self._when_closed = functools.partial(function, *arguments, **keywords)
        return self

    def _tell_end(self, channel: Channel) -> None:
        if (told := self._when_closed) is not None:
            channel.close_future.add_listener(lambda _: told())

    def _resolved(self, address: Any, port: int | None) -> Any:
        if address is None and port is None:
            if self._address is None:
                raise NettyError(f"{type(self).__name__} has no address: call address(host, port) first or pass it")
            return self._address
        return _address_of(address, port)

    async def _tell_success(self, channel: C) -> None:
        try:
            await _call_back(self._when_success, self, channel)
        except BaseException:
            channel.abort()  # nobody gets it, so nobody could close it
            raise

    async def _on_failure(self, error: OSError) -> Any:
        """Return the channel that the failure callback gives in place of the lost one; raises *error* if it gives none."""
        if self._when_fail is None or in_failure_callback.get():
            raise error
        token = in_failure_callback.set(True)
        try:
            instead = await _call_back(self._when_fail, self, error)
        finally:
            in_failure_callback.reset(token)
        if isinstance(instead, Channel):
            return instead
        raise error


async def _call_back(callback: Callable[..., object] | None, *arguments: Any) -> Any:
    """Call *callback* and return its result, awaited if it has to be; None without a callback."""
    if callback is None:
        return None
    outcome = callback(*arguments)
    return await outcome if inspect.isawaitable(outcome) and not isinstance(outcome, Channel) else outcome


def _check_takes(callback: Callable[..., object], what: str) -> None:
    """Refuse a callback that could only be called in vain, where it is registered: later its error would end the connecting."""
    try:
        inspect.signature(callback).bind(None, None)
    except ValueError:  # a builtin that does not tell
        return
    except TypeError as error:
        raise TypeError(f"{callback!r} cannot be called with {what}: {error}") from error


def initializer_of(handler: Initializer) -> ChannelHandler[Any]:
    """Return *handler* itself, or the initializer that a function of a channel makes; raises TypeError for anything else."""
    if isinstance(handler, ChannelHandler):
        return handler
    if callable(handler):
        return FunctionInitializer(handler)
    raise TypeError(f"{handler!r} is neither a ChannelHandler nor a function of a channel")


def _is_local(address: object) -> TypeGuard[LocalAddress]:
    from pyboot.components.netty.transport.local import LocalAddress  # loaded where somebody asks for it, not with each bootstrap

    return isinstance(address, LocalAddress)


def _address_of(address: Any, port: int | None) -> tuple[Any, int] | str | LocalAddress:
    """A path; a name in this process; or host, or list of hosts, and port: no host is every address of this machine."""
    if port is None and isinstance(address, str) and ("/" in address or address.startswith("\0")):
        return address
    host, number = (address[0], address[1]) if isinstance(address, tuple) else (address, port)
    if number is None and not isinstance(host, str) and _is_local(host):
        return host
    if not isinstance(number, int) or not 0 <= number <= 65535:
        raise ValueError(f"port {number!r}, allowed is 0 to 65535")
    return host or None, number


give_methods(AbstractBootstrap, Bootstrap13)
