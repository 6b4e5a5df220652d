"""Shapes: tells what a type hint expects of the settings below it, which is named fields, a map, a list, or one value."""

import dataclasses
import types
from collections import Counter
from collections.abc import Collection, Mapping
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, NamedTuple, Union, get_args, get_type_hints

from pydantic import AliasChoices, BaseModel, Secret, SecretBytes, SecretStr
from pydantic.fields import FieldInfo

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.generic import Hint, bare, get_origin
from pyboot.boot.model.origin import origin_of

from .names import uniform

_NO_WORDS: Mapping[str, object] = types.MappingProxyType({})
_NO_SPELLINGS: Mapping[str, str] = types.MappingProxyType({})


class Field(NamedTuple):
    """One named field: the key that the validator wants, its spelling in documents, its hint, and why it should not be used."""

    key: str
    name: str
    hint: Hint
    deprecation: str | None = None


class Shape(NamedTuple):
    """The form that a type hint expects: ``fields`` by uniform name for a model, ``entry`` for a map's values, ``item`` for a list's
    items.

    ``is_optional`` tells that an empty text means ``None``, ``is_switch`` that the value is on or off; ``words`` are the values of a
    ``Literal`` or an ``Enum`` that are no texts, by how they are written; ``spellings`` are those that are, by uniform name:
    ``WHEN_AUTHORIZED`` is ``when-authorized``.
    """

    fields: Mapping[str, Field] | None = None
    entry: Hint = None
    item: Hint = None
    is_open: bool = False
    is_secret: bool = False
    is_native: bool = False
    is_optional: bool = False
    is_switch: bool = False
    words: Mapping[str, object] = _NO_WORDS
    spellings: Mapping[str, str] = _NO_SPELLINGS

    def word(self, text: str) -> object:
        """Return the value of a ``Literal`` or an ``Enum`` that *text* is a spelling of; what is none, as it is."""
        return self.words.get(text.lower(), self.spellings.get(uniform(text), text))

    @property
    def is_structure(self) -> bool:
        """Tell whether only names below it make it up, so that a text in its place means nothing."""
        return (self.fields is not None or self.entry is not None) and not self.is_native


def shape_of(hint: Hint) -> Shape:
    """Return the shape of *hint*; of a union, the shapes of its members together."""
    try:
        return _cached(hint)
    except TypeError:  # unhashable metadata in Annotated
        return _shape_of(hint)


def _shape_of(hint: Hint) -> Shape:
    hint = bare(hint)
    if get_origin(hint) in (Union, types.UnionType):
        members = [member for member in get_args(hint) if member is not type(None)]
        is_optional = len(members) < len(get_args(hint)) and str not in members
        united = _union([_shape_of(member) for member in members], is_optional=is_optional)
        return united._replace(spellings=_NO_SPELLINGS) if str in members else united  # any text is one of its own there
    origin = get_origin(hint) or hint
    if hint is Any or hint is object:
        return Shape(entry=Any, item=Any, is_open=True, is_native=True)
    if origin is Literal:
        return _choice({word: word for word in get_args(hint) if word is not None})
    if not isinstance(origin, type):
        return Shape()
    if issubclass(origin, BaseModel):
        return _shape_of(origin.model_fields["root"].annotation) if origin.__pydantic_root_model__ else _model(origin)
    if dataclasses.is_dataclass(origin):
        return _dataclass(origin)
    if issubclass(origin, Mapping):
        return Shape(entry=(*get_args(hint), Any, Any)[1], is_open=True)
    if issubclass(origin, Collection) and not issubclass(origin, str | bytes | bytearray):
        return Shape(item=(*get_args(hint), Any)[0])
    if issubclass(origin, Enum):
        return _choice({member.value: member for member in origin})
    return Shape(is_secret=issubclass(origin, SecretStr | SecretBytes | Secret), is_switch=origin is bool)


_cached = lru_cache(maxsize=1024)(_shape_of)


def _union(members: list[Shape], *, is_optional: bool) -> Shape:
    """Return the shape of several members together: the first that has fields, entries or items decides, and texts stay native."""
    fields: dict[str, Field] = {}
    for member in reversed(members):
        fields.update(member.fields or {})
    return Shape(
        fields=fields or None,
        entry=next((member.entry for member in members if member.entry is not None), None),
        item=next((member.item for member in members if member.item is not None), None),
        is_open=any(member.is_open for member in members),
        is_secret=any(member.is_secret for member in members),
        is_native=len(members) > 1,
        is_optional=is_optional,
        is_switch=len(members) == 1 and members[0].is_switch,
        words={text: word for member in reversed(members) for text, word in member.words.items()},
        spellings={name: text for member in reversed(members) for name, text in member.spellings.items()},
    )


def _choice(values: Mapping[Any, object]) -> Shape:
    """Return the shape of one of *values*, each with what it stands for; texts that differ by case or dashes alone are told apart."""
    texts = [value for value in values if isinstance(value, str)]
    counts = Counter(map(uniform, texts))
    return Shape(
        words={str(value).lower(): word for value, word in values.items() if not isinstance(value, str)},
        spellings={uniform(text): text for text in texts if counts[uniform(text)] == 1},
    )


def _model(model: type[BaseModel]) -> Shape:
    fields: dict[str, Field] = {}
    for name, info in model.model_fields.items():
        spellings = _spellings(name, info)
        message = getattr(info.deprecated, "message", info.deprecated)
        deprecation = str(message) if isinstance(message, str) else "it is deprecated" if message else None
        field = Field(spellings[0], name, info.annotation, deprecation)
        for spelling in (*spellings, name):
            fields.setdefault(uniform(spelling), field)
    return Shape(fields=fields, is_open=model.model_config.get("extra") in ("allow", "ignore"))


def _spellings(name: str, info: FieldInfo) -> tuple[str, ...]:
    alias = info.validation_alias
    if isinstance(alias, str):
        return (alias,)
    if isinstance(alias, AliasChoices):
        return tuple(choice for choice in alias.choices if isinstance(choice, str)) or (name,)
    return (name,)


def _dataclass(target: type) -> Shape:
    try:
        hints = get_type_hints(target, include_extras=True)
    except NameError as error:
        raise DefinitionError(target.__qualname__, str(origin_of(target)), f"the hint of a field cannot be resolved: {error}") from error
    names = [field.name for field in dataclasses.fields(target) if field.init]
    return Shape(fields={uniform(name): Field(name, name, hints[name]) for name in names})
