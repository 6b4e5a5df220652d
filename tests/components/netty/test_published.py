"""Keywords, methods and names of the published package."""

import subprocess
import sys

import pytest

from pyboot.components.netty import bootstrap, server
from pyboot.components.netty.published import published_keywords, published_methods

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
# What each module had from pyboot-commons, as the published modules import it.
COMMONS = {
    "channel": "Logger CoroutineWorkGroup isWin str2Num",
    "server": "CoroutineWorkGroup Logger str2Num str_to_json r_str parse_long_args_plus",
    "bootstrap": "Logger get_fullname CoroutineWorkGroup GracefulShutdown is_coroutine_func TripleFuture gather_with_timeout",
    "codec": "Endian BytesUtils Logger str_to_json json_to_str is_coroutine_func inspect_obj_generic_type",
    "handler": "Logger PHI sleep gather_with_timeout",
}


@published_keywords(maxLength="max_length")
class Made:
    """A class with an alias."""

    def __init__(self, max_length: int = 1) -> None:
        self.max_length = max_length


@published_methods(sayWord="say_word")
class Saying:
    """A class with a method of two names."""

    def say_word(self) -> str:
        """A word."""
        return "word"


def test_either_keyword_is_understood() -> None:
    """And none."""
    assert [1, 2, 3] == [Made().max_length, Made(max_length=2).max_length, Made(maxLength=3).max_length]  # type: ignore[call-arg]  # the alias


def test_both_at_once_are_refused() -> None:
    """As a keyword given twice is."""
    with pytest.raises(TypeError, match="got 'max_length' twice: 'maxLength' is the same"):
        Made(max_length=2, maxLength=3)  # type: ignore[call-arg]  # the alias


def test_a_method_has_both_names() -> None:
    """On the class that was decorated."""
    assert "word" == Saying().sayWord()  # type: ignore[attr-defined]  # the alias


def test_a_derived_class_may_write_either_name() -> None:
    """Callers of the other name get it too, and `super` finds the method of the base."""

    class Old(Saying):
        def sayWord(self) -> str:  # the published name
            return "old " + super().sayWord()  # type: ignore[misc, no-any-return]  # the alias

    class New(Old):
        def say_word(self) -> str:
            return "new " + super().say_word()

    assert ("old word", "new old word") == (Old().say_word(), New().sayWord())


def test_a_class_that_writes_both_keeps_both() -> None:
    """It knows what it does."""

    class Both(Saying):
        def say_word(self) -> str:
            return "one"

        def sayWord(self) -> str:  # the published name
            return "other"

    assert ("one", "other") == (Both().say_word(), Both().sayWord())


@pytest.mark.parametrize("name", BOOTSTRAP)
def test_the_bootstrap_module_gives_what_the_published_one_does(name: str) -> None:
    """What it defines, and what it had from its neighbours."""
    assert hasattr(bootstrap, name)


@pytest.mark.parametrize("name", SERVER)
def test_the_server_module_gives_what_the_published_one_does(name: str) -> None:
    """Its programs for the command line too."""
    assert hasattr(server, name)


def test_a_name_that_nobody_has_is_an_attribute_error() -> None:
    """As of any module."""
    with pytest.raises(AttributeError, match="has no attribute 'EchoSever'"):
        server.EchoSever  # type: ignore[attr-defined]  # noqa: B018  # the point


@pytest.mark.slow
def test_the_modules_give_what_they_had_from_pyboot_commons() -> None:
    """In a process of its own: importing those prints, and takes the logging of the process over."""
    imports = [f"from pyboot.components.netty.{module} import {', '.join(names.split())}" for module, names in COMMONS.items()]

    done = subprocess.run([sys.executable, "-c", "\n".join(imports)], capture_output=True, text=True, timeout=60)

    assert 0 == done.returncode, done.stderr
