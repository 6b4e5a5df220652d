"""Parameters as options: their models, and how they are told."""

from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ImportString, ValidationError

from pyboot.boot import DataSize, Duration
from pyboot.boot.errors import DefinitionError
from pyboot.netty.pipeline.options import Option, model_of, options_of, refusals, spelled_as_fields, strangers


class Mode(Enum):
    """Words."""

    FAST = "fast"


type Sized = Annotated[DataSize, Field(ge=1)]


def everything(
    needed: int,
    max_size: Annotated[Sized, Field(description="How much.")] = 64 * 1024,
    after: Duration = timedelta(minutes=1),
    mode: Mode = Mode.FAST,
    word: Literal["a", "b"] = "a",
    names: list[str] | None = None,
    flag: bool = True,
    cls: ImportString[object] | None = None,
    file: Path = Path("x"),
    copy: Any = None,
    end: str = "\n",
    *,
    json: float = 0.5,
) -> None: ...


def test_each_parameter_is_an_option_with_its_default_as_settings_write_it() -> None:
    """Names in kebab-case, sizes and times with their units; names that models use for themselves will do."""
    expected = [
        Option("needed", "number", None, ""),
        Option("max-size", "size", "64KiB", "How much."),
        Option("after", "duration", "60s", ""),
        Option("mode", "Mode", "fast", ""),
        Option("word", "a | b", "a", ""),
        Option("names", "list of text", "none", ""),
        Option("flag", "true | false", "true", ""),
        Option("cls", "module:Class", "none", ""),
        Option("file", "Path", "x", ""),
        Option("copy", "any", "none", ""),
        Option("end", "text", "'\\n'", ""),
        Option("json", "number", "0.5", ""),
    ]

    assert expected == options_of(model_of("everything", everything))


@pytest.mark.parametrize("name", ["max-size", "max_size", "maxSize", "MAX_SIZE"])
def test_options_may_be_spelled_as_settings_are(name: str) -> None:
    """Kebab-case, snake_case and camelCase."""
    model = model_of("everything", everything)

    assert {"max_size": "1KiB"} == spelled_as_fields(model, {name: "1KiB"})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, ["needed: it must be given"]),
        ({"needed": 1, "max_size": "big"}, ["max-size: 'big' is not a size; allowed are forms like 512, 64KiB, 8MB, 1GiB (given: 'big')"]),
        ({"needed": 1, "flga": 1}, ["flga: there is no such option; did you mean 'flag'? (given: 1)"]),
        ({"needed": 1, "zzz": 1}, ["zzz: there is no such option (given: 1)"]),
    ],
)
def test_each_refusal_names_the_option_and_what_was_given(options: dict[str, object], expected: list[str]) -> None:
    """And the nearest name, where there is one."""
    model = model_of("everything", everything)

    with pytest.raises(ValidationError) as refused:
        model.model_validate(options)

    assert expected == [*strangers(model, options), *refusals(refused.value)]


def test_a_class_that_cannot_be_imported_is_told_how_it_is_written() -> None:
    """`type: Request` names no module."""

    def typed(kind: ImportString[Any]) -> None: ...

    with pytest.raises(ValidationError) as refused:
        model_of("typed", typed)(kind="Request")

    (line,) = refusals(refused.value)
    assert "kind: No module named 'Request'; write module:Class, or in code the class itself (given: 'Request')" == line


def test_a_parameter_that_has_no_name_is_refused() -> None:
    """Options are names with values."""

    def by_place(size: int, /) -> None: ...

    with pytest.raises(DefinitionError, match="'size' cannot be given by its name"):
        model_of("by-place", by_place)


def test_a_hint_that_leads_nowhere_is_refused() -> None:
    """With the place of the codec."""

    def lost(size: "NoSuchType") -> None: ...  # type: ignore[name-defined]  # noqa: F821  # that is the case

    with pytest.raises(DefinitionError, match="NoSuchType") as refused:
        model_of("lost", lost)

    assert "test_options.py" in str(refused.value)


def test_what_takes_the_rest_is_no_option() -> None:
    """`*args` and `**options` of a constructor."""

    def open_ended(*args: Any, size: int = 1, **options: Any) -> None: ...

    assert ["size"] == [option.name for option in options_of(model_of("open", open_ended))]
