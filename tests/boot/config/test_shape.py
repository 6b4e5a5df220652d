"""Shapes: what a hint expects of the settings below it."""

from dataclasses import dataclass
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr

from pyboot.boot.config.shape import shape_of
from pyboot.boot.errors import DefinitionError


class Model(BaseModel):
    max_size: int = 1
    kind: Annotated[str, Field(alias="type")] = ""


class Open(BaseModel):
    model_config = ConfigDict(extra="ignore")


def test_a_model_has_fields_by_uniform_name() -> None:
    """An alias is the key; the field's name finds it as well."""
    fields = shape_of(Model).fields

    assert fields is not None
    assert {"maxsize": "max_size", "type": "type", "kind": "type"} == {name: field.key for name, field in fields.items()}


def test_maps_have_entries_and_lists_have_items() -> None:
    """Optional and annotated ones too."""
    assert int is shape_of(dict[str, int]).entry
    assert int is shape_of(Annotated[list[int] | None, "x"]).item


def test_a_text_is_one_value() -> None:
    """Although it is a collection of characters."""
    assert shape_of(str).item is None


def test_a_union_takes_the_structure_of_its_members() -> None:
    """``bool | Model`` can be written either way."""
    shape = shape_of(bool | Model)

    assert shape.fields is not None
    assert shape.is_native


def test_what_is_open_or_secret_is_known() -> None:
    """By the model's configuration, by the type."""
    assert shape_of(Open).is_open
    assert not shape_of(Model).is_open
    assert shape_of(Any).is_open
    assert shape_of(SecretStr).is_secret


@dataclass
class Stale:
    gone: "Nowhere"  # type: ignore[name-defined]  # noqa: F821  that it is not there is the point


def test_a_hint_that_leads_nowhere_is_told_with_its_class() -> None:
    """Not as a bare NameError from somewhere inside."""
    with pytest.raises(DefinitionError, match=r"Stale.*test_shape\.py.*Nowhere"):
        shape_of(Stale)
