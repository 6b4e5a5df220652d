"""The labelled methods of a class: found with those of its bases, and refused where a label would do nothing.

The table below pairs every label with every other on every kind of place, and holds each pair to one of two answers.
"""

import dataclasses
import functools
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from pyboot.boot.discovery.collect import collect
from pyboot.boot.discovery.condition import ConditionalOnProperty, Profile
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Bean, DependsOn, Order, PostConstruct, PreDestroy, Primary
from pyboot.boot.model.injection import Lazy, Qualifier
from pyboot.boot.model.interception import Interceptor
from pyboot.boot.model.label import Label, labels
from pyboot.boot.model.method import labelled_members, labelled_methods, own_labelled_members, required, takes_argument
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import Component, Configuration, ConfigurationProperties, Import, Service
from pyboot.boot.model.task import Async, CalledLabel, EventListener, EventListenerLabel, Scheduled


class Traced(Interceptor):
    def wrap(self, method: Callable[..., Any]) -> Callable[..., Any]:
        return method


class Heard(CalledLabel):
    """A label of somebody else's, of methods that somebody calls."""

    arguments = 2
    called_with = "with this and that"
    takes_all = True


class Own(Label):
    """A label of somebody else's."""


ON_CLASSES: dict[str, Any] = {
    "Component": Component,
    "Service": Service("x"),
    "Configuration": Configuration,
    "ConfigurationProperties": ConfigurationProperties("x"),
    "Import": Import(),
}
ON_BEANS: dict[str, Any] = {
    "Primary": Primary,
    "Order": Order(1),
    "DependsOn": DependsOn("x"),
    "Lazy": Lazy,
    "Qualifier": Qualifier("x"),
    "Scope": Scope("prototype"),
    "Profile": Profile("x"),
    "ConditionalOnProperty": ConditionalOnProperty("x"),
}
ON_METHODS: dict[str, Any] = {
    "PostConstruct": PostConstruct,
    "PreDestroy": PreDestroy,
    "EventListener": EventListener(int),
    "Scheduled": Scheduled(every="1s"),
    "Async": Async,
    "Traced": Traced(),
}
ANYWHERE: dict[str, Any] = {"Own": Own()}
ALL = {**ON_CLASSES, **ON_BEANS, **ON_METHODS, **ANYWHERE, "Bean": Bean}


def answer(first: str, second: str, place: str) -> bool:
    """Whether labels of the names *first* and *second* can stand together at *place*: the law, written a second time."""
    both = {first, second}
    if place == "class":
        return both <= {*ON_CLASSES, *ON_BEANS, *ANYWHERE} and both != {"ConfigurationProperties", "Scope"}
    if place == "bean method":
        return both <= {*ON_BEANS, *ANYWHERE, "Bean"}
    if "Bean" in both:
        return both <= {*ON_BEANS, *ANYWHERE, "Bean"}
    if "Async" in both and both & {"PostConstruct", "PreDestroy"}:
        return False
    return both <= {*ON_METHODS, *ANYWHERE} or both == {"Order", "EventListener"}


def is_taken(first: str, second: str, place: str) -> bool:
    """Whether the container takes labels of the names *first* and *second* at *place*."""
    try:
        if place == "class":
            collect([Import(ALL[first](ALL[second](dataclasses.dataclass(type("Labelled", (), {})))))(Component(type("Holding", (), {})))])
            return True

        def method(self: object) -> int:
            return 1

        marked = ALL[first](ALL[second](method))
        if place == "bean method" and "Bean" not in (first, second):
            marked = Bean(marked)
        collect([Component(type("Holding", (), {"method": marked}))])
    except DefinitionError:
        return False
    return True


@pytest.mark.parametrize("place", ["class", "method", "bean method"])
def test_a_label_means_the_same_beside_every_other_or_is_refused(place: str) -> None:
    """Label by label by place: each cell works or is refused when the definitions are read."""
    wrong = [
        (first, second, place, is_taken(first, second, place))
        for first in ALL
        for second in ALL
        if is_taken(first, second, place) is not answer(first, second, place)
    ]

    assert [] == wrong


def test_methods_of_bases_come_first_and_an_overriding_one_counts_by_its_own_labels() -> None:
    """As for classes: labels are not inherited with a name."""

    class Base:
        @EventListener
        def kept(self, event: int) -> None: ...

        @EventListener
        def dropped(self, event: int) -> None: ...

    class Sub(Base):
        def dropped(self, event: int) -> None: ...

        @EventListener
        def own(self, event: int) -> None: ...

    assert ("kept", "own") == labelled_methods(Sub, EventListenerLabel)
    assert ["own"] == [name for name, _ in own_labelled_members(Sub)]


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "staticmethod": staticmethod,
    "classmethod": classmethod,
    "property": property,
    "cached_property": functools.cached_property,
    "functools.cache": functools.cache,
    "lru_cache": functools.lru_cache(maxsize=3),
    "partialmethod": functools.partialmethod,
    "singledispatchmethod": functools.singledispatchmethod,
}


@pytest.mark.parametrize("entry", [*ON_METHODS.values(), Bean], ids=[*ON_METHODS, "Bean"])
@pytest.mark.parametrize("wrapper", WRAPPERS.values(), ids=WRAPPERS)
@pytest.mark.parametrize("is_outside", [True, False], ids=["label outside", "label inside"])
def test_a_label_on_what_is_no_plain_method_is_refused(entry: Any, wrapper: Callable[[Any], Any], is_outside: bool) -> None:
    """Nobody would find it there, or call it with its bean."""

    def method(self: object) -> int:
        return 1

    with pytest.raises(DefinitionError, match=r"labels stand on") as caught:  # noqa: PT012  the label or the class may refuse
        member = entry(wrapper(method)) if is_outside else wrapper(entry(method))
        collect([Component(type("Holding", (), {"method": member}))])

    assert __file__.rpartition("/")[2] in caught.value.location


def test_a_method_that_another_decorator_has_wrapped_stays_labelled() -> None:
    """The usual decorators make functions, and copy the labels."""

    def logged(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def inner(*args: Any) -> Any:
            return function(*args)

        return inner

    class Listening:
        @logged
        @EventListener
        def on(self, event: int) -> None: ...

    assert ("on",) == labelled_methods(Listening, EventListenerLabel)


def plain(self: object, word: str) -> None: ...


def generating(self: object) -> Iterator[int]:
    yield 1


async def agenerating(self: object) -> AsyncIterator[int]:
    yield 1


def two(self: object, first: int, second: int) -> None: ...


@pytest.mark.parametrize(
    ("entry", "function", "reason"),
    [
        (PostConstruct, plain, "it is called without arguments, and wants 'word'"),
        (PreDestroy, plain, "it is called without arguments, and wants 'word'"),
        (Scheduled(every="1s"), plain, "it is called without arguments, and wants 'word'"),
        (EventListener(int), two, "it is called with the event alone, and wants 'first', 'second'"),
        *((entry, generating, "it is a generator function") for name, entry in ON_METHODS.items() if name != "Traced"),
        *((entry, agenerating, "it is a generator function") for name, entry in ON_METHODS.items() if name != "Traced"),
    ],
)
def test_a_method_that_would_be_called_in_vain_is_refused(entry: Any, function: Callable[..., Any], reason: str) -> None:
    """It would raise at each call, or run nothing at all."""
    own = entry(type(function)(function.__code__, globals(), function.__name__))  # a copy: the labels of one case stay with it

    with pytest.raises(DefinitionError, match=reason):
        labelled_methods(type("Holding", (), {"method": own}), Label)


def test_an_interceptor_may_give_what_is_called_another_form() -> None:
    """What its ``wrap`` returns is called, so the method itself may want more."""

    class Filled:
        @Scheduled(every="1s")
        @Traced()
        def run(self, word: str) -> None: ...

    assert ("run",) == labelled_methods(Filled, Scheduled)


def test_a_label_that_has_swallowed_its_method_is_refused() -> None:
    """An interceptor of one's own that wants arguments, written without them."""

    class Retryable(Interceptor):
        def __init__(self, times: object) -> None:
            self.times = times

        def wrap(self, method: Callable[..., Any]) -> Callable[..., Any]:
            return method

    class Sending:
        @Retryable
        def send(self) -> None: ...

    with pytest.raises(DefinitionError, match="it needs its parentheses"):
        labelled_methods(Sending, Interceptor)


def test_a_schedule_without_a_time_is_refused_where_it_stands() -> None:
    """Written bare, there is nothing to schedule by."""
    with pytest.raises(DefinitionError, match='write @Scheduled\\(every="5s"\\)') as caught:
        Scheduled(plain)  # type: ignore[arg-type]  # wrong on purpose

    assert "test_method.py" in caught.value.location


def test_parameters_are_counted_without_the_object() -> None:
    """What a caller has to give, and whether it may give one thing."""

    def listening(self: object, event: int = 0) -> None: ...

    assert ("word",) == required(plain)
    assert () == required(listening)
    assert takes_argument(listening)
    assert not takes_argument(generating)


def test_labels_of_others_may_stand_everywhere() -> None:
    """Who brings a label judges it."""

    @Own()
    class Marked:
        @Own()
        def method(self) -> None: ...

    assert ("method",) == labelled_methods(Marked, Own)
    assert 1 == len(labels(Marked, Own))


class Callee:
    def __call__(self, event: int) -> None: ...


def test_an_object_that_becomes_no_method_is_refused() -> None:
    """Python hands it no bean when it is called."""

    class Wrong:
        heard = EventListener(Callee())

    with pytest.raises(DefinitionError, match="does not make a method of"):
        labelled_members(Wrong)


@pytest.mark.parametrize("mark", [Async, PostConstruct, PreDestroy, EventListener, Scheduled(every="1s")])
def test_a_special_method_is_refused(mark: Any) -> None:
    """Python looks it up in the class and calls it by itself: ``@Async`` on ``__call__`` would do nothing."""

    class Wrong:
        @mark
        def __call__(self) -> None: ...

    with pytest.raises(DefinitionError, match=r"__call__.*special method"):
        labelled_members(Wrong)


@pytest.mark.parametrize(("method", "reason"), [
    (lambda self: None, "it is called with this and that, which it does not take"),
    (lambda self, one: None, "it is called with this and that, which it does not take"),
    (lambda self, *, one, two: None, "it is called with this and that, which it does not take"),
    (lambda self, one, two, three: None, "it is called with this and that, and wants 'one', 'two', 'three'"),
    (lambda self, one, two: None, ""),
    (lambda self, one, two, three=3, *, four=4: None, ""),
    (lambda self, *all_of_it: None, ""),
])  # fmt: skip
def test_labels_of_others_say_what_methods_are_called_with(method: Callable[..., Any], reason: str) -> None:
    """A kind derived from the base is held to the same law as ours, with its place."""
    owner = type("Holding", (), {"method": Heard()(method)})

    if not reason:
        assert ("method",) == labelled_methods(owner, Heard)
        return
    with pytest.raises(DefinitionError, match=r"@Heard on .*test_method.py:\d+") as refused:
        labelled_methods(owner, Heard)
    assert reason in str(refused.value)


def test_labels_of_others_are_refused_where_there_is_no_one_bean_to_call() -> None:
    """On beans of another scope than singletons."""

    class Holding:
        @Heard()
        def method(self, one: int, two: int) -> None: ...

    with pytest.raises(DefinitionError, match="there is no one bean to call"):
        collect([Component(Scope("prototype")(Holding))])
