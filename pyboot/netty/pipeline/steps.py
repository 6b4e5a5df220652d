"""Steps of a pipeline: made of its entries and of the handler beans, in order; nothing is looked up for a connection. No I/O here.

An entry is a codec by name, alone or with options; an object of a codec's model; a handler bean by name or by class, which stands there
instead of behind the codecs; a sharable handler; or what makes a handler for each connection.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, cast, final

from pyboot.boot import ScopeStore
from pyboot.boot.model.label import labels
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import ChannelHandler
from pyboot.components.netty.channel.mask import traits_of
from pyboot.netty.annotations import ChannelHandlerBeanLabel, kebab_case
from pyboot.netty.errors import PipelineEntryError, UnknownCodecError
from pyboot.netty.refusals import Refusals

from .codec import AnyHandler, CodecDefinition, CodecLabel, ConfiguredCodec
from .options import shown
from .order import Place, in_order
from .registry import CodecRegistry, definition_of

type Make = Callable[[ScopeStore | None], AnyHandler]  # takes the beans that live as long as the connection
type AwaitedMake = Callable[[ScopeStore], Awaitable[AnyHandler]]


@final
class HandlerBean(NamedTuple):
    """A class labelled ``@ChannelHandlerBean``: its label, the class, and the factory that the container generated for it.

    ``amake`` is there where something has to be awaited for the handler: the factory of a bean it shares with its connection.
    """

    label: ChannelHandlerBeanLabel
    target: type[Any]
    make: Make
    amake: AwaitedMake | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names that it has in pipelines."""
        name = self.target.__name__
        return (name, kebab_case(name), kebab_case(name.removesuffix("Handler") or name))


@final
class Step(NamedTuple):
    """A place in a pipeline: what stands there, and how its handlers are made for one connection; ``amake`` where that waits.

    *stands*: the handlers as far as they are known before a connection is there: an object, or the class of what the container makes.
    *codec*: what has made them, if it is one.
    """

    title: str
    make: Callable[[ScopeStore], Iterable[AnyHandler]]
    amake: AwaitedMake | None = None
    stands: tuple[AnyHandler | type[Any], ...] = ()
    codec: CodecDefinition | None = None


@final
class Edges(NamedTuple):
    """The steps of those who watch connections: *first*, nearer to the network than the entries of a pipeline, and *last*, behind them."""

    first: tuple[Step, ...] = ()
    last: tuple[Step, ...] = ()


NO_EDGES: Final = Edges()


def pipeline_steps(owner: str, entries: object, handlers: Sequence[HandlerBean], codecs: CodecRegistry) -> list[Step]:
    """Return the steps of the pipeline of *owner*, ``the server 'echo'``: *entries*, and *handlers* that these do not place themselves.

    Everything is made once here, so that what is wrong with it shows before the bind.

    Raises:
        AssemblyError: something cannot stand in a pipeline, or not where it says; all that cannot, where there is more.
    """
    if isinstance(entries, str) or not isinstance(entries, Sequence):  # a text would be taken letter by letter
        raise PipelineEntryError(owner, repr(entries), f"a pipeline is a list: write [{entries!r}]")
    left, refusals = list(handlers), Refusals()
    listed = _each(lambda entry: _listed(owner, entry, left, codecs), entries, refusals, owner)
    placed = _each(lambda handler: _placed(owner, handler), left, refusals, owner)
    refusals.settle()
    return in_order(owner, listed, placed)


def _each[E](make: Callable[[E], Place[Step]], entries: Iterable[E], refusals: Refusals, owner: str) -> list[Place[Step]]:
    """Make a place of each of *entries*; what is refused is noted, and the others are looked at all the same."""
    places: list[Place[Step]] = []
    for entry in entries:
        with refusals.noting(owner):
            places.append(make(entry))
    return places


def _placed(owner: str, handler: HandlerBean) -> Place[Step]:
    label = handler.label
    return Place(_handler_step(owner, handler), handler.names, label.order, label.before, label.after)


def _listed(owner: str, entry: object, left: list[HandlerBean], codecs: CodecRegistry) -> Place[Step]:
    """Return the place of one entry; a handler bean that is named is taken out of those that are *left*."""
    bean = _bean(entry, left, codecs)
    if bean is not None:
        left.remove(bean)
        return Place(_handler_step(owner, bean), bean.names)
    step = _step(owner, entry, left, codecs)
    return Place(step, (step.title,) if step.codec is not None else (step.title, kebab_case(step.title)))


def _bean(entry: object, left: Iterable[HandlerBean], codecs: CodecRegistry) -> HandlerBean | None:
    """Return the handler bean that *entry* means; a codec of the same name goes before it."""
    if isinstance(entry, str) and entry not in codecs:
        return next((bean for bean in left if Place(None, bean.names).is_called(entry)), None)
    return next((bean for bean in left if bean.target is entry), None) if isinstance(entry, type) else None


def _handler_step(owner: str, handler: HandlerBean) -> Step:
    make = handler.make
    if handler.label.sharable and not handler.target.sharable:  # labelled on a @Bean method: the mark must stand on the class
        raise PipelineEntryError(owner, f"one {handler.target.__name__}", "all connections would share it, and its class is not sharable")
    check_callbacks(owner, handler.target)
    return Step(handler.target.__name__, lambda store: (make(store),), handler.amake, (handler.target,))


def _step(owner: str, entry: object, left: Sequence[HandlerBean], codecs: CodecRegistry) -> Step:
    if isinstance(entry, str):
        return _named_step(entry, None, left, codecs)
    if isinstance(entry, Mapping):
        if len(entry) != 1:
            raise PipelineEntryError(owner, shown(entry), "a codec with options is one name and its options")
        ((name, options),) = entry.items()
        if not isinstance(options, Mapping | None):
            raise PipelineEntryError(owner, shown(entry), f"the options of a codec are names with values, not {shown(options, str(name))}")
        return _named_step(str(name), options, left, codecs)
    if labels(type(entry), CodecLabel):  # an object of a codec's model
        return _codec_step(ConfiguredCodec(definition_of(type(entry)), entry.handlers))  # type: ignore[attr-defined]  # which it has
    if labels(entry, CodecLabel):
        return _codec_step(definition_of(entry).configured())
    if isinstance(entry, ChannelHandler):
        return _shared_step(owner, entry)
    if callable(entry):
        return _factory_step(owner, entry)
    raise PipelineEntryError(owner, repr(entry), "it is neither a codec nor a handler")


def _named_step(name: str, options: Mapping[str, object] | None, left: Sequence[HandlerBean], codecs: CodecRegistry) -> Step:
    try:
        return _codec_step(codecs.codec(name, options))
    except UnknownCodecError as error:
        known = [*error.known, *(bean.names[1] for bean in left)]
        raise UnknownCodecError(error.name, error.known, nearest(error.name, known)) from None


def _codec_step(codec: ConfiguredCodec) -> Step:
    return Step(codec.name, lambda _: codec.handlers(), stands=tuple(codec.handlers()), codec=codec.definition)


def _shared_step(owner: str, handler: AnyHandler) -> Step:
    name = type(handler).__name__
    if not handler.sharable:
        raise PipelineEntryError(owner, f"one {name} object", "all connections would share it, and it is not sharable; use the class")
    check_callbacks(owner, type(handler))
    return Step(name, lambda _: (handler,), stands=(handler,))


def _factory_step(owner: str, factory: Callable[[], object]) -> Step:
    name = getattr(factory, "__name__", repr(factory))
    try:
        made = factory()
    except TypeError as error:
        raise PipelineEntryError(owner, name, f"calling it without arguments failed: {error}") from error
    if not isinstance(made, ChannelHandler):
        raise PipelineEntryError(owner, name, f"it makes a {type(made).__name__}, which is no ChannelHandler")
    check_callbacks(owner, type(made))
    return Step(type(made).__name__, lambda _: (cast(AnyHandler, factory()),), stands=(made,))


def check_callbacks(owner: str, handler: type) -> None:
    """Refuse before the bind what a pipeline would refuse for each connection.

    Raises:
        PipelineEntryError: a callback of the class *handler* is a generator.
    """
    try:
        traits_of(handler)
    except TypeError as error:
        raise PipelineEntryError(owner, handler.__name__, str(error)) from error
