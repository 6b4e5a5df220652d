"""Mistakes that a handler class alone shows: wrong names or parameters of callbacks, shared state, waiting, what comes to nothing. Pure."""

import inspect
from collections.abc import Iterator
from typing import Any, Final

from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import is_labelled
from pyboot.boot.model.nearest import is_slip
from pyboot.boot.model.origin import Origin, origin_of
from pyboot.components.netty import ChannelHandler

from .methods import CALLBACKS
from .problem import Problem, Standing
from .source import seen_in

_MEANT: Final = {uniform(name): name for name in (*CALLBACKS, "message_received")}
# Those of Netty and asyncio that are called otherwise here.
_ELSEWHERE: Final = {
    "channelread0": "message_received",
    "messagereceived": "message_received",
    "initchannel": "init_channel",
    "connectionmade": "channel_active",
    "connectionlost": "channel_inactive",
    "datareceived": "channel_read",
    "datagramreceived": "channel_read",
    "eofreceived": "user_event_triggered",
}
_BASES: Final = {  # what must be written in a class that derives from one of these
    "ByteToMessageDecoder": ("decode", "decode(self, ctx, buffer)"),
    "MessageToMessageDecoder": ("decode", "decode(self, ctx, msg)"),
    "MessageToByteEncoder": ("encode", "encode(self, ctx, msg)"),
    "MessageToMessageEncoder": ("encode", "encode(self, ctx, msg)"),
    "SimpleChannelInboundHandler": ("message_received", "message_received(self, ctx, msg)"),
}
_FORMS: Final = {  # fewest and most arguments behind self
    "decode": (2, 3, "ctx, buffer) or (ctx, buffer, out"),
    "encode": (2, 3, "ctx, msg) or (ctx, msg, out"),
    "message_received": (2, 2, "ctx, msg"),
    **{name: (count, count, form) for name, (count, form) in CALLBACKS.items()},
}


def class_problems(owner: str, standing: Standing) -> Iterator[Problem]:
    """Return what is wrong with the class of *standing* wherever it stands; nothing of the library's own."""
    if standing.is_of_library:
        return
    misspelt = dict(_misspelt(standing.type))
    for name, (meant, place) in misspelt.items():
        text = f"{standing.type.__name__}.{name} ({place}) is called by nobody."
        yield Problem(owner, text, f"Rename it: the callback is called {meant}.")
    if not misspelt:
        yield from _unwritten(owner, standing)
    yield from _wrong_parameters(owner, standing)
    if standing.type.sharable:
        yield from _stateful(owner, standing)
    yield from _blocking(owner, standing)
    yield from _in_vain(owner, standing)


def _own_members(cls: type[Any]) -> dict[str, Any]:
    """The members of *cls* that it or a base which is not the library's defines: those that objects of it have.

    What a base defines and another one goes before is nobody's: a mixin's ``close`` behind that of `ChannelHandler`.
    """
    first = {name: base for base in reversed(cls.__mro__) for name in vars(base)}
    own = (base for base in cls.__mro__ if not base.__module__.startswith("pyboot.components.netty.") and base is not object)
    return {name: member for base in own for name, member in vars(base).items() if first[name] is base}


def _misspelt(cls: type[Any]) -> Iterator[tuple[str, tuple[str, Origin]]]:
    """Methods that look like callbacks and are called by nobody, with what is meant; one beside the real callback knows what it is for."""
    members = _own_members(cls)
    called = {name for member in members.values() if inspect.isfunction(member) for name in member.__code__.co_names}
    mixed_in = {name for base in cls.__mro__ if not issubclass(base, ChannelHandler) for name in vars(base)}  # it has names of its own
    for name, member in members.items():
        if name.startswith("_") or name in called or name in mixed_in or not callable(member) or hasattr(_base_of(cls), name):
            continue
        if is_labelled(member):  # the container calls it
            continue
        meant = _callback_meant(name, cls)
        if meant is not None and meant not in members:
            yield name, (meant, origin_of(member))


def _base_of(cls: type[Any]) -> type[Any]:
    """The nearest class of the library that *cls* derives from: what it has is no misspelt name."""
    return next((base for base in cls.__mro__ if base.__module__.startswith("pyboot.components.netty.")), object)


def _callback_meant(name: str, cls: type[Any]) -> str | None:
    key = uniform(name)
    if key in _ELSEWHERE and key not in _MEANT:
        meant = _ELSEWHERE[key]
        return "channel_read" if meant == "message_received" and not hasattr(cls, "message_received") else meant
    if key in _MEANT:
        if _MEANT[key] == "message_received" and not hasattr(_base_of(cls), "message_received"):
            return "channel_read"
        return _MEANT[key] if _MEANT[key] != name else None
    return next((meant for meant in _MEANT.values() if "_" in meant and is_slip(name, meant)), None)


def _unwritten(owner: str, standing: Standing) -> Iterator[Problem]:
    """Codecs that do not write what they are for."""
    members = _own_members(standing.type)
    for base in standing.type.__mro__:
        if base.__module__.startswith("pyboot.components.netty.") and base.__name__ in _BASES:
            name, form = _BASES[base.__name__]
            is_written = getattr(standing.type, name, None) is not getattr(base, name, None) or name in members
            if not is_written and not {"channel_read", "write"} & set(members):
                text = f"{standing} derives from {base.__name__} and does not write {name}: each message would raise an error."
                yield Problem(owner, text, f"Write {form}.")


def _wrong_parameters(owner: str, standing: Standing) -> Iterator[Problem]:
    for name, member in _own_members(standing.type).items():
        if name not in _FORMS or not inspect.isfunction(member) or not (name in CALLBACKS or hasattr(_base_of(standing.type), name)):
            continue
        fewest, most, form = _FORMS[name]
        if not any(_takes(member, count + 1) for count in range(fewest, most + 1)):
            names = ", ".join(inspect.signature(member).parameters)
            text = f"{standing.type.__name__}.{name}({names}) ({origin_of(member)}) is called with ({form}), which it does not take."
            yield Problem(owner, text, f"Write {name}(self, {form.partition(')')[0]}).")


def _takes(function: Any, count: int) -> bool:
    """Tell whether *function* can be called with *count* arguments by place; of a decorated one what is called decides."""
    try:
        inspect.signature(function, follow_wrapped=False).bind(*range(count))
    except TypeError:
        return False
    except ValueError:  # it does not tell
        return True
    return True


def _stateful(owner: str, standing: Standing) -> Iterator[Problem]:
    """A sharable handler that keeps something of a connection, which the next one overwrites; what it counts over all may be meant."""
    from .kept import kept_by  # only where a handler is sharable

    for kept in kept_by(standing.type):
        text = (
            f"{standing} is sharable, one object for all connections, and {kept.method} assigns self.{kept.name} ({kept.origin}): "
            f"{'each connection would find what another one left there' if kept.of_connection else 'it is one for all of them together'}."
        )
        remedy = "Leave out sharable=True, or keep it in ctx.channel.attributes or in a bean of scope channel"
        meant = "" if kept.of_connection else "; if it is meant for all, assign it under a lock, for connections may run on several loops"
        yield Problem(owner, text, f"{remedy}{meant}.", is_fatal=kept.of_connection)


def _blocking(owner: str, standing: Standing) -> Iterator[Problem]:
    """Calls in callbacks that hold the loop, and so all connections of it; it may be meant, so no start is refused."""
    for noted in seen_in(standing.type).blocks:
        text = (
            f"{noted.name} in {standing.type.__name__}.{noted.method} ({noted.origin}) stops the event loop, and with it every connection."
        )
        waits = "asyncio.sleep(...)" if noted.name == "time.sleep" else f"asyncio.to_thread({noted.name}, ...)"
        remedy = f"Await {waits} in an 'async def', or give the handler a worker thread: pipeline.add_last(executor, handler)."
        yield Problem(owner, text, remedy, is_fatal=False)


def _in_vain(owner: str, standing: Standing) -> Iterator[Problem]:
    """Statements that do nothing, though they look as if: a coroutine that nobody runs, an operation not called, a message returned."""
    name, seen = standing.type.__name__, seen_in(standing.type)
    for noted in seen.unawaited:
        text = f"{name}.{noted.method} ({noted.origin}) makes a coroutine of {noted.name} and leaves it: nothing of it ever runs."
        yield Problem(owner, text, f"Write await {noted.name}(...), in an 'async def'.")
    for noted in seen.uncalled:
        yield Problem(owner, f"{name}.{noted.method} ({noted.origin}) names {noted.name} and does not call it.", f"Write {noted.name}().")
    for noted in seen.returned:
        text = f"{name}.{noted.method} ({noted.origin}) returns {noted.name}, which nobody gets."
        yield Problem(owner, text, "Write ctx.write_and_flush(...) to answer, ctx.fire_channel_read(...) to pass it on.")
