"""What programs written for the published package call otherwise: keywords, methods and names, each mechanism said once."""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable
from types import MethodType
from typing import Any, Concatenate, Final, TypeVar, final

__all__ = ["offer_published", "on_class_too", "published_keywords", "published_methods"]

C = TypeVar("C", bound=type[Any])

# What the five modules of 1.3.4 had from each other and from pyboot-commons, and where it lives now.
_HOMES: Final = {
    "ByteBufAllocator": "pyboot.components.netty.channel.published",
    "ByteBuffer": "pyboot.components.netty.buffer.byte_buffer",
    "ByteToMessageError": "pyboot.components.netty.codec.published",
    "BytesUtils": "pyboot.commons.utils.bytes",
    "ChannelError": "pyboot.components.netty.errors",
    "ChannelEvent": "pyboot.components.netty.channel.event",
    "ChannelHandleError": "pyboot.components.netty.channel.published",
    "ChannelHandler": "pyboot.components.netty.channel.handler",
    "ChannelHandlerContext": "pyboot.components.netty.channel.context",
    "ChannelOption": "pyboot.components.netty.option",
    "CoroutineWorkGroup": "pyboot.commons.coroutine.task",
    "DefaultByteBufferOutboundHandler": "pyboot.components.netty.channel.published",
    "DelimiterBasedFrameDecoderError": "pyboot.components.netty.codec.published",
    "Endian": "pyboot.components.netty.buffer.endian",
    "GracefulShutdown": "pyboot.commons.coroutine.tools",
    "K": "pyboot.components.netty.channel.published",
    "L": "pyboot.components.netty.channel.published",
    "Logger": "pyboot.commons.utils.log",
    "LoggingHandler": "pyboot.components.netty.handler.log",
    "M": "pyboot.components.netty.channel.published",
    "MessageToByteError": "pyboot.components.netty.codec.published",
    "MessageToMessageDecoder": "pyboot.components.netty.codec.decoder",
    "N": "pyboot.components.netty.channel.published",
    "NetWorkError": "pyboot.components.netty.channel.published",
    "NettyBaseError": "pyboot.components.netty.channel.published",
    "P": "pyboot.components.netty.channel.published",
    "PHI": "pyboot.commons.utils.maths",
    "PooledByteBufferAllocator": "pyboot.components.netty.buffer.allocator",
    "ServerSocketChannel": "pyboot.components.netty.transport.listening",
    "SocketChannel": "pyboot.components.netty.transport.tcp",
    "SocketChannelInitializer": "pyboot.components.netty.channel.published",
    "StringDecoder": "pyboot.components.netty.codec.text",
    "T": "pyboot.components.netty.channel.published",
    "T_BYTES_BYTEBUFFER": "pyboot.components.netty.channel.published",
    "TripleFuture": "pyboot.commons.coroutine.tools",
    "allocate_size": "pyboot.components.netty.codec.published",
    "gather_with_timeout": "pyboot.commons.coroutine.tools",
    "get_fullname": "pyboot.commons.utils.reflect",
    "ignore_gc_warning": "pyboot.components.netty.bootstrap",
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


def offer_published(module: str) -> None:
    """Let *module* give the names of `_HOMES` too, each imported when somebody asks for it (PEP 562).

    Later, because some come from a layer above, and those of pyboot-commons print and start things. And set from here
    instead of written there, because a type checker that sees a module's ``__getattr__`` believes in every name.
    """

    def __getattr__(name: str) -> object:  # noqa: N807  # it is one
        home = _HOMES.get(name)
        if home is None or home == module:
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        return getattr(importlib.import_module(home), name)

    vars(sys.modules[module])["__getattr__"] = __getattr__


def published_methods(**aliases: str) -> Callable[[C], C]:
    """Let methods of a class have the published package's names too: ``@published_methods(childHandler="child_handler")``.

    In each derived class as well: whichever of the two names it writes, the other is the same method. Only for classes that
    are not compiled.
    """

    def pair(cls: type[Any]) -> None:
        for alias, name in aliases.items():
            written = vars(cls)
            if name in written and alias not in written:
                setattr(cls, alias, written[name])
            elif alias in written and name not in written:
                setattr(cls, name, written[alias])

    def decorate(cls: C) -> C:
        pair(cls)

        def __init_subclass__(derived: type[Any], /, **options: Any) -> None:  # noqa: N807  # it is one
            of_bases = super(cls, derived)
            of_bases.__init_subclass__(**options)
            pair(derived)

        cls.__init_subclass__ = classmethod(__init_subclass__)  # type: ignore[assignment]  # how the language binds it
        return cls

    return decorate


def published_keywords(**aliases: str) -> Callable[[C], C]:
    """Let a class be made with the published package's keywords too: ``@published_keywords(maxLength="max_length")``.

    A parameter that is given under both names raises TypeError, as one given twice does. Only for classes that are not compiled.
    """

    def decorate(cls: C) -> C:
        plain = cls.__init__

        @functools.wraps(plain)
        def __init__(self: Any, *arguments: Any, **keywords: Any) -> None:  # noqa: N807  # it is one
            for alias in aliases.keys() & keywords.keys():
                name = aliases[alias]
                if name in keywords:
                    raise TypeError(f"{cls.__qualname__}() got {name!r} twice: {alias!r} is the same")
                keywords[name] = keywords.pop(alias)
            plain(self, *arguments, **keywords)

        cls.__init__ = __init__
        return cls

    return decorate


@final
class on_class_too[**P, R]:  # noqa: N801  # a decorator
    """A method that can be called on its class as well, for a new object: ``Bootstrap.auto_reconnect(True)``."""

    def __init__(self, method: Callable[Concatenate[Any, P], R]) -> None:
        self._method = method

    def __get__(self, instance: object | None, owner: type[Any]) -> Callable[P, R]:
        bound: Callable[P, R] = MethodType(self._method, owner() if instance is None else instance)
        return bound
