"""ChannelHandler: a callback that is not overridden passes its event on."""

from dataclasses import dataclass
from typing import Any, Self

import pytest

from pyboot.components import netty
from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerAdapter, ChannelHandlerContext, EmbeddedChannel
from pyboot.components.netty.channel.mask import BITS, INBOUND
from pyboot.components.netty.channel.promise import ChannelPromise


def spy(name: str, log: list[str], label: str) -> ChannelHandler[Any]:
    """A handler that logs the call of *name* and passes it on as the base class does."""

    def callback(self: ChannelHandler[Any], *arguments: Any) -> Any:
        log.append(label)
        return getattr(ChannelHandler, name)(self, *arguments)

    handler: ChannelHandler[Any] = type("Spy", (ChannelHandler,), {name: callback})()
    return handler


ARGUMENTS: dict[str, tuple[Any, ...]] = {
    "channel_read": ("msg",),
    "user_event_triggered": ("event",),
    "exception_caught": (ValueError("x"),),
    "channel_event": ("event",),
}


@pytest.mark.parametrize("name", sorted(name for name, bit in BITS.items() if bit & INBOUND))
def test_every_inbound_event_passes_from_head_to_tail(name: str) -> None:
    """And each handler may pass it on by calling its base class."""
    log: list[str] = []
    channel = EmbeddedChannel(spy(name, log, "first"), ChannelHandler(), spy(name, log, "second"), active=False)
    log.clear()
    context = channel.pipeline().head
    getattr(context, f"fire_{name}")(*ARGUMENTS.get(name, ()))
    assert ["first", "second"] == log


@pytest.mark.parametrize("name", ["bind", "connect", "disconnect", "close", "deregister", "read", "write", "flush"])
def test_every_operation_passes_from_tail_to_head(name: str) -> None:
    """And each handler may pass it on by calling its base class."""
    log: list[str] = []
    channel = EmbeddedChannel(spy(name, log, "first"), ChannelHandler(), spy(name, log, "second"))
    channel.has_disconnect = True
    log.clear()
    arguments = {"bind": ("address",), "connect": ("address",), "write": (b"x",)}
    getattr(channel.pipeline().tail, name)(*arguments.get(name, ()))
    assert ["second", "first"] == log


def test_a_handler_belongs_to_one_channel_unless_its_class_says_otherwise() -> None:
    """The default is the safe one."""
    assert ChannelHandler.sharable is False
    assert ChannelHandler().was_added is False


def test_the_adapter_is_the_handler() -> None:
    """The published package's other name for the same class."""
    assert ChannelHandlerAdapter is ChannelHandler


def test_a_nested_write_of_another_message_does_not_take_the_promise() -> None:
    """A handler that first writes a preface by ctx.write leaves the promise to the message itself."""

    class Preface(ChannelHandler[Any]):
        def write(self, ctx: ChannelHandlerContext, msg: Any, promise: ChannelPromise | None) -> None:
            ctx.write(b"preface ")
            ctx.write(msg, promise)

    channel = EmbeddedChannel(Preface())
    promise = channel.new_promise()
    channel.write(b"a", promise)
    assert not promise.is_done
    channel.flush()
    assert promise.is_success
    assert b"preface a" == channel.outbound_bytes()


class Mixed:
    """Brings an `__init__` of its own."""

    def __init__(self, *, x: int = 0) -> None:
        self.x = x


class Plain(ChannelHandler[str]):
    """Has no `__init__`."""


class MixedBehind(Plain, Mixed):
    """Gets its `__init__` from behind the handler."""


class Asked(Plain):
    """Takes what it is asked with, and passes it on."""

    def __new__(cls, *arguments: Any) -> Self:
        return super().__new__(cls)


@dataclass(eq=False)
class Generated(Plain):
    """Gets an `__init__` after it was made."""

    x: int = 0


def without_initializer() -> list[type[Any]]:
    """The handlers of the library that nobody has given an `__init__`."""
    offered = [getattr(netty, name) for name in netty.__all__]
    found = [each for each in offered if isinstance(each, type) and issubclass(each, ChannelHandler) and each.__init__ is object.__init__]
    assert len(found) > 10
    return [*dict.fromkeys(found), Plain]


@pytest.mark.parametrize(("arguments", "named"), [((1,), {}), ((), {"x": 1})], ids=["by place", "by name"])
def test_a_handler_without_initializer_takes_no_arguments(arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    """The compiled class as the pure one, and what is derived from either: object's own words."""
    for handler_class in without_initializer():
        with pytest.raises(TypeError, match=rf"^{handler_class.__name__}\(\) takes no arguments$"):
            handler_class(*arguments, **named)


def test_a_handler_takes_what_the_initializer_that_python_finds_takes() -> None:
    """One that stands behind the handler, one that is generated; a `__new__` of one's own decides by itself."""
    assert (3, 4) == (MixedBehind(x=3).x, Generated(4).x)
    assert isinstance(Asked(), Asked)
    with pytest.raises(TypeError, match="unexpected keyword argument 'y'"):
        MixedBehind(y=3)  # type: ignore[call-arg]  # the mistake
