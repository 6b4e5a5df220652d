"""The methods of a handler class with their source."""

import functools
from collections.abc import Callable
from typing import Any

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, LoggingHandler
from pyboot.netty.pipeline.methods import methods_of, own_nodes


def traced(callback: Callable[..., None]) -> Any:
    """Wraps a callback."""

    @functools.wraps(callback)
    def called(*arguments: Any) -> None:
        callback(*arguments)

    return called


class Base(ChannelHandler[Any]):
    """Has what is inherited, and what is written anew."""

    def channel_active(self, ctx: ChannelHandlerContext) -> None: ...

    def helper(self) -> None: ...


class Derived(Base):
    """Writes one of them, and wraps another."""

    def helper(self) -> None:
        def inside() -> None: ...

        inside()

    @traced
    def channel_read(self, ctx: ChannelHandlerContext, /, msg: Any) -> None: ...


def test_the_methods_are_those_that_the_interpreter_finds() -> None:
    """The nearest of each name; of the library's own base none."""
    found = {method.name: method for method in methods_of(Derived)}

    assert {"channel_active", "helper", "channel_read"} == set(found)
    assert found["helper"].function is Derived.helper
    assert found["channel_read"].is_wrapped
    assert ["self", "ctx", "msg"] == found["channel_read"].parameters
    assert (True, False) == (found["channel_active"].is_callback, found["helper"].is_callback)
    assert "test_methods.py:" in str(found["helper"].origin(found["helper"].node))


def test_functions_inside_of_a_method_are_left_out() -> None:
    """They run at another time, or never."""
    helper = next(method for method in methods_of(Derived) if method.name == "helper")

    assert ["Expr", "Call", "Name", "Load"] == [type(node).__name__ for node in own_nodes(helper.node)]


def test_what_has_no_source_has_no_methods() -> None:
    """Made at run time, or the library's own."""
    assert [] == list(methods_of(type("Made", (ChannelHandler,), {"channel_read": Base.channel_active})))
    assert [] == list(methods_of(LoggingHandler))
