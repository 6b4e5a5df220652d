"""The type of a handler's messages, where somebody says it and where nobody does; tests/typing has what checkers see."""

from typing import Any, get_args

from pyboot.components.netty.channel import ChannelHandler, SimpleChannelInboundHandler
from pyboot.components.netty.channel.matching import type_argument
from pyboot.components.netty.channel.variable import T


class Named(ChannelHandler[str]):
    """Says it."""


class Unnamed(ChannelHandler):
    """Does not."""


class Simple(SimpleChannelInboundHandler[bytes]):
    """Says it one base further."""


def test_handlers_have_one_type_variable() -> None:
    """The same in all bases, at run time too."""
    assert (str,) == get_args(Named.__orig_bases__[0])  # type: ignore[attr-defined]  # which a class with a generic base has
    assert T.__name__ == "T"


def test_who_says_nothing_says_any() -> None:
    """And whoever asks is told so."""
    assert [str, Any, bytes] == [type_argument(each, ChannelHandler) for each in (Named, Unnamed, Simple)]
