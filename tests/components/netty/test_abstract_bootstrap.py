"""AbstractBootstrap: what a bootstrap is told is checked when it is told, and not by the first connection."""

from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelOption, EchoHandler, NettyError, ServerBootstrap


def echo(channel: Any) -> None:
    """A pipeline that answers."""
    channel.pipeline().add_last(EchoHandler())


async def test_an_address_is_needed() -> None:
    """The text says how to give one."""
    with pytest.raises(NettyError, match=r"call address\(host, port\) first or pass it"):
        await ServerBootstrap().child_handler(echo).bind()


@pytest.mark.parametrize("port", [-1, 65_536, None, "http"])
def test_a_port_is_a_number_of_a_port(port: Any) -> None:
    """Said where it is set."""
    with pytest.raises(ValueError, match="allowed is 0 to 65535"):
        ServerBootstrap().address("127.0.0.1", port)


def test_what_is_no_handler_is_refused() -> None:
    """By its name."""
    with pytest.raises(TypeError, match="'echo' is neither a ChannelHandler nor a function of a channel"):
        ServerBootstrap().child_handler("echo")  # type: ignore[arg-type]  # what is wrong with it is the point


def test_what_is_no_option_is_refused() -> None:
    """A string, for instance."""
    with pytest.raises(TypeError, match="'SO_BACKLOG' is not a ChannelOption"):
        ServerBootstrap().option("SO_BACKLOG", 5)  # type: ignore[arg-type]  # what is wrong with it is the point


def test_a_shutdown_callback_is_a_plain_function() -> None:
    """There may be no loop left to run a coroutine."""

    async def release() -> None:
        raise AssertionError("never called")

    with pytest.raises(TypeError, match="what is called at the end must be a plain one"):
        Bootstrap().shutdown_callback(release)


def test_an_allocator_of_the_published_family_leaves_ours_in_place() -> None:
    """Its buffers are not ours."""
    foreign = type("PooledByteBufferAllocator", (), {"__module__": "pyboot.commons.utils.bytes"})()

    assert isinstance(Bootstrap().option(ChannelOption.ALLOCATOR, foreign), Bootstrap)
