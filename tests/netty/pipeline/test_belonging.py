"""To which server or client a handler belongs."""

from typing import Any

import pytest

from pyboot.components.netty import ChannelHandler
from pyboot.netty.annotations import ChannelHandlerBean
from pyboot.netty.client.errors import UnknownClientError
from pyboot.netty.errors import AssemblyError, NotAHandlerError, TwoOwnersError, UnclearOwnerError, UnclearServerError, UnknownServerError
from pyboot.netty.pipeline.belonging import Owners, belonging, shown
from pyboot.netty.pipeline.steps import HandlerBean
from pyboot.netty.refusals import Refusals


class Print(ChannelHandler[Any]):
    """A handler."""


def handler(target: type[Any] = Print, **label: Any) -> HandlerBean:
    """A handler bean with that label."""
    return HandlerBean(ChannelHandlerBean(**label), target, lambda store: target())


def owner(handler: HandlerBean, owners: Owners) -> list[str]:
    """What *handler* belongs to."""
    refusals = Refusals()
    found = belonging([handler], owners, refusals)
    refusals.settle()
    return [f"server {name}" for name, there in found.servers.items() if there] + [
        f"client {name}" for name, there in found.clients.items() if there
    ]


def test_the_label_says_it_or_there_is_only_one() -> None:
    """A server or a client."""
    assert ["server a"] == owner(handler(server="a"), Owners(["a", "b"], ["a", "c"]))
    assert ["client c"] == owner(handler(client="c"), Owners(["a", "b"], ["a", "c"]))
    assert ["server a"] == owner(handler(), Owners(["a"]))
    assert ["client c"] == owner(handler(), Owners([], ["c"]))


def test_what_is_switched_off_has_its_handlers_switched_off_too() -> None:
    """Named or not."""
    assert [] == owner(handler(client="c"), Owners(["a"], [], ["c"]))
    assert [] == owner(handler(), Owners([], [], ["c"]))


@pytest.mark.parametrize(
    ("label", "owners", "error", "text"),
    [
        ({}, Owners(["a", "b"]), UnclearServerError, "does not say which server"),
        ({}, Owners([], ["c", "d"]), UnclearOwnerError, "the client 'c', the client 'd'"),
        ({}, Owners(["a"], ["c"]), UnclearOwnerError, "the server 'a', the client 'c'"),
        ({}, Owners([]), UnknownServerError, "no class labelled @NettyServer"),
        ({"server": "x"}, Owners(["a"]), UnknownServerError, "There are: a"),
        ({"client": "x"}, Owners(["a"]), UnknownClientError, "There is no client"),
        ({"client": "x"}, Owners(["x"], ["c"]), UnknownClientError, "There are: c"),
        ({"client": "c", "server": "a"}, Owners(["a"], ["c"]), TwoOwnersError, "the server 'a' and to the client 'c'"),
    ],
)
def test_what_is_unclear_or_unknown_is_refused(label: dict[str, Any], owners: Owners, error: type[AssemblyError], text: str) -> None:
    """With the place of the handler, and what there is."""
    with pytest.raises(error, match=text) as refused:
        owner(handler(**label), owners)
    assert "test_belonging.py:" in str(refused.value)


def test_a_name_that_is_nearly_right_is_named() -> None:
    """Did you mean."""
    with pytest.raises(UnknownClientError) as refused:
        owner(handler(client="upstraem"), Owners([], ["upstream"]))
    assert "Did you mean 'upstream'?" == refused.value.action


def test_what_is_no_handler_is_refused() -> None:
    """Whomever it belongs to."""
    with pytest.raises(NotAHandlerError, match=r"belonging\.py:"):
        owner(handler(Owners, client="c"), Owners([], ["c"]))


def test_each_that_is_refused_is_noted_and_the_others_belong() -> None:
    """One mistake hides no other, and no handler."""
    refusals = Refusals()
    found = belonging([handler(client="x"), handler(server="a"), handler(server="x")], Owners(["a"], ["c"]), refusals)

    assert [UnknownClientError, UnknownServerError] == [type(error) for error in refusals.errors]
    assert ["a"] == [name for name, there in found.servers.items() if there]


def test_a_class_is_shown_with_its_place() -> None:
    """For reports."""
    assert shown(Print).endswith("test_belonging.py:16)")
