"""Names that the published package's handler module had from others."""

from pyboot.components.netty import channel, handler


def test_events_and_errors_are_those_of_channel() -> None:
    """No copies."""
    assert (channel.ChannelEvent, channel.ChannelHandleError) == (handler.ChannelEvent, handler.ChannelHandleError)


def test_handlers_and_contexts_can_be_imported_from_here() -> None:
    """As there, where each module gave what it had imported."""
    from pyboot.components.netty.handler import ChannelHandler, ChannelHandlerContext  # type: ignore[attr-defined]  # at run time only

    assert (channel.ChannelHandler, channel.ChannelHandlerContext) == (ChannelHandler, ChannelHandlerContext)
