"""Asking: the settings that code names."""

from typing import Annotated, Any

from pyboot.boot import Bean, Component, ConditionalOnProperty, Configuration, Profile, Scheduled, Value
from pyboot.boot.discovery.asking import conditions_of, expressions_of, texts_of
from pyboot.boot.discovery.collect import collect
from pyboot.boot.model.label import Label

KEY = "asked.by.constant"


@ConditionalOnProperty("asked.by.condition")
@Component
class Asking:
    """Not a key: a sentence. With dots."""

    def __init__(self, settings: Any, one: Annotated[int, Value("${asked.by.parameter:${asked.by.default}}")] = 1) -> None:
        self.one = one
        self.two = settings.get("asked.by.code") or settings.get("word") or (lambda: settings.get("asked.by.inner"))

    @Scheduled(every="${asked.by.schedule:5s}", initial="${asked.by.initial}")
    def run(self) -> None: ...

    @staticmethod
    def helper(settings: Any) -> object:
        return settings.get("asked.by.static")


@Configuration
class Making:
    @Profile("nowhere")
    @Bean
    def made(self, url: Annotated[str, Value("${asked.by.method}")]) -> int:
        return len(url)


def test_labels_and_parameters_name_what_they_ask_for() -> None:
    """Of classes and of methods."""
    assert {"${asked.by.parameter:${asked.by.default}}", "${asked.by.schedule:5s}", "${asked.by.initial}", "${asked.by.method}"} == set(
        expressions_of(collect([Asking, Making]))
    )
    assert ["asked.by.condition"] == list(conditions_of(collect([Asking, Making])))


class Subscribe(Label):
    """A label of somebody else's, which holds a placeholder."""

    def __init__(self, topic: str) -> None:
        self.topic = topic


class Poller:
    """No bean itself, but what a function makes."""

    @Scheduled(every="${asked.by.made}")
    def run(self) -> None: ...

    @Subscribe("${asked.by.own-label}")
    def hear(self) -> None: ...


type Port = Annotated[int, Value("${asked.by.alias}")]


@Bean
def poller(port: Port, host: Annotated[str, Value("${asked.by.union}")] | None = None) -> Poller:
    return Poller()


def test_what_a_function_makes_and_labels_of_others_ask_too() -> None:
    """And hints behind an alias or beside ``None``."""
    assert {"${asked.by.made}", "${asked.by.own-label}", "${asked.by.alias}", "${asked.by.union}"} == set(expressions_of(collect([poller])))


def test_texts_in_code_and_constants_of_the_module_are_found() -> None:
    """Inner functions and static methods too; sentences are none."""
    found = set(texts_of(collect([Asking])))

    assert {"asked.by.code", "asked.by.inner", "asked.by.static", "word", KEY} <= found
    assert not any(" " in text for text in found)


def test_only_the_applications_own_code_is_searched() -> None:
    """A library's texts must not hide a typing error below its prefix."""
    assert [] == list(texts_of(collect([Asking], "library:Auto")))


class Unreadable:
    def __init__(self, other: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821  on purpose: a library that is not installed


def test_a_hint_that_cannot_be_resolved_asks_for_nothing() -> None:
    """It belongs to a bean that a condition left out, or is reported by itself."""
    assert [] == list(expressions_of(collect([Component(Unreadable)])))
