"""Reading type hints: each parameter by itself, whatever style the annotations are written in."""

import collections
import dataclasses
import importlib
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Generic, TypedDict, TypeVar

import pydantic
import pytest

from pyboot.boot import PyBootApplication, start
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.hints import Parameter, parameters, return_hint
from pyboot.boot.model.injection import Qualifier

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


GENERIC = """
from __future__ import annotations
from dataclasses import dataclass

class Store[T]: ...

class Repository[T]:
    def __init__(self, store: Store[T], backup: "list[T] | None" = None) -> None: ...

@dataclass
class Page[T]:
    items: Store[T]

class Users(Repository[int]): ...

class Between[K](Repository[K]): ...

class Below(Between[str]): ...

class Shadowing[T](Repository[bytes]): ...

@dataclass
class Titled[T](Page[int]):
    title: T

class Chapter(Titled[str]): ...
"""


def test_type_parameters_mean_what_they_mean_where_they_are_written() -> None:
    """Hints that are texts, in a base written by PEP 695: its own parameters, whatever a subclass calls its own."""
    module = type(sys)("generic_hints")
    sys.modules["generic_hints"] = module
    try:
        exec(GENERIC, module.__dict__)

        def hints(name: str) -> list[object]:
            return [parameter.hint for parameter in parameters(getattr(module, name))]

        store = module.Store
        assert [store[int], list[int] | None] == hints("Users")
        assert [store[str], list[str] | None] == hints("Below")
        assert [store[bytes], list[bytes] | None] == hints("Shadowing")
        assert [store[int], str] == hints("Chapter")
    finally:
        del sys.modules["generic_hints"]


class PassingOn(type):
    """A metaclass whose call tells nothing of the class, e.g. one that keeps a single instance."""

    def __call__(cls, *args: object, **by_name: object) -> object:
        return super().__call__(*args, **by_name)


class Telling(type):
    def __call__(cls, word: str) -> object:
        return super().__call__()


def test_a_metaclass_that_passes_everything_on_hides_no_parameter() -> None:
    """The constructor tells them, ``__init__`` or ``__new__``; a metaclass that names its own is believed."""

    class ByInit(metaclass=PassingOn):
        def __init__(self, word: str) -> None: ...

    class ByNew(metaclass=PassingOn):
        def __new__(cls, word: str) -> "ByNew":
            return super().__new__(cls)

    class Bare(metaclass=PassingOn): ...

    class Said(metaclass=Telling):
        def __init__(self) -> None: ...

    assert ["word"] == [parameter.name for parameter in parameters(ByInit)]
    assert ["word"] == [parameter.name for parameter in parameters(ByNew)]
    assert () == parameters(Bare)
    assert ["word"] == [parameter.name for parameter in parameters(Said)]


@pytest.mark.parametrize("base", [dict, list, set, int, str, tuple, Exception, KeyError, collections.deque, collections.OrderedDict])
def test_a_class_that_python_brings_is_made_without_arguments(base: type) -> None:
    """A cache may be a ``dict``; what C does not tell is not asked for."""
    assert () == parameters(type("Own", (base,), {}))


def test_a_constructor_over_such_a_class_is_read() -> None:
    """As any other."""

    class Own(dict[str, int]):
        def __init__(self, most: int) -> None: ...

    assert ["most"] == [parameter.name for parameter in parameters(Own)]


def test_a_typed_dict_is_told_with_its_place() -> None:
    """It is no class that is made."""

    class Wrong(TypedDict):
        most: int

    with pytest.raises(DefinitionError, match=r"test_hints\.py"):
        parameters(Wrong)


def test_a_label_is_no_default() -> None:
    """The parameter would get the label itself where no bean is found."""

    class Wrong:
        def __init__(self, other: object = Qualifier("a")) -> None: ...

    with pytest.raises(DefinitionError, match=r"test_hints\.py.*the default of 'other'"):
        parameters(Wrong)


def test_a_constructor_cannot_be_awaited() -> None:
    """Nobody would, and the object would be lost behind a raw TypeError."""

    class Wrong:
        async def __init__(self) -> None: ...  # type: ignore[misc]  # the mistake

    with pytest.raises(DefinitionError, match=r"test_hints\.py.*'async def'.*@PostConstruct"):
        parameters(Wrong)
