"""Binding: typed classes from settings, and reports that lead to the origin."""

import dataclasses
from enum import Enum
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from pydantic_settings import BaseSettings

from pyboot.boot.config.binder import Binder
from pyboot.boot.config.tree import Node, grow, overlay
from pyboot.boot.errors import BindError
from pyboot.boot.model.origin import Origin

HERE = Origin("application.yaml", 3)


def bound[T](model: type[T], value: object, settings: dict[str, str] | None = None) -> T:
    """*value* bound to *model*; placeholders come from *settings*."""
    tree: Node = grow(value, HERE)
    result: T = Binder(("app",), lambda text: (settings or {}).get(text, text)).bind(tree, model)
    return result


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Inner(BaseModel):
    max_size: int = 1
    names: list[str] = []


class Model(BaseModel):
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    level: Level = Level.LOW
    anything: object = None
    home: Path = Path()


def test_nested_models_maps_lists_and_enums_are_filled() -> None:
    """Names may be spelled in any relaxed way."""
    made = bound(
        Model, {"inner": {"max-size": "5", "names": ["a", "b"]}, "byName": {"x-y": {"maxSize": 7}}, "level": "high", "home": "/tmp"}
    )

    assert Model(inner=Inner(max_size=5, names=["a", "b"]), by_name={"x-y": Inner(max_size=7)}, level=Level.HIGH, home=Path("/tmp")) == made


def test_a_comma_separates_the_items_of_a_list() -> None:
    """As environment variables and the command line write them."""
    assert ["a", "b"] == bound(Inner, {"names": "a, b"}).names
    assert [] == bound(Inner, {"names": ""}).names


def test_a_field_of_any_type_gets_what_the_file_says() -> None:
    """Numbers stay numbers, structures stay structures."""
    assert [{"line": {"max-length": 8}}, "string"] == bound(Model, {"anything": [{"line": {"max-length": 8}}, "string"]}).anything


def test_dataclasses_are_filled_too() -> None:
    """With nested classes and defaults."""

    @dataclasses.dataclass
    class Data:
        inner: Inner
        count: int = 2

    assert Data(Inner(max_size=3), 2) == bound(Data, {"inner": {"max_size": 3}})


def test_a_settings_class_does_not_read_the_process_environment_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's sources are the only ones."""
    monkeypatch.setenv("PORT", "77")

    class Settings(BaseSettings):
        port: int = 1

    assert 1 == bound(Settings, {}).port
    assert 2 == bound(Settings, {"port": "2"}).port


def test_aliases_are_names_too() -> None:
    """The field's own name works beside them."""

    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        kind: str = Field(default="", alias="type")

    assert "x" == bound(Aliased, {"type": "x"}).kind
    assert "x" == bound(Aliased, {"kind": "x"}).kind


def test_every_refused_value_is_reported_with_its_origin() -> None:
    """All of them, not the first alone."""
    with pytest.raises(BindError) as raised:
        bound(Model, {"inner": {"max-size": "many"}, "level": "middle"})

    expected = [("app.inner.max-size", "many", "application.yaml:3"), ("app.level", "middle", "application.yaml:3")]
    assert expected == [(problem.key, problem.value, problem.origin) for problem in raised.value.problems]


def test_an_unknown_name_is_reported_with_the_nearest_one() -> None:
    """A typing error does not pass silently."""
    with pytest.raises(BindError) as raised:
        bound(Model, {"inner": {"max-sise": "1"}})

    assert [("app.inner.max-sise", "app.inner.max-size")] == [(problem.key, problem.near) for problem in raised.value.problems]


def test_a_class_that_says_so_takes_unknown_names() -> None:
    """``extra`` given explicitly is the user's word."""

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert {"a": 1} == bound(Open, {"a": 1}).model_extra


def test_a_missing_value_is_reported_under_its_full_name() -> None:
    """There is no origin, since nobody wrote it."""

    class Needs(BaseModel):
        some_host: str

    with pytest.raises(BindError) as raised:
        bound(Needs, {})

    assert [("app.some-host", None, None)] == [(problem.key, problem.value, problem.origin) for problem in raised.value.problems]


def test_a_secret_is_masked_in_the_report() -> None:
    """Whoever reads the log does not read the password."""

    class Login(BaseModel):
        password: int = 0

    with pytest.raises(BindError) as raised:
        bound(Login, {"password": "hunter2"})

    assert "******" == raised.value.problems[0].value
    assert "hunter2" not in str(raised.value)


def test_a_secret_type_is_masked_whatever_its_name() -> None:
    """``SecretStr`` says it with the type."""

    class Login(BaseModel):
        pin: SecretStr = Field(default=SecretStr(""), max_length=3)

    with pytest.raises(BindError) as raised:
        bound(Login, {"pin": "hunter2"})

    assert "hunter2" not in str(raised.value)


def test_texts_of_a_union_keep_the_files_own_type() -> None:
    """``int | str`` gets an int where the file has one."""

    class Either(BaseModel):
        value: int | str = 0
        sure: dict[str, Any] = {}

    assert 5 == bound(Either, {"value": 5}).value
    assert "x" == bound(Either, {"value": "x"}).value
    assert {"n": 1} == bound(Either, {"sure": {"n": 1}}).sure


def test_a_switch_laid_over_details_wins() -> None:
    """``tls: false`` on the command line turns off what a file describes."""

    class Server(BaseModel):
        tls: bool | Inner = False

    below, off = grow({"tls": {"max-size": 5}}, HERE), grow({"tls": False}, HERE)

    assert Server(tls=False) == Binder(("app",), str).bind(overlay(below, off), Server)
    assert Server(tls=Inner(max_size=5)) == Binder(("app",), str).bind(overlay(off, below), Server)


def test_a_deprecated_setting_is_warned_about_with_its_origin(caplog: pytest.LogCaptureFixture) -> None:
    """The message names what to use instead, as the field says it."""

    class Old(BaseModel):
        size: int = Field(default=1, deprecated="use max-size")

    bound(Old, {"size": 2})

    assert ["the setting app.size (application.yaml:3) is deprecated: use max-size"] == caplog.messages
