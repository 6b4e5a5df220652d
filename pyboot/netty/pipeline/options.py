"""The options of a codec: the typed parameters of a function or a constructor as a pydantic model, and how they are told.

A model is made when options are given or listed; a codec that is named bare costs none. A report shows what was given, but no secret: what
is one by its name, as in all settings, or by its type.
"""

import inspect
import typing
from collections.abc import Callable, Mapping
from datetime import timedelta
from enum import Enum
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeAliasType, Union

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ImportString, SecretBytes, SecretStr, ValidationError, create_model
from pydantic.fields import FieldInfo

from pyboot.boot.config.bind.values import parse_duration, parse_size
from pyboot.boot.config.names import kebab, uniform
from pyboot.boot.config.secrets import MASK, is_secret, without_passwords
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.nearest import nearest
from pyboot.boot.model.origin import origin_of

_SIZES = (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024))
_BY_NAME = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
_SPREAD = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Option(NamedTuple):
    """One option: its *name* as settings write it, its *type*, its *default* in words (``None`` where it must be given), a sentence."""

    name: str
    type: str
    default: str | None
    description: str


def model_of(name: str, target: Callable[..., Any]) -> type[BaseModel]:
    """Return the model whose fields are the parameters of *target*, the function or class behind the codec *name*.

    A field is named apart from its alias, the parameter's name: a parameter may be called ``json`` or ``copy``, as methods of models are.

    Raises:
        DefinitionError: a parameter can only be given by its place, or its hint names something that is not there.
    """
    function = target.__init__ if isinstance(target, type) else target  # type: ignore[misc]  # of the class, not of an object
    try:
        hints = typing.get_type_hints(function, include_extras=True)
    except NameError as error:
        raise DefinitionError(f"@Codec({name!r})", str(origin_of(target)), f"a hint names something that is not there: {error}") from error
    fields: dict[str, Any] = {}
    for parameter in inspect.signature(target).parameters.values():
        if parameter.kind in _BY_NAME:
            default = ... if parameter.default is parameter.empty else parameter.default
            fields[f"option_{parameter.name}"] = (hints.get(parameter.name, Any), Field(default, alias=parameter.name))
        elif parameter.kind not in _SPREAD:
            reason = f"the parameter '{parameter.name}' cannot be given by its name, and an option has nothing else"
            raise DefinitionError(f"@Codec({name!r})", str(origin_of(target)), reason)
    config = ConfigDict(extra="forbid", arbitrary_types_allowed=True, hide_input_in_errors=True)
    return create_model(f"{name} options", __config__=config, **fields)


def options_of(model: type[BaseModel]) -> list[Option]:
    """Return the options that *model* describes, in their order."""
    return [_option(info.alias or name, info) for name, info in model.model_fields.items()]


def _option(name: str, info: FieldInfo) -> Option:
    default = None if info.is_required() else _spelled(info.get_default(call_default_factory=True, validated_data={}), info)
    return Option(kebab(name), _type_name(info.annotation, info.metadata), default, info.description or "")


def spelled_as_fields(model: type[BaseModel], options: Mapping[str, object]) -> dict[str, object]:
    """Return *options* under the names that *model*, and the models inside of it, take, however they were spelled.

    What they do not know stays as it is.
    """
    known = {uniform(info.alias or name): (info.alias or name, info.annotation) for name, info in model.model_fields.items()}
    spelled: dict[str, object] = {}
    for option, value in options.items():
        name, hint = known.get(uniform(str(option)), (str(option), None))
        spelled[name] = _spelled_inside(hint, value)
    return spelled


def _spelled_inside(hint: Any, value: object) -> object:
    """Return *value* with the names of the models that *hint* speaks of; the keys of a map are its own."""
    parts = _parts_of(hint)
    inner = next((each for each in parts if isinstance(each, type) and issubclass(each, BaseModel)), None)
    if inner is None or not isinstance(value, Mapping):
        return value
    if any(typing.get_origin(each) is dict for each in parts):
        return {key: _spelled_inside(inner, each) for key, each in value.items()}
    return spelled_as_fields(inner, value)


def strangers(model: type[BaseModel], options: Mapping[str, object]) -> list[str]:
    """Return a line for each of *options*, spelled as fields, that *model* has no field for, whatever it says of such itself."""
    names = [info.alias or name for name, info in model.model_fields.items()]
    if model.model_config.get("extra") == "allow":
        return []
    return [_stranger(name, value, list(map(kebab, names))) for name, value in options.items() if name not in names]


def _stranger(name: str, value: object, names: list[str]) -> str:
    near = nearest(kebab(name), names)
    return f"{name}: there is no such option{f'; did you mean {near[0]!r}?' if near else ''} (given: {shown(value, name)})"


def shown(value: object, *place: str | int) -> str:
    """Return *value*, given at *place*, as a report may show it."""
    if is_secret(place):
        return MASK
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {shown(entry, *place, str(key))}' for key, entry in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(shown(entry, *place) for entry in value)}]"
    return without_passwords(repr(value))


def refusals(error: ValidationError, model: type[BaseModel] | None = None) -> list[str]:
    """Return a line for each option of *model* whose value was refused: its name, what was given and why that cannot be."""
    found = (entry for entry in error.errors(include_url=False) if entry["type"] != "extra_forbidden" or len(entry["loc"]) > 1)
    return [_refusal(entry, is_hidden=model is not None and _is_typed_secret(model, entry["loc"])) for entry in found]


def _is_typed_secret(model: type[BaseModel], place: tuple[str | int, ...]) -> bool:
    """Tell whether the option at *place* is a secret by its type."""
    hint = next((info.annotation for name, info in model.model_fields.items() if place and place[0] in (name, info.alias)), None)
    below = [each for each in _parts_of(hint) if isinstance(each, type)]
    if any(issubclass(each, SecretStr | SecretBytes) for each in below):
        return True
    return any(issubclass(each, BaseModel) and _is_typed_secret(each, place[1:]) for each in below)


def _parts_of(hint: Any) -> list[Any]:
    if isinstance(hint, TypeAliasType):
        return _parts_of(hint.__value__)
    return [hint, *(part for entry in typing.get_args(hint) for part in _parts_of(entry))]


def _refusal(entry: Any, *, is_hidden: bool) -> str:
    place = ".".join(kebab(part) if isinstance(part, str) else str(part) for part in entry["loc"]) or "options"
    if entry["type"] == "missing":
        return f"{place}: it must be given"
    if is_hidden:
        return f"{place}: a secret of the wrong form (given: {MASK})"
    reason = entry["msg"].removeprefix("Value error, ")
    if entry["type"] == "import_error":
        reason = f"{reason.removeprefix('Invalid python path: ')}; write module:Class, or in code the class itself"
    return f"{place}: {reason} (given: {shown(entry['input'], *entry['loc'])})"


def _spelled(value: object, info: FieldInfo) -> str:
    """Return *value* as settings write it."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, timedelta):
        return f"{value.total_seconds():g}s"
    if isinstance(value, int) and _holds(info.annotation, info.metadata, parse_size):
        unit, factor = next(((unit, factor) for unit, factor in _SIZES if value and value % factor == 0), ("", 1))
        return f"{value // factor}{unit}"
    if isinstance(value, Enum):
        return str(value.value)
    return repr(value) if value == "" or (isinstance(value, str) and not value.isprintable()) else str(value)


def _holds(hint: Any, metadata: list[Any], parser: Callable[[object], object]) -> bool:
    """Tell whether *hint*, or what is annotated to it, is read by *parser*."""
    if any(isinstance(entry, BeforeValidator) and entry.func is parser for entry in metadata):
        return True
    if isinstance(hint, TypeAliasType):
        return _holds(hint.__value__, [], parser)
    if typing.get_origin(hint) is Annotated:
        return _holds(hint.__origin__, list(hint.__metadata__), parser)
    return any(_holds(entry, [], parser) for entry in typing.get_args(hint)) if typing.get_origin(hint) in (Union, UnionType) else False


def _type_name(hint: Any, metadata: list[Any]) -> str:
    """Return what may be written, in a word or two."""
    if _holds(hint, metadata, parse_size):
        return "size"
    if _holds(hint, metadata, parse_duration):
        return "duration"
    if any(type(entry) is ImportString for entry in metadata):
        return "module:Class"
    if isinstance(hint, TypeAliasType):
        return _type_name(hint.__value__, [])
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _type_name(arguments[0], list(arguments[1:]))
    if origin is Literal:
        return " | ".join(str(value) for value in arguments)
    if origin in (Union, UnionType):
        return " | ".join(dict.fromkeys(_type_name(entry, []) for entry in arguments if entry is not type(None)))
    if origin in (list, tuple, set, frozenset) and arguments:
        return f"list of {_type_name(arguments[0], [])}"
    return {int: "number", float: "number", bool: "true | false", str: "text", Any: "any"}.get(hint, getattr(hint, "__name__", str(hint)))
