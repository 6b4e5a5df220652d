"""Definitions: recipes that can be told apart and shown."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.boot.model.definition import BeanDefinition, snake_case
from pyboot.boot.model.injection import Qualifier
from pyboot.boot.model.stereotype import Component, Stereotype


@Component
@Qualifier("fast")
class Cache: ...


CACHE = BeanDefinition(name="cache", provides=Cache, factory=Cache, target=Cache, qualifiers=("fast",))


def test_a_definition_knows_its_labels_and_its_place() -> None:
    """Other packages find theirs there."""
    assert [Component] == list(CACHE.labels(Stereotype))
    assert str(CACHE.origin).endswith("test_definition.py:13")
    assert repr(CACHE).startswith("<BeanDefinition cache at ")


@pytest.mark.parametrize(
    ("promised", "expected"), [(Cache, Cache), (list[int], list), (Callable[[], int], Callable), (Cache | int, object), (Any, object)]
)
def test_a_definition_knows_the_class_that_it_promises(promised: Any, expected: type) -> None:
    """Of a generic one the class counts, and what is no class may be any object."""
    definition = BeanDefinition(name="made", provides=promised, factory=Cache, target=Cache)
    assert expected is definition.bean_class


def test_a_name_is_a_qualifier() -> None:
    """Besides those that are given."""
    assert CACHE.is_qualified("fast")
    assert CACHE.is_qualified("cache")
    assert not CACHE.is_qualified("slow")


@pytest.mark.parametrize(("name", "expected"), [("Echo", "echo"), ("EchoServer", "echo_server"), ("HTTPServer2", "http_server2")])
def test_snake_case(name: str, expected: str) -> None:
    """Abbreviations stay together."""
    assert expected == snake_case(name)
