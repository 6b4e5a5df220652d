"""Binding: properties classes get their settings before anything else is decided about the graph."""

from pydantic import BaseModel

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import flat_tree
from pyboot.boot.config.read.sources import TreeSource
from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import BindError
from pyboot.boot.graph.binding import bind
from pyboot.boot.model.stereotype import Component, ConfigurationProperties


@ConfigurationProperties("shop")
class Shop(BaseModel):
    size: int = 1


@ConfigurationProperties("shop.front")
class Front(BaseModel):
    door: str = "red"


@Component
class Plain: ...


def environment(**settings: str) -> Environment:
    """The settings, by their keys, dots written as double underscores."""
    return Environment([TreeSource("test", flat_tree({key.replace("__", "."): text for key, text in settings.items()}, "test"))])


def test_each_properties_class_is_bound_and_no_definition_is_changed() -> None:
    """The objects stand beside the definitions."""
    definitions = collect([Shop, Front, Plain])
    before = [definition.factory for definition in definitions]

    bound = bind(environment(shop__size="3", shop__front__door="blue"), definitions)

    assert [Shop(size=3), Front(door="blue")] == list(bound.beans.values())
    assert [] == bound.problems
    assert before == [definition.factory for definition in definitions]


def test_what_is_refused_is_told_of_all_of_them() -> None:
    """A prefix inside another one is no stranger there; a wrong value is."""
    bound = bind(environment(shop__size="many", shop__front__dor="blue"), collect([Shop, Front]))

    assert {} == bound.beans
    assert ["shop", "shop.front"] == [problem.prefix for problem in bound.problems if isinstance(problem, BindError)]
