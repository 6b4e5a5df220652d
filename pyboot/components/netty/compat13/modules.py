"""The modules of 1.3.4: what each gave, and what each had from the others and from pyboot-commons, and where that lives now."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from typing import Final

__all__ = ["names_of_13"]

_NETTY: Final = "pyboot.components.netty"
_DEFINITIONS: Final = f"{_NETTY}.compat13.definitions"

_HOMES: Final = {
    "BootstrapFuture": _DEFINITIONS,
    "ByteBufAllocator": _DEFINITIONS,
    "ByteBuffer": f"{_NETTY}.buffer.byte_buffer",
    "ByteToMessageError": _DEFINITIONS,
    "BytesUtils": "pyboot.commons.utils.bytes",
    "ChannelError": f"{_NETTY}.errors",
    "ChannelEvent": f"{_NETTY}.channel.event",
    "ChannelHandleError": _DEFINITIONS,
    "ChannelHandler": f"{_NETTY}.channel.handler",
    "ChannelHandlerContext": f"{_NETTY}.channel.context",
    "ChannelOption": f"{_NETTY}.option",
    "CoroutineWorkGroup": "pyboot.commons.coroutine.task",
    "DefaultByteBufferOutboundHandler": _DEFINITIONS,
    "DelimiterBasedFrameDecoderError": _DEFINITIONS,
    "Endian": f"{_NETTY}.buffer.endian",
    "GracefulShutdown": "pyboot.commons.coroutine.tools",
    "K": _DEFINITIONS,
    "L": _DEFINITIONS,
    "Logger": "pyboot.commons.utils.log",
    "LoggingHandler": f"{_NETTY}.handler.log",
    "M": _DEFINITIONS,
    "MessageToByteError": _DEFINITIONS,
    "MessageToMessageDecoder": f"{_NETTY}.codec.message_decoder",
    "N": _DEFINITIONS,
    "NetWorkError": _DEFINITIONS,
    "NettyBaseError": _DEFINITIONS,
    "P": _DEFINITIONS,
    "PHI": "pyboot.commons.utils.maths",
    "PooledByteBufferAllocator": f"{_NETTY}.buffer.allocator",
    "ServerSocketChannel": f"{_NETTY}.transport.listening",
    "SocketChannel": f"{_NETTY}.transport.tcp",
    "SocketChannelInitializer": _DEFINITIONS,
    "StringDecoder": f"{_NETTY}.codec.text",
    "T": _DEFINITIONS,
    "T_BYTES_BYTEBUFFER": _DEFINITIONS,
    "TripleFuture": "pyboot.commons.coroutine.tools",
    "allocate_size": _DEFINITIONS,
    "echoserver_main": _DEFINITIONS,
    "gather_with_timeout": "pyboot.commons.coroutine.tools",
    "get_fullname": "pyboot.commons.utils.reflect",
    "hj212server_main": _DEFINITIONS,
    "ignore_gc_warning": _DEFINITIONS,
    "inspect_obj_generic_type": "pyboot.commons.utils.reflect",
    "isWin": "pyboot.commons.utils.utils",
    "is_coroutine_func": "pyboot.commons.coroutine.tools",
    "json_to_str": "pyboot.commons.utils.utils",
    "parse_long_args_plus": "pyboot.commons.utils.utils",
    "r_str": "pyboot.commons.utils.utils",
    "sleep": "pyboot.commons.coroutine.tools",
    "str2Num": "pyboot.commons.utils.utils",
    "str_to_json": "pyboot.commons.utils.utils",
}


def names_of_13(module: str) -> Callable[[str], object]:
    """Return a ``__getattr__`` for *module* that gives the names of 1.3.4, each imported when it is asked for (PEP 562).

    Later, because some come from a layer above, and those of pyboot-commons print and start things. A module takes it where type
    checkers do not look: one that sees a ``__getattr__`` believes in every name.
    """

    def load(name: str) -> object:
        home = _HOMES.get(name)
        if home is None or home == module:
            raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=sys.modules.get(module))
        return getattr(importlib.import_module(home), name)

    return load
