"""Reading type hints: each parameter by itself, whatever style the annotations are written in."""

import dataclasses
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypeVar

import pydantic
import pytest

from pyboot.boot import PyBootApplication, start
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.hints import Parameter, parameters, return_hint

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")


class Needed: ...


class Plain:
    def __init__(self, needed: Needed, size: int = 3, *, flag: "Needed | None" = None) -> None: ...


def test_a_constructor_is_read_parameter_by_parameter() -> None:
    """Defaults and keyword-only parameters are told apart, texts are resolved."""
    expected = (Parameter("needed", Needed), Parameter("size", int, True), Parameter("flag", Needed | None, True, True))

    assert expected == parameters(Plain)


def test_a_class_without_constructor_wants_nothing() -> None:
    """``object`` takes no arguments."""
    assert () == parameters(Needed)


def test_dataclasses_and_models_are_read_through_their_constructor() -> None:
    """Both tell their fields as parameters."""

    @dataclasses.dataclass
    class Data:
        needed: Needed
        made: int = dataclasses.field(default=0, init=False)

    class Model(pydantic.BaseModel):
        size: int

    assert (Parameter("needed", Needed),) == parameters(Data)
    assert (Parameter("size", int, False, True),) == parameters(Model)


def test_a_generic_base_is_read_with_its_bound_parameter() -> None:
    """The constructor that a subclass inherits wants what the subclass has bound."""

    class Store(Generic[T]):
        def __init__(self, codec: list[T]) -> None: ...

    class NeededStore(Store[Needed]): ...

    assert (Parameter("codec", list[Needed]),) == parameters(NeededStore)


def test_a_name_that_is_there_for_checkers_only_is_reported_with_its_parameter() -> None:
    """The message names the parameter, the name, and TYPE_CHECKING."""

    class Careless:
        def __init__(self, amount: "Decimal") -> None: ...

    with pytest.raises(DefinitionError, match=r"hint of 'amount'.*'Decimal'.*TYPE_CHECKING"):
        parameters(Careless)


def test_a_parameter_without_hint_and_default_is_refused() -> None:
    """There is nothing to inject by."""

    def factory(thing):  # type: ignore[no-untyped-def]  # the missing hint is the point
        ...

    with pytest.raises(DefinitionError, match="parameter 'thing' has no type hint"):
        parameters(factory)


def test_what_a_generator_yields_is_its_bean() -> None:
    """Both kinds of generators promise the type they yield."""

    def opened() -> Iterator[Needed]:
        yield Needed()

    async def aopened() -> AsyncIterator["Needed"]:
        yield Needed()

    assert Needed is return_hint(opened)
    assert Needed is return_hint(aopened)


def test_a_factory_must_say_what_it_returns() -> None:
    """Without a return type a bean cannot be found."""

    def factory():  # type: ignore[no-untyped-def]  # the missing hint is the point
        ...

    with pytest.raises(DefinitionError, match="must say what it returns"):
        return_hint(factory)


FUTURE = """
from __future__ import annotations
import dataclasses
import importlib
import sys
from collections.abc import Iterator
from typing import Annotated, TYPE_CHECKING
from pyboot.boot import Bean, Component, Configuration, Provider, Qualifier
if TYPE_CHECKING:
    from nowhere_at_all import Unused

@Component
class Cache: ...

@Component
class User:
    def __init__(self, cache: Annotated[Cache, Qualifier("cache")], later: Provider[Cache], all_of_them: list[Cache]) -> None:
        self.cache = cache

    def method(self, unused: Unused) -> Unused: ...

@Component
@dataclasses.dataclass
class Data:
    user: User

@Configuration
class Setup:
    @Bean
    def made(self, data: Data) -> Iterator[Made]:
        yield Made()

class Made: ...
"""


async def test_the_other_annotation_style_works_throughout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every hint is a text; names for checkers only do no harm where they are not needed."""
    (tmp_path / "demo_future_style.py").write_text(FUTURE)
    monkeypatch.syspath_prepend(str(tmp_path))

    @PyBootApplication(scan=("demo_future_style",))
    class App: ...

    async with start(App) as context:
        module = sys.modules.pop("demo_future_style")
        assert context.get(module.Cache) is context.get(module.Data).user.cache
        assert isinstance(context.get(module.Made), module.Made)


DEFERRED = """
from pyboot.boot import *

@Service
class Early:
    def __init__(self, late: Late, others: list[Late], absent: Absent | None) -> None:
        self.late, self.others, self.absent = late, others, absent

@Configuration
class Setup:
    @Bean
    def late(self) -> Late:
        return Late()

    @EventListener
    def hear(self, event: Happened) -> None: ...

class Late: ...
class Absent: ...
class Happened: ...

@PyBootApplication
class App: ...
"""


@pytest.mark.skipif(sys.version_info < (3, 14), reason="until Python 3.14 a name has to be there before a hint mentions it")
async def test_hints_may_name_what_comes_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """PEP 649: without quotes and without an import from the future."""
    (tmp_path / "deferred_hints.py").write_text(DEFERRED)
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("deferred_hints")

    async with start(module.App) as context:
        early = context.get(module.Early)

    assert [early.late] == early.others
    assert early.absent is None
