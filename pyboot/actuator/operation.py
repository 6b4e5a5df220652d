"""Operations: methods of endpoints, what they want, and how a request becomes their arguments. No I/O here."""

import inspect
import re
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Union, final, get_args, get_origin, get_type_hints

from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import spelled
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.origin import origin_of, origin_of_parameter

from .annotations import OperationKind, OperationLabel
from .errors import EndpointDefinitionError, InvalidEndpointRequestError
from .invocation import InvocationContext

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_SEGMENT: Final = re.compile(r"\{(\*?)([A-Za-z_][A-Za-z0-9_]*)\}\Z|([A-Za-z0-9._~-]+)\Z")
_NAMELESS: Final = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD, inspect.Parameter.POSITIONAL_ONLY)
_WORKER: Final = "worker"  # chooses one of several, whatever is asked
_MANY: Final = (list, tuple, set, frozenset, Sequence)


class Source(Enum):
    """The places where an argument comes from."""

    PATH = "the path"
    REST = "the rest of the path"
    QUERY = "the query"
    CONTEXT = "the invocation"


@final
class Texts(list[str]):
    """The values of a parameter in a query, in their order: JSON says by itself what is a list."""


@final
class OperationParameter:
    """One parameter of an operation: where its argument comes from, and what it is converted to."""

    __slots__ = ("_adapter", "default", "hint", "is_many", "is_required", "name", "source")

    def __init__(self, name: str, hint: Any, source: Source, default: Any) -> None:
        self.name = name
        self.hint = hint
        self.source = source
        may_be_none = hint is Any or NoneType in get_args(hint)
        self.is_required = default is inspect.Parameter.empty and not may_be_none
        self.default = None if default is inspect.Parameter.empty else default
        self.is_many = any(get_origin(part) in _MANY or part in _MANY for part in _members(hint))
        self._adapter: TypeAdapter[Any] | None = None

    def check(self) -> None:
        """Raise what pydantic says of a hint that nothing can be converted to."""
        if self.hint is not str and self.source is not Source.CONTEXT:
            self._converter()

    def converted(self, given: object) -> Any:
        """Return *given*, texts of a request or what its JSON says, as the hint wants it.

        Raises:
            InvalidEndpointRequestError: it is nothing of the kind.
        """
        if isinstance(given, Texts):
            given = self._of_texts(given)
        if self.hint is str and isinstance(given, str):
            return given
        from pydantic import ValidationError

        try:
            return self._converter().validate_python(given)
        except ValidationError as error:
            raise InvalidEndpointRequestError(f"{self.name}: {error.errors(include_url=False)[0]['msg']}") from None

    def _of_texts(self, texts: Texts) -> object:
        """One value counts once, also where it is said twice; several in one text stand between commas."""
        if not self.is_many:
            return texts[-1]
        return texts[0].split(",") if len(texts) == 1 else list(texts)

    def _converter(self) -> "TypeAdapter[Any]":
        if self._adapter is None:
            from pydantic import TypeAdapter

            self._adapter = TypeAdapter(self.hint)
        return self._adapter


@final
class Operation(NamedTuple):
    """One method of an endpoint: the *path* behind the id, segment by segment, its parameters, and the media types it answers with."""

    kind: OperationKind
    method: str
    path: tuple[str, ...]
    parameters: tuple[OperationParameter, ...]
    produces: tuple[str, ...]

    @property
    def shape(self) -> tuple[str, ...]:
        """The path without the names of its parameters, by which two operations are told apart."""
        return tuple("{*}" if part.startswith("{*") else "{}" if part.startswith("{") else part for part in self.path)

    @property
    def selectors(self) -> tuple[str, ...]:
        """The names in the path."""
        return tuple(part.strip("{*}") for part in self.path if part.startswith("{"))

    def matched(self, segments: Sequence[str]) -> Mapping[str, object] | None:
        """Return the arguments that *segments*, the path behind the id, hold; None where this is not the path."""
        found: dict[str, object] = {}
        for place, part in enumerate(self.path):
            if part.startswith("{*"):
                rest = tuple(segments[place:])
                return found | {part[2:-1]: rest} if rest else None
            if place >= len(segments) or (not part.startswith("{") and part != segments[place]):
                return None
            if part.startswith("{"):
                found[part[1:-1]] = segments[place]
        return found if len(segments) == len(self.path) else None

    def arguments(self, path: Mapping[str, object], given: Mapping[str, object], context: InvocationContext) -> dict[str, Any]:
        """Return what the method is called with: *path* holds the selectors, *given* the rest by relaxed name.

        Raises:
            InvalidEndpointRequestError: something is missing, or cannot be converted.
        """
        found: dict[str, Any] = {}
        for parameter in self.parameters:
            if parameter.source is Source.CONTEXT:
                found[parameter.name] = context
            elif parameter.source is not Source.QUERY:
                found[parameter.name] = parameter.converted(path[parameter.name])
            elif (value := given.get(uniform(parameter.name))) is not None:
                found[parameter.name] = parameter.converted(value)
            elif parameter.is_required:
                raise InvalidEndpointRequestError(f"the parameter '{_camel(parameter.name)}' is missing")
            else:
                found[parameter.name] = parameter.default
        return found

    def check_properties(self, names: Iterable[str]) -> None:
        """Refuse *names*, relaxed, of properties of a body that mean nothing here: misspelt, a level would be reset instead of set.

        Raises:
            InvalidEndpointRequestError: one of them is no parameter; the nearest is told.
        """
        known = [_camel(parameter.name) for parameter in self.parameters if parameter.source is Source.QUERY]
        for name in names:
            if name != _WORKER and name not in map(uniform, known):
                near = nearest(name, known)
                hint = f"did you mean '{near[0]}'?" if near else f"allowed are {', '.join(known)}" if known else "none is allowed"
                raise InvalidEndpointRequestError(f"there is no property '{_camel(name)}'; {hint}")

    def __str__(self) -> str:
        return " ".join((self.kind.value, "/".join(("", *self.path))))


def operation_of(name: str, method: Any, label: OperationLabel) -> Operation:
    """Return the operation that *label* makes of *method*, a function of a class.

    Raises:
        EndpointDefinitionError: the path means nothing, or a parameter cannot come from a request; with file and line.
    """
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        raise _refused(label, method, "it is a generator function: return a WebEndpointResponse whose body is the iterator")
    path = tuple(label.path.strip("/").split("/")) if label.path.strip("/") else ()
    selectors = _selectors(path, label, method)
    try:
        hints = get_type_hints(method, include_extras=True)
    except Exception as error:  # noqa: BLE001  whatever a hint raises that is no type
        raise _refused(label, method, f"its hints cannot be read: {error}") from None
    wanted = list(inspect.signature(method).parameters.values())[1:]
    if missing := selectors.keys() - {entry.name for entry in wanted}:
        raise _refused(label, method, f"its path names {', '.join(sorted(missing))}, which it does not take")
    parameters = [_parameter(entry, hints.get(entry.name, str), selectors, label, method) for entry in wanted]
    return Operation(label.kind, name, path, tuple(parameters), label.produces)


def _selectors(path: Sequence[str], label: OperationLabel, method: Any) -> dict[str, Source]:
    """Return the names in *path*, with where each stands."""
    found = dict[str, Source]()
    for place, part in enumerate(path):
        segment = _SEGMENT.match(part)
        if segment is None:
            reason = f"its path {label.path!r} has the part {part!r}: allowed are {{name}}, {{*name}} at the end, and plain words"
            raise _refused(label, method, reason)
        rest, selector, _ = segment.groups()
        if rest and place != len(path) - 1:
            raise _refused(label, method, f"its path {label.path!r} goes on behind {part!r}, which takes all that is left")
        if selector in found:
            raise _refused(label, method, f"its path {label.path!r} has {{{selector}}} twice")
        if selector:
            found[selector] = Source.REST if rest else Source.PATH
    return found


def _parameter(
    entry: inspect.Parameter, hint: Any, selectors: Mapping[str, Source], label: OperationLabel, method: Any
) -> OperationParameter:
    if entry.kind in _NAMELESS:
        raise _refused(label, method, f"its parameter {entry.name!r} has no name that a request could give", entry.name)
    source = selectors.get(entry.name, Source.CONTEXT if hint is InvocationContext else Source.QUERY)
    parameter = OperationParameter(entry.name, hint, source, entry.default)
    try:
        parameter.check()
    except Exception as error:  # noqa: BLE001  whatever pydantic raises for a hint
        reason = f"nothing of a request can become the {hint!r} of its parameter {entry.name!r}: {error}"
        raise _refused(label, method, reason, entry.name) from None
    return parameter


def _refused(label: OperationLabel, method: Any, reason: str, parameter: str | None = None) -> EndpointDefinitionError:
    place = origin_of(method) if parameter is None else origin_of_parameter(method, parameter)
    return EndpointDefinitionError(f"{spelled(label)} on {method.__qualname__}", str(place), reason)


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(map(str.capitalize, rest))
