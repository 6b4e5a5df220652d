"""The modules of 1.3.4: each gives what it gave."""

import subprocess
import sys
from types import ModuleType

import pytest

from pyboot.components.netty import bootstrap, channel, codec, handler, server, transport

BOOTSTRAP = [
    *("Bootstrap", "BootstrapFuture", "ChannelOption", "NetWorkError", "NettyBaseError", "PooledByteBufferAllocator"),
    *("ServerBootstrap", "ServerSocketChannel", "SocketChannel", "SocketChannelInitializer", "ignore_gc_warning"),
]
SERVER = [
    *("ByteBuffer", "ChannelHandleError", "ChannelHandler", "ChannelHandlerContext", "ChannelOption", "EchoHandler", "EchoServer"),
    *("HJ212Frame", "HJ212FrameDecoder", "HJ212Server", "LoggingHandler", "MessageToMessageDecoder", "PooledByteBufferAllocator"),
    *("Server", "ServerBootstrap", "ServerSocketChannel", "SocketChannel", "StringDecoder", "echo_server", "echoserver_main"),
    *("hj212_server", "hj212server_main", "ignore_gc_warning"),
]
# What each module had from pyboot-commons, as those of 1.3.4 import it.
COMMONS = {
    "channel": "Logger CoroutineWorkGroup isWin str2Num",
    "server": "CoroutineWorkGroup Logger str2Num str_to_json r_str parse_long_args_plus",
    "bootstrap": "Logger get_fullname CoroutineWorkGroup GracefulShutdown is_coroutine_func TripleFuture gather_with_timeout",
    "codec": "Endian BytesUtils Logger str_to_json json_to_str is_coroutine_func inspect_obj_generic_type",
    "handler": "Logger PHI sleep gather_with_timeout",
}
CHANNEL = [
    "ByteBufAllocator",
    "ByteBuffer",
    "ChannelError",
    "ChannelEvent",
    "ChannelHandleError",
    "ChannelHandler",
    "ChannelHandlerContext",
    "ChannelOption",
    "ChannelPipeline",
    "DefaultByteBufferOutboundHandler",
    "K",
    "L",
    "M",
    "N",
    "NetWorkError",
    "NettyBaseError",
    "P",
    "PooledByteBufferAllocator",
    "ServerSocketChannel",
    "SocketChannel",
    "SocketChannelInitializer",
    "T",
    "T_BYTES_BYTEBUFFER",
]
CODEC = [
    "ByteDelimiterBasedFrameDecoder",
    "ByteToByteBufferMessageDecoder",
    "ByteToMessageDecoder",
    "ByteToMessageError",
    "DelimiterBasedFrameDecoder",
    "DelimiterBasedFrameDecoderError",
    "FixedLengthFrameDecoder",
    "FixedLengthFrameEncoder",
    "JsonDecoder",
    "JsonEncoder",
    "LengthFieldBasedFrameDecoder",
    "LengthFieldBasedFrameEncoder",
    "LineBasedFrameDecoder",
    "MessageToByteEncoder",
    "MessageToByteError",
    "MessageToMessageDecoder",
    "MessageToMessageEncoder",
    "SimpleBytesLengthFieldBasedFrameEncoder",
    "StringDecoder",
    "StringEncoder",
    "allocate_size",
]
HANDLER = [
    "AbstractRemoteAddressFilter",
    "FlushConsolidationHandler",
    "IdleStateHandler",
    "ListRemoteAddressFilter",
    "LoggingHandler",
    "WriteTimeoutHandler",
]


@pytest.mark.parametrize("name", CHANNEL)
def test_the_channel_module_gives_what_it_gave(name: str) -> None:
    """Or had from pyboot-commons where it is ours here; sockets, which are a layer above, when they are asked for."""
    assert hasattr(channel, name)


def test_the_codec_and_handler_modules_give_what_they_gave() -> None:
    """From the same places."""
    assert [] == [name for name in CODEC if not hasattr(codec, name)]
    assert [] == [name for name in HANDLER if not hasattr(handler, name)]


def test_what_a_module_had_from_another_is_no_copy() -> None:
    """Sockets are the transport's; events, errors, handlers and contexts the channel's."""
    assert (transport.SocketChannel, transport.ServerSocketChannel) == (channel.SocketChannel, channel.ServerSocketChannel)  # type: ignore[attr-defined]  # asked for at run time only
    for name in ("ChannelEvent", "ChannelHandleError", "ChannelHandler", "ChannelHandlerContext"):
        assert getattr(channel, name) is getattr(handler, name)


@pytest.mark.parametrize("module", [bootstrap, channel, codec, handler, server])
def test_a_star_takes_the_new_names_only(module: ModuleType) -> None:
    """Those of 1.3 are for programs that name them."""
    assert not {"BootstrapFuture", "NettyBaseError", "T", "allocate_size", "echoserver_main", "ignore_gc_warning"} & set(module.__all__)


@pytest.mark.parametrize("name", BOOTSTRAP)
def test_the_bootstrap_module_gives_what_it_gave(name: str) -> None:
    """What it defines, and what it had from its neighbours."""
    assert hasattr(bootstrap, name)


@pytest.mark.parametrize("name", SERVER)
def test_the_server_module_gives_what_it_gave(name: str) -> None:
    """Its programs for the command line too."""
    assert hasattr(server, name)


def test_a_name_that_nobody_has_is_an_attribute_error() -> None:
    """As of any module, with the words of one."""
    with pytest.raises(AttributeError, match="has no attribute 'EchoSever'") as caught:
        server.EchoSever  # type: ignore[attr-defined]  # noqa: B018  # the point

    assert ("EchoSever", server) == (caught.value.name, caught.value.obj)


@pytest.mark.slow
def test_the_modules_give_what_they_had_from_pyboot_commons() -> None:
    """In a process of its own: importing those prints, and takes the logging of the process over."""
    imports = [f"from pyboot.components.netty.{module} import {', '.join(names.split())}" for module, names in COMMONS.items()]

    done = subprocess.run([sys.executable, "-c", "\n".join(imports)], capture_output=True, text=True, timeout=60)

    assert 0 == done.returncode, done.stderr
