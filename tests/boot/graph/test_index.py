"""The index: who offers a key, and who is meant."""

from typing import Any, Generic, Protocol, TypeVar, runtime_checkable

from pyboot.boot.discovery.collect import collect
from pyboot.boot.graph.index import Index
from pyboot.boot.model.bean import Order, Primary
from pyboot.boot.model.injection import Qualifier
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.stereotype import Component

T = TypeVar("T")
K = TypeVar("K")


class Store(Generic[T]): ...


@Component
class IntStore(Store[int]): ...


@Component
class TextStore(Store[str]): ...


@runtime_checkable
class Greets(Protocol):
    def greet(self) -> str: ...


@Component
class Greeter:
    def greet(self) -> str:
        return "hello"


class Cache: ...


@Order(2)
@Qualifier("slow")
@Component
class DiskCache(Cache): ...


@Order(1)
@Component("memory")
class MemoryCache(Cache): ...


def names(index: Index, hint: object, qualifier: object = None) -> list[str]:
    """The names of what offers a key."""
    return [definition.name for definition in index.offering(BeanKey(hint, qualifier))]


INDEX = Index(collect([IntStore, TextStore, Greeter, DiskCache, MemoryCache]))


def test_generic_arguments_tell_beans_apart() -> None:
    """The bare class means any of them."""
    assert ["int_store"] == names(INDEX, Store[int])
    assert ["int_store", "text_store"] == names(INDEX, Store)


def test_any_as_an_argument_means_whatever_it_is() -> None:
    """At any depth; a class that says nothing of its arguments is one of them."""

    class Pair(Generic[K, T]): ...

    @Component
    class Ages(Pair[str, list[int]]): ...

    @Component
    class Names(Pair[int, str]): ...

    @Component
    class Raw(Pair): ...  # type: ignore[type-arg]  # as older code is written

    index = Index(collect([IntStore, TextStore, Ages, Names, Raw]))

    assert ["int_store", "text_store"] == names(index, Store[Any])
    assert ["ages", "names", "raw"] == names(index, Pair[Any, Any])
    assert ["ages"] == names(index, Pair[str, Any])
    assert ["ages"] == names(index, Pair[Any, list[Any]])
    assert [] == names(index, Pair[bytes, Any])


def test_a_base_class_is_offered_in_order() -> None:
    """Lower ``@Order`` first."""
    assert ["memory", "disk_cache"] == names(INDEX, Cache)


def test_a_qualifier_or_a_name_picks_one() -> None:
    """Both work."""
    assert ["disk_cache"] == names(INDEX, Cache, "slow")
    assert ["memory"] == names(INDEX, Cache, "memory")


def test_a_runtime_checkable_protocol_is_matched_by_its_methods() -> None:
    """Nobody has to inherit from it."""
    assert ["greeter"] == names(INDEX, Greets)


def test_the_primary_one_is_meant_then_the_one_named_like_the_parameter() -> None:
    """Else nothing tells them apart, and all are returned."""

    @Primary
    @Component
    class BestCache(Cache): ...

    with_primary = Index(collect([DiskCache, MemoryCache, BestCache]))

    assert ["best_cache"] == [entry.name for entry in with_primary.choose(BeanKey(Cache), "memory")]
    assert ["memory"] == [entry.name for entry in INDEX.choose(BeanKey(Cache), "memory")]
    assert 2 == len(INDEX.choose(BeanKey(Cache), "cache"))


def test_the_nearest_candidates_are_named() -> None:
    """Other arguments of the same generic class; other qualifiers; similar names."""
    assert INDEX.near(BeanKey(Store[bytes]))[0].startswith("'int_store' of type IntStore")
    assert "no such qualifier" in INDEX.near(BeanKey(Cache, "fast"))[1]

    class Greter: ...

    assert INDEX.near(BeanKey(Greter))[0].startswith("'greeter' of type Greeter")


def test_a_bean_that_asks_does_not_mean_itself_where_there_is_another() -> None:
    """So a primary wrapper gets what it wraps; alone, it is asked for in a circle."""

    @Primary
    @Component
    class Wrapper(Cache): ...

    both = Index(collect([MemoryCache, Wrapper]))
    alone = Index(collect([Wrapper]))

    assert ["memory"] == [entry.name for entry in both.choose(BeanKey(Cache), None, both.by_name["wrapper"])]
    assert ["wrapper"] == [entry.name for entry in both.choose(BeanKey(Cache), None, both.by_name["memory"])]
    assert ["wrapper"] == [entry.name for entry in alone.choose(BeanKey(Cache), None, alone.by_name["wrapper"])]
