"""Kinds: what they take, and where their handlers stand."""

import pytest

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.surgery.kinds import Place, kind_of
from pyboot.components.netty import ByteCountingHandler, ChannelHandler, EmbeddedChannel


class Named(ChannelHandler[object]):
    """Stands somewhere."""


def put(place: Place, *, wants_bytes: bool) -> tuple[bool, list[str]]:
    """Put a handler into a pipeline of two."""
    channel = EmbeddedChannel()
    channel.pipeline().add_last(Named(), name="codec").add_last(Named(), name="user")
    done = place.put(channel, Named(), "new", wants_bytes=wants_bytes)
    return done, channel.pipeline().names()


def test_bytes_are_next_to_the_network_and_messages_before_who_uses_them() -> None:
    """Unless a neighbour is named."""
    assert (True, ["new", "codec", "user"]) == put(Place(), wants_bytes=True)
    assert (True, ["codec", "new", "user"]) == put(Place(), wants_bytes=False)
    assert (True, ["codec", "new", "user"]) == put(Place(after="codec"), wants_bytes=True)
    assert (True, ["new", "codec", "user"]) == put(Place(before="codec"), wants_bytes=False)
    assert (False, ["codec", "user"]) == put(Place(before="other"), wants_bytes=False)


def test_a_pipeline_without_handlers_gets_its_first() -> None:
    """It has no one to stand before."""
    channel = EmbeddedChannel()
    assert Place().put(channel, Named(), "new", wants_bytes=False)
    assert ["new"] == channel.pipeline().names()


@pytest.mark.parametrize(
    "kind",
    [
        ("logging", "LOUD", None, None, None),
        ("throttling", None, None, None, None),
        ("throttling", None, None, -1, 5),
        ("logging", None, None, 5, None),
        ("counting", "INFO", None, None, None),
        ("throttling", None, "simple", 5, None),
    ],
)
def test_options_that_mean_nothing_or_are_of_another_kind_are_refused(kind: tuple[object, ...]) -> None:
    """With what is allowed."""
    with pytest.raises(InvalidEndpointRequestError, match=r"allowed|takes"):
        kind_of(*kind)  # type: ignore[arg-type]  # as a request has them


def test_counts_are_added_up() -> None:
    """Over all channels."""
    kind = kind_of("counting", None, None, None, None)
    handlers = [kind.make("lines") for _ in range(2)]
    for handler in handlers:
        channel = EmbeddedChannel(handler)
        channel.write_inbound(b"abc")
        channel.write_outbound(b"d")
    assert all(isinstance(each, ByteCountingHandler) for each in handlers)
    assert {"bytesRead": 6, "bytesWritten": 2, "reads": 2, "writes": 2, "errors": 0} == kind.found(handlers)
