"""Which callbacks of a handler class are called at all, and which of them are coroutine functions."""

import asyncio
import functools
import gc
import weakref
from typing import Any

import pytest

from pyboot.components.netty.channel import ChannelHandler, ChannelHandlerContext, ChannelInitializer, EmbeddedChannel
from pyboot.components.netty.channel.mask import BITS, INBOUND, OUTBOUND, traits_of

INBOUND_NAMES = [name for name, bit in BITS.items() if bit & INBOUND]
OUTBOUND_NAMES = [name for name, bit in BITS.items() if bit & OUTBOUND]


def names(mask: int) -> set[str]:
    """The callbacks of *mask*."""
    return {name for name, bit in BITS.items() if mask & bit}


def test_every_event_and_operation_of_netty_has_a_bit() -> None:
    """And those of the published package."""
    netty = {
        "channel_registered",
        "channel_unregistered",
        "channel_active",
        "channel_inactive",
        "channel_read",
        "channel_read_complete",
        "channel_writability_changed",
        "user_event_triggered",
        "exception_caught",
    }
    assert netty | {"channel_event", "channel_write_complete"} == set(INBOUND_NAMES)
    assert {"bind", "connect", "disconnect", "close", "deregister", "read", "write", "flush"} == set(OUTBOUND_NAMES)


def test_a_callback_of_nettys_name_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    """Once a class; not where the real callback is there as well, nor for other methods of such a style."""

    class Java(ChannelHandler[Any]):
        def channelRead(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...

        def channelName(self) -> None: ...

        def exceptionCaught(self, ctx: ChannelHandlerContext, error: Exception) -> None: ...

        def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None: ...

    EmbeddedChannel(Java())
    EmbeddedChannel(Java())

    (record,) = caplog.records
    assert record.getMessage().endswith("Java.channelRead is called by nobody: the callback is called channel_read")


def test_a_handler_that_overrides_nothing_is_never_called() -> None:
    """Not even in a subclass of a subclass."""

    class Nothing(ChannelHandler[Any]):
        pass

    class StillNothing(Nothing):
        def own(self) -> None:
            """Not a callback."""

    assert 0 == traits_of(ChannelHandler).mask
    assert 0 == traits_of(StillNothing).mask


@pytest.mark.parametrize("name", sorted(BITS))
def test_an_overridden_callback_is_called_and_no_other(name: str) -> None:
    """One bit for each."""
    handler_class = type("Handler", (ChannelHandler,), {name: lambda self, *arguments: None})
    assert {name} == names(traits_of(handler_class).mask)
    assert 0 == traits_of(handler_class).coroutines


@pytest.mark.parametrize("name", sorted(INBOUND_NAMES))
def test_one_inbound_coroutine_makes_all_inbound_events_pass_through_the_handler(name: str) -> None:
    """Or they would overtake what waits in its mailbox."""

    async def callback(self: Any, *arguments: Any) -> None:
        """Nothing."""

    traits = traits_of(type("Handler", (ChannelHandler,), {name: callback}))
    assert set(INBOUND_NAMES) == names(traits.mask)
    assert {name} == names(traits.coroutines)


@pytest.mark.parametrize("name", sorted(OUTBOUND_NAMES))
def test_one_outbound_coroutine_makes_all_operations_pass_through_the_handler(name: str) -> None:
    """And leaves the events alone."""

    async def callback(self: Any, *arguments: Any) -> None:
        """Nothing."""

    traits = traits_of(type("Handler", (ChannelHandler,), {name: callback}))
    assert set(OUTBOUND_NAMES) == names(traits.mask)
    assert {name} == names(traits.coroutines)


@pytest.mark.parametrize("name", ["handler_added", "handler_removed"])
def test_a_coroutine_that_adds_or_removes_makes_all_events_wait_for_it(name: str) -> None:
    """No event reaches a handler that is still being added."""

    async def callback(self: Any, ctx: ChannelHandlerContext) -> None:
        """Nothing."""

    traits = traits_of(type("Handler", (ChannelHandler,), {name: callback}))
    assert set(INBOUND_NAMES) == names(traits.mask & (INBOUND | OUTBOUND))


def test_a_callback_that_a_parent_or_a_mixin_overrides_counts() -> None:
    """The class that is looked at is the one of the object."""

    class Mixin:
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Nothing."""

    class Mixed(Mixin, ChannelHandler[Any]):
        def flush(self, ctx: ChannelHandlerContext) -> None:
            """Nothing."""

    assert {"channel_read", "flush"} == names(traits_of(Mixed).mask)


def test_a_callback_put_back_to_the_base_is_skipped_again() -> None:
    """What counts is the function, not where it was written."""

    class Overrides(ChannelHandler[Any]):
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Nothing."""

    class Back(Overrides):
        channel_read = ChannelHandler.__dict__["channel_read"]

    assert set() == names(traits_of(Back).mask)


def test_a_decorated_coroutine_is_a_coroutine() -> None:
    """A plain wrapper that keeps the trail of functools.wraps is looked through."""

    def traced(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*arguments: Any) -> Any:
            return function(*arguments)

        return wrapper

    class Decorated(ChannelHandler[Any]):
        @traced
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Nothing."""

    assert {"channel_read"} == names(traits_of(Decorated).coroutines)


def test_an_async_wrapper_around_a_plain_callback_is_a_coroutine() -> None:
    """What is called is the wrapper."""

    def in_thread(function: Any) -> Any:
        @functools.wraps(function)
        async def wrapper(*arguments: Any) -> Any:
            return function(*arguments)

        return wrapper

    class Decorated(ChannelHandler[Any]):
        @in_thread
        def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Nothing."""

    assert {"channel_read"} == names(traits_of(Decorated).coroutines)


def test_the_write_of_the_published_package_counts_as_write() -> None:
    """A handler that overrides channel_write is called for writes."""

    class Plain(ChannelHandler[Any]):
        def channel_write(self, ctx: ChannelHandlerContext, msg: Any) -> None:
            """Nothing."""

    traits = traits_of(Plain)
    assert {"write"} == names(traits.mask)
    assert traits.overrides_channel_write


def test_an_initializer_needs_no_events() -> None:
    """It acts in handler_added alone."""
    assert set() == names(traits_of(ChannelInitializer).mask & (INBOUND | OUTBOUND))


def test_traits_are_worked_out_once_a_class() -> None:
    """The very same object comes back."""

    class Handler(ChannelHandler[Any]):
        pass

    assert traits_of(Handler) is traits_of(Handler)


def test_a_class_that_is_gone_is_forgotten() -> None:
    """Reloads and tests make classes; they must not live on in the cache."""
    handler_class = type("Handler", (ChannelHandler,), {})
    traits_of(handler_class)
    gone = weakref.ref(handler_class)
    del handler_class
    gc.collect()
    assert gone() is None


def test_a_class_written_by_a_user_is_not_native() -> None:
    """Its callbacks are reached through the interpreter, compiled core or not."""

    class Handler(ChannelHandler[Any]):
        pass

    assert not traits_of(Handler).native


def test_a_coroutine_callback_takes_all_inbound_events_and_overrides_one() -> None:
    """What is delivered in turn is more than what the class has itself."""

    class Slow(ChannelHandler[Any]):
        async def channel_read(self, ctx: ChannelHandlerContext, msg: Any) -> None: ...

    traits = traits_of(Slow)

    assert traits.mask & INBOUND == INBOUND
    assert traits.overrides == BITS["channel_read"]


def generator(self: Any, *arguments: Any) -> Any:
    """Does nothing when it is called."""
    yield


async def async_generator(self: Any, *arguments: Any) -> Any:
    """Neither does this."""
    yield


@pytest.mark.parametrize("name", [*sorted(BITS), "channel_write"])
@pytest.mark.parametrize("function", [generator, async_generator])
@pytest.mark.parametrize("wrapped", [lambda f: f, staticmethod, classmethod, functools.partial, functools.partialmethod])
def test_a_callback_that_is_a_generator_function_is_refused(name: str, function: Any, wrapped: Any) -> None:
    """It would do nothing, silently."""
    handler_class = type("Handler", (ChannelHandler,), {name: wrapped(function)})
    with pytest.raises(TypeError, match=f"{name} of Handler is a generator function"):
        traits_of(handler_class)


def test_a_wrapper_that_runs_a_generator_is_no_generator() -> None:
    """What counts is what is called."""

    def driven(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(*arguments: Any) -> None:
            list(function(*arguments))

        return wrapper

    assert {"channel_read"} == names(traits_of(type("Handler", (ChannelHandler,), {"channel_read": driven(generator)})).mask)


class Callable:
    """An object that can be called."""

    async def __call__(self, *arguments: Any) -> None:
        """Nothing."""


async def coroutine(*arguments: Any) -> None:
    """Nothing."""


FORMS: list[Any] = [lambda f: f, staticmethod, classmethod, functools.partialmethod, lambda f: staticmethod(functools.partial(f))]


@pytest.mark.parametrize("callback", [*(form(coroutine) for form in FORMS), functools.partial(coroutine), Callable()])
def test_a_coroutine_function_of_any_form_is_known_as_one(callback: Any) -> None:
    """Its events take their turns."""
    assert {"channel_read"} == names(traits_of(type("Handler", (ChannelHandler,), {"channel_read": callback})).coroutines)


SEEN: list[tuple[str, Any]] = []


def seen(*arguments: Any) -> None:
    SEEN.append(("plain", arguments[-1]))


async def seen_later(*arguments: Any) -> None:
    await asyncio.sleep(0)
    SEEN.append(("coroutine", arguments[-1]))


@pytest.mark.parametrize("form", [*FORMS, lambda f: property(lambda self: functools.partial(f, self))])
@pytest.mark.parametrize(("function", "kind"), [(seen, "plain"), (seen_later, "coroutine")])
def test_a_callback_of_any_form_runs(form: Any, function: Any, kind: str) -> None:
    """In order, to its end."""
    SEEN.clear()
    handler = type("Handler", (ChannelHandler,), {"channel_read": form(function)})()
    channel = EmbeddedChannel(handler)
    channel.write_inbound("a", "b")
    channel.run_pending_tasks()
    assert [(kind, "a"), (kind, "b")] == SEEN


@pytest.mark.parametrize("name", ["channel_read", "channel_active", "channel_read_complete", "user_event_triggered"])
@pytest.mark.parametrize("function", [generator, async_generator])
def test_a_callback_that_returns_a_generator_raises(name: str, function: Any) -> None:
    """A lambda, a property: what a class does not show is told when it happens."""
    handler = type("Handler", (ChannelHandler,), {name: lambda self, *arguments: function(self)})()
    channel = EmbeddedChannel(active=False)
    channel.pipeline().add_last(handler)
    arguments = {"channel_read": (b"",), "user_event_triggered": ("event",)}.get(name, ())
    getattr(channel.pipeline(), f"fire_{name}")(*arguments)
    with pytest.raises(TypeError, match="returned a generator"):
        channel.check_exception()


def test_names_of_1_3_that_are_understood_are_not_warned_of(caplog: pytest.LogCaptureFixture) -> None:
    """None of them is a callback's: those had the names they have here."""
    from pyboot.components.netty import ByteToByteBufferMessageDecoder
    from pyboot.components.netty.compat13.definitions import SocketChannelInitializer

    traits_of(type("Decoder", (ByteToByteBufferMessageDecoder,), {"decodeByteBuffer": lambda self, ctx, buffer: None}))
    traits_of(type("Initializer", (SocketChannelInitializer,), {"initChannel": lambda self, channel: None}))

    assert [] == caplog.records
