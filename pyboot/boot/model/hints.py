"""Reads a callable's type hints, one parameter at a time, so that only a hint which is needed can fail.

Both annotation styles work: texts (``from __future__ import annotations``) and the deferred ones of Python 3.14.
"""

import inspect
import sys
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Generator, Iterable, Iterator, Mapping
from dataclasses import is_dataclass
from types import FunctionType, MethodType
from typing import Any, NamedTuple, get_args, get_type_hints

from pyboot.boot.errors import DefinitionError

from .generic import Hint, bindings, get_origin, substitute
from .injection import Value
from .label import Label, spelled
from .origin import origin_of, origin_of_parameter

_YIELDING = (Iterator, Iterable, Generator, AsyncIterator, AsyncIterable, AsyncGenerator)
_BY_NAME = inspect.Parameter.KEYWORD_ONLY
_TAKES_MORE = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_STANDARD = frozenset({"builtins", "collections", "_thread", "decimal", "datetime"})
_SPREAD = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Parameter(NamedTuple):
    """One parameter of a factory: its name, its resolved hint, whether it has a default, whether it goes by name only."""

    name: str
    hint: Hint
    has_default: bool = False
    by_name: bool = False


def parameters(factory: Callable[..., object], *, skip_self: bool = False) -> tuple[Parameter, ...]:
    """Return what *factory*, a class or a function, wants to be called with.

    Args:
        factory: a class is read through its constructor, dataclasses and pydantic models included.
        skip_self: leave the first parameter out, for a method that is passed its owner.

    Raises:
        DefinitionError: a parameter has neither hint nor default, its hint names something that is not there, or the constructor is
            a coroutine function.
    """
    if isinstance(factory, type) and _has_no_constructor(factory):
        return ()
    if isinstance(factory, type) and inspect.iscoroutinefunction(factory.__init__):  # type: ignore[misc]  # of the class, not of an object
        reason = "its __init__ is 'async def', which nobody can await: write 'def', and await in an 'async def' labelled @PostConstruct"
        raise DefinitionError(_name(factory), str(origin_of(factory)), reason)
    plain = _plain_constructor(factory) if isinstance(factory, type) else None
    if plain is not None:
        return plain
    wanted = [entry for entry in _signature(factory).parameters.values() if entry.kind not in _SPREAD]
    bound = bindings(factory) if isinstance(factory, type) else {}
    return tuple(_parameter(factory, entry, bound) for entry in wanted[skip_self:])


def _plain_constructor(target: type) -> tuple[Parameter, ...] | None:
    """Read a constructor whose hints are all classes without the cost of a signature; ``None`` for any other."""
    init = vars(target).get("__init__")
    if type(target) is not type or not inspect.isfunction(init) or "__signature__" in vars(target) or hasattr(init, "__wrapped__"):
        return None
    code = init.__code__
    has_more = init.__defaults__ or code.co_kwonlyargcount or code.co_posonlyargcount or code.co_flags & _TAKES_MORE
    if has_more or any("__new__" in vars(base) for base in target.__mro__[:-1]):
        return None
    try:
        annotations = init.__annotations__
    except NameError:  # Python 3.14: a name that is there for checkers only
        return None
    names = code.co_varnames[1 : code.co_argcount]
    hints = [annotations.get(name) for name in names]
    if any(type(hint) is not type for hint in hints):
        return None
    return tuple(map(Parameter, names, hints))


def _has_no_constructor(target: type) -> bool:
    """Tell whether calling *target* ends in ``object`` itself, which takes no arguments, or in a class like ``dict``, which needs none."""
    if getattr(target, "__init__", None) is object.__init__ and getattr(target, "__new__", None) is object.__new__:
        return True
    if type(target) is not type:
        return False
    constructing = next((base for base in target.__mro__ if "__init__" in vars(base) or "__new__" in vars(base)), object)
    return constructing is not target and constructing.__module__ in _STANDARD and not _tells_parameters(constructing)


def _tells_parameters(constructing: type) -> bool:
    """Tell whether a base from the standard library is written in Python; one that is not (``dict``, ``Exception``) takes anything."""
    return any(isinstance(vars(constructing).get(name), FunctionType) for name in ("__init__", "__new__"))


def _signature(factory: Callable[..., object]) -> inspect.Signature:
    try:
        factory = _constructor(factory) if isinstance(factory, type) and type(factory).__call__ is not type.__call__ else factory
        if sys.version_info >= (3, 14):
            import annotationlib

            return inspect.signature(factory, annotation_format=annotationlib.Format.FORWARDREF)
        return inspect.signature(factory)
    except ValueError as error:  # a class written in C that does not tell its parameters
        raise DefinitionError(_name(factory), str(origin_of(factory)), f"its parameters cannot be read: {error}") from error


def _constructor(target: type) -> Callable[..., object]:
    """Return the callable that tells the parameters of *target*, whose metaclass is called in its place; one that passes all on tells
    none.
    """
    called = inspect.signature(type(target).__call__).parameters.values()
    if any(entry.kind not in _SPREAD for entry in tuple(called)[1:]):
        return target
    own = next(vars(base)[name] for base in target.__mro__ for name in ("__init__", "__new__") if name in vars(base))
    function = own.__func__ if isinstance(own, staticmethod) else own
    return MethodType(function, target)


def _parameter(factory: Callable[..., object], entry: inspect.Parameter, bound: Mapping[Any, Hint]) -> Parameter:
    has_default = entry.default is not inspect.Parameter.empty
    for found in (entry.default, entry.annotation):
        if found is Value or isinstance(found, Value):
            raise value_misused(factory, entry.name, found, None if found is entry.annotation else entry.annotation)
    if isinstance(entry.default, Label):
        reason = (
            f"the default of '{entry.name}' is {spelled(entry.default)}, which gives nothing there: write Annotated[..., {entry.default!r}]"
        )
        raise DefinitionError(_name(factory), str(origin_of_parameter(factory, entry.name)), reason)
    if entry.annotation is inspect.Parameter.empty:
        if not has_default:
            reason = f"parameter '{entry.name}' has no type hint, so nothing can be injected there"
            raise DefinitionError(_name(factory), str(origin_of(factory)), reason)
        return Parameter(entry.name, None, True, entry.kind is _BY_NAME)
    hint = _resolved(factory, entry.name, entry.annotation)
    for found in getattr(hint, "__metadata__", ()):
        if found is Value or (isinstance(found, Value) and not isinstance(found.expression, str)):
            raise value_misused(factory, entry.name, found, hint.__origin__)
    return Parameter(entry.name, substitute(hint, bound) if bound else hint, has_default, entry.kind is _BY_NAME)


def value_misused(factory: Callable[..., object], name: str, found: object, hint: Hint) -> DefinitionError:
    """Return the error for a ``Value`` that stands where it gives nothing: as a default, as a hint, as a field of a class."""
    expression = found.expression if isinstance(found, Value) and isinstance(found.expression, str) else "${" + name.replace("_", "-") + "}"
    hint = getattr(hint, "__origin__", hint) if getattr(hint, "__metadata__", None) else hint
    kind = getattr(hint, "__name__", None) if hint not in (None, inspect.Parameter.empty) else None
    wanted = f'{name}: Annotated[{kind or "str"}, Value("{expression}")]'
    reason = f"'{name}' uses Value in a place where it gives nothing; write the parameter of a constructor or function as {wanted}"
    return DefinitionError(_name(factory), str(origin_of_parameter(factory, name)), reason)


def return_hint(function: Callable[..., object]) -> Hint:
    """Return the type of the bean that *function* makes: its return type, or for a generator the type it yields.

    Raises:
        DefinitionError: the function does not say what it returns.
    """
    annotation = _signature(function).return_annotation
    if annotation in (inspect.Signature.empty, None):
        raise DefinitionError(_name(function), str(origin_of(function)), "a bean's function must say what it returns: '-> Type'")
    hint = _resolved(function, "return", annotation)
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return get_args(hint)[0] if get_origin(hint) in _YIELDING and get_args(hint) else hint
    return hint


def _resolved(factory: Callable[..., object], name: str, annotation: Hint) -> Hint:
    if isinstance(annotation, type) and not get_args(annotation):
        return annotation
    missing: NameError | None = None
    for names, type_parameters in _namespaces(factory, name):
        try:
            return _evaluated(annotation, names, type_parameters)
        except NameError as error:
            missing = missing or error
    reason = (
        f"the hint of '{name}' cannot be resolved: {missing}. "
        "A name that is imported under TYPE_CHECKING only is not there at run time; import it outside"
    )
    raise DefinitionError(_name(factory), str(origin_of(factory)), reason) from missing


def _evaluated(annotation: Hint, names: Mapping[str, Any], type_parameters: Iterable[Any]) -> Hint:
    def holder() -> None: ...

    holder.__annotations__ = {"hint": annotation}
    known = {parameter.__name__: parameter for parameter in type_parameters}
    return get_type_hints(holder, dict(names), known, include_extras=True)["hint"]


def _namespaces(factory: Callable[..., object], name: str) -> Iterator[tuple[Mapping[str, Any], tuple[Any, ...]]]:
    """Iterate over the global names and the type parameters that the hint of *name* may mean, the likeliest first.

    A hint means what it means where it was written: in the class that has the field or the constructor, and only then in another one.
    """
    if not isinstance(factory, type):
        yield getattr(inspect.unwrap(factory), "__globals__", {}), getattr(factory, "__type_params__", ())
        return
    fields = [base for base in factory.__mro__ if is_dataclass(base) and name in vars(base).get("__annotations__", {})]
    constructing = [base for base in factory.__mro__ if "__init__" in vars(base) or "__new__" in vars(base)]
    for base in constructing[:1] if not fields else ():
        constructor = vars(base).get("__init__", vars(base).get("__new__"))
        yield getattr(inspect.unwrap(constructor), "__globals__", {}), _type_parameters(base)
    for base in (*fields, *factory.__mro__):
        if base.__module__ in sys.modules:
            yield vars(sys.modules[base.__module__]), _type_parameters(base)


def _type_parameters(target: type) -> tuple[Any, ...]:
    own: tuple[Any, ...] = vars(target).get("__type_params__", ())
    return own


def _name(factory: Callable[..., object]) -> str:
    return str(getattr(factory, "__qualname__", factory))
