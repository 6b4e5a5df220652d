"""Codec: the decorator that gives something a name in pipelines, and what is known of what it labels. No handler is made here.

::

    @Codec("records")                                      a function: its typed parameters are the options
    def records(max_length: DataSize = 4096) -> RecordDecoder: ...

    @Codec("records")                                      a handler class: the parameters of its constructor are
    class RecordDecoder(ByteToMessageDecoder[Record]): ...

    @Codec("records")                                      a pydantic model: its fields are; what its objects hold is shared by
    class Records(BaseModel):                              the connections of one pipeline
        def handlers(self) -> Handlers: ...
"""

import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, partial
from types import UnionType
from typing import Any, Self, final, overload

from pydantic import BaseModel, ValidationError

from pyboot.boot import Label
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.origin import Origin, origin_of
from pyboot.components.netty import ChannelHandler
from pyboot.netty.errors import CodecOptionsError, MissingExtraError

from .options import Option, model_of, options_of, refusals, spelled_as_fields, strangers

type AnyHandler = ChannelHandler[Any]  # each handler of a pipeline takes messages of its own kind
type Handlers = AnyHandler | Sequence[AnyHandler]  # from the network inwards

# Libraries that handlers of ours need and that extras of the distribution bring.
_EXTRAS: Mapping[str, str] = {"brotli": "compression", "zstandard": "compression", "msgpack": "messages", "google": "messages"}


_CONTAINERS = (list, dict, set, bytearray)


@final
class CodecLabel(Label):
    """A name for pipelines: ``@Codec("records")``; bare, ``@Codec`` takes that of the function, or of the class without ``Codec``.

    What is labelled stays what it was. The scan of the application finds it, and so does an entry point ``pyboot.codecs`` of a
    distribution: ``records = "my_package.codecs:records"``.

    Args:
        name: in lower case, words divided by dashes.
    """

    def __init__(self, name: str | None = None) -> None:
        self.name = name

    @overload
    def __call__(self, name: str, /) -> Self: ...
    @overload
    def __call__(self) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any) -> Any:
        """Label a function or a class; given a name, return a label that holds it."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(name=targets[0]) if targets else self

    def name_for(self, target: Any) -> str:
        """Return the name that *target*, what is labelled, goes by."""
        return self.name or _kebab(target.__name__.removesuffix("Codec") or target.__name__)

    def stand_in(self, target: object) -> object:
        """Return what is in the container for *target*, which is no bean: its definition."""
        return CodecDefinition(self.name_for(target), target)


Codec = CodecLabel()


@final
class CodecDefinition:
    """The definition behind a name in a pipeline: a function or a class labelled ``@Codec``."""

    def __init__(self, name: str, target: Any) -> None:
        """Take the *name* and what it labels.

        Raises:
            DefinitionError: *target* is none of the three things a codec can be.
        """
        self.name = name
        self.target = target
        if not (_is_model(target) or _is_handler(target) or inspect.isfunction(target)):
            reason = "a codec is a function that makes handlers, a ChannelHandler, or a pydantic model with a method handlers()"
            raise DefinitionError(f"@Codec({name!r})", str(origin_of(target)), reason)

    @property
    def origin(self) -> Origin:
        """The place where it is defined."""
        return origin_of(self.target)

    @property
    def is_built_in(self) -> bool:
        """Tell whether it comes with the network library."""
        return str(self.target.__module__).startswith("pyboot.netty.")

    @property
    def summary(self) -> str:
        """The first paragraph of its docstring, a sentence that says what it does."""
        return " ".join((inspect.getdoc(self.target) or "").partition("\n\n")[0].split())

    @cached_property
    def model(self) -> type[BaseModel]:
        """The pydantic model of its options; of a function or a handler it is made here, when it is first needed."""
        model: type[BaseModel] = self.target if _is_model(self.target) else model_of(self.name, self.target)
        return model

    @property
    def options(self) -> list[Option]:
        """Its options, as they are written."""
        return options_of(self.model)

    @property
    def handler_types(self) -> tuple[type[Any], ...] | None:
        """The classes of its handlers, as far as they can be told without options; ``None`` where they cannot."""
        if _is_handler(self.target):
            return (self.target,)
        try:
            made = typing.get_type_hints(self.target.handlers if _is_model(self.target) else self.target).get("return")
        except NameError:  # a hint for checkers only
            return None
        if typing.get_origin(made) in (typing.Union, UnionType):  # some of them may be left out
            made = max(typing.get_args(made), key=lambda each: len(typing.get_args(each)))
        types = [getattr(entry, "__origin__", entry) for entry in (typing.get_args(made) or (made,))]
        return tuple(types) if all(_is_handler(entry) and entry is not ChannelHandler for entry in types) else None

    def configured(self, options: Mapping[str, object] | None = None) -> "ConfiguredCodec":
        """Return the codec with *options*, whose names may be written in kebab-case, snake_case or camelCase.

        Raises:
            CodecOptionsError: it refuses them.
        """
        if not options and not _is_model(self.target) and not _asks_for_options(self.target):
            return ConfiguredCodec(self, _making(self.target, {}))  # what most pipelines hold costs no model
        written = spelled_as_fields(self.model, options or {})
        strange = strangers(self.model, written)
        try:
            set_up = self.model.model_validate(written)
        except ValidationError as error:
            raise CodecOptionsError(
                self.name, [*strange, *refusals(error, self.model)], [option.name for option in self.options]
            ) from error
        if strange:
            raise CodecOptionsError(self.name, strange, [option.name for option in self.options])
        if _is_model(self.target):
            return ConfiguredCodec(self, set_up.handlers)  # type: ignore[attr-defined]  # which a codec's model has
        given = {self.model.model_fields[name].alias or name: getattr(set_up, name) for name in set_up.model_fields_set}
        return ConfiguredCodec(self, _making(self.target, given))

    def __repr__(self) -> str:
        return f"<CodecDefinition {self.name} at {self.origin}>"


@final
class ConfiguredCodec:
    """A codec with its options: makes the handlers of each connection of one pipeline.

    The first call decides which of them are sharable; there is one object of each of these for all connections.
    """

    def __init__(self, definition: CodecDefinition, make: Callable[[], Handlers]) -> None:
        """Take the definition and what makes the handlers."""
        self.definition = definition
        self._make = make
        self._shared: dict[int, AnyHandler] = {}
        self._count = 0

    @property
    def name(self) -> str:
        """The name it goes by."""
        return self.definition.name

    def handlers(self) -> Sequence[AnyHandler]:
        """Make the handlers of one connection, from the network inwards.

        Raises:
            CodecOptionsError: the handlers refuse their options, or what makes them fails.
            DefinitionError: what it makes is no handler, and no sequence of them.
            MissingExtraError: they need a library that is not installed.
        """
        if self._count and len(self._shared) == self._count:
            return tuple(self._shared.values())
        made = self._as_sequence(self._made())
        if not self._count:
            self._count = len(made)
            self._shared = {place: handler for place, handler in enumerate(made) if handler.sharable}
        return [self._shared.get(place, handler) for place, handler in enumerate(made)] if self._shared else made

    def _made(self) -> Handlers:
        try:
            return self._make()
        except ImportError as error:
            extra = _EXTRAS.get((error.name or "").partition(".")[0])
            raise MissingExtraError(self.name, error.name or str(error), extra) from error
        except Exception as error:
            reason = str(error) if isinstance(error, ValueError | TypeError) else f"{type(error).__name__}: {error}"
            place = "" if self.definition.is_built_in else f" ({self.definition.origin})"
            raise CodecOptionsError(self.name, [f"{reason}{place}"], [option.name for option in self.definition.options]) from error

    def _as_sequence(self, made: object) -> Sequence[AnyHandler]:
        if isinstance(made, ChannelHandler):
            return (made,)
        if isinstance(made, list | tuple) and all(isinstance(each, ChannelHandler) for each in made):
            return made
        if inspect.iscoroutine(made):
            made.close()  # nobody will await it
        reason = f"it makes {made!r}, where a ChannelHandler is wanted, or a list or tuple of them"
        raise DefinitionError(f"@Codec({self.name!r})", str(self.definition.origin), reason)


def _is_model(target: Any) -> bool:
    return isinstance(target, type) and issubclass(target, BaseModel) and callable(getattr(target, "handlers", None))


def _is_handler(target: Any) -> bool:
    return isinstance(target, type) and issubclass(target, ChannelHandler)


def _asks_for_options(target: Callable[..., Any]) -> bool:
    """Tell whether *target* cannot be called without arguments."""
    fixed = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    wanted = inspect.signature(target).parameters.values()
    return any(parameter.default is parameter.empty and parameter.kind not in fixed for parameter in wanted)


def _making(target: Callable[..., Any], given: Mapping[str, Any]) -> Callable[[], Handlers]:
    """Return what calls *target* with the options that are *given*.

    A list, dict or set, given or a default, is made anew for each call: otherwise a connection would find in it what another one left.
    """
    parameters = inspect.signature(target).parameters.values()
    options = {**{each.name: each.default for each in parameters if isinstance(each.default, _CONTAINERS)}, **given}
    if not any(isinstance(value, _CONTAINERS) for value in options.values()):
        return partial(target, **given) if given else target
    return lambda: target(**{name: _copied(value) for name, value in options.items()})


def _copied(value: Any) -> Any:
    """Return containers as new ones, whatever they hold as it is."""
    if isinstance(value, dict):
        return {key: _copied(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_copied(each) for each in value]
    return type(value)(value) if isinstance(value, set | bytearray) else value


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|_", "-", name).lower()
