"""Weaving: behaviour around methods, without proxies."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.boot.container.callbacks import labelled_methods
from pyboot.boot.container.weaving import is_woven, weave
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import Bean
from pyboot.boot.model.interception import Interceptor
from pyboot.boot.model.task import Async, AsyncLabel, EventListener, EventListenerLabel


class Bracketed(Interceptor):
    """Puts brackets around what a method returns."""

    def __init__(self, brackets: str) -> None:
        self.brackets = brackets

    def wrap(self, method: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*args: Any, **by_name: Any) -> str:
            return f"{self.brackets[0]}{method(*args, **by_name)}{self.brackets[1]}"

        return wrapped


class Speaker:
    __slots__ = ("word",)

    def __init__(self, word: str) -> None:
        self.word = word

    @Bracketed("[]")
    @Bracketed("()")
    def say(self, mark: str = "") -> str:
        return self.word + mark

    def say_twice(self) -> str:
        return self.say() + self.say()


def test_an_intercepted_method_is_wrapped_the_upper_label_outermost() -> None:
    """Also when the bean calls itself."""
    speaker = Speaker("hello")
    weave(speaker)

    assert "[(hello!)]" == speaker.say("!")
    assert "[(hello)][(hello)]" == speaker.say_twice()


def test_the_bean_stays_what_it_was() -> None:
    """Its class, its name, its fields; another object of the class is untouched."""
    speaker, other = Speaker("hello"), Speaker("other")
    weave(speaker)
    weave(speaker)

    assert isinstance(speaker, Speaker)
    assert "Speaker" == type(speaker).__name__
    assert "other" == other.say()
    assert "[(hello)]" == speaker.say()


def test_two_beans_of_a_class_share_its_extension() -> None:
    """It is made once."""
    one, two = Speaker("1"), Speaker("2")
    weave(one)
    weave(two)

    assert type(one) is type(two)


def test_a_configuration_that_calls_its_own_bean_method_is_told_so() -> None:
    """It would make a second bean, silently."""

    class Setup:
        @Bean
        def number(self) -> int:
            return 5

        @Bean
        def text(self) -> str:
            return str(self.number())

    setup = Setup()
    assert "5" == setup.text()
    weave(setup)

    with pytest.raises(DefinitionError, match="'number' is called by its own configuration"):
        Setup.text(setup)


def test_a_wrapped_method_keeps_its_name_and_its_labels() -> None:
    """An interceptor need not copy them: what is listened to, scheduled or called at the start stays that."""

    class Worker:
        @Bracketed("[]")
        @EventListener
        @Async
        def work(self) -> str:
            """Works."""
            return "done"

    worker = Worker()
    weave(worker)

    assert ("[done]", "work", "Works.") == (worker.work(), worker.work.__name__, worker.work.__doc__)
    assert ("work",) == labelled_methods(type(worker), EventListenerLabel) == labelled_methods(type(worker), AsyncLabel)


def test_plain_classes_are_left_alone() -> None:
    """Nothing to weave, nothing changed."""

    class Plain: ...

    plain = Plain()
    weave(plain)

    assert Plain is type(plain)
    assert not is_woven(Plain)
