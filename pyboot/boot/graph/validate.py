"""Checks the graph as a whole: circles, beans that end before their owner, and the order of making."""

from collections.abc import Iterator

from pyboot.boot.errors import CircularDependencyError, GraphError, ScopeMismatchError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.scope import Scope

from .build import Graph, injection_point_of


def check(graph: Graph) -> Graph:
    """Return *graph* with its making order: what is needed comes first, ties in definition order.

    Raises:
        GraphError: with every problem, those found while building included.
    """
    if survey(graph).problems:
        raise GraphError(tuple(graph.problems))
    return graph


def survey(graph: Graph) -> Graph:
    """Return *graph* with its making order and with every problem noted and none raised, for commands that show what is wrong."""
    order, loops = _walk(graph)
    graph.problems += [CircularDependencyError([f"{entry.name} ({entry.origin})" for entry in loop]) for loop in loops]
    if not loops:
        graph.problems += _mismatches(graph, order)
    graph.order = tuple(order)
    return graph


def _walk(graph: Graph) -> tuple[list[BeanDefinition], list[list[BeanDefinition]]]:
    """Return the order of making, and the circles.

    The walk goes depth first with a stack of its own, so that a chain of any length can be walked; a step back onto the path is a circle.
    """
    order: list[BeanDefinition] = []
    loops: list[list[BeanDefinition]] = []
    done: set[BeanDefinition] = set()
    for start in graph.index.definitions:
        if start in done:
            continue
        path: dict[BeanDefinition, Iterator[BeanDefinition]] = {start: graph.needs(start)}
        while path:
            current, needs = next(reversed(path.items()))
            following = next((entry for entry in needs if entry not in done), None)
            if following is None:
                path.popitem()
                done.add(current)
                order.append(current)
            elif following in path:
                nodes = list(path)
                loops.append(nodes[nodes.index(following) :])
            else:
                path[following] = graph.needs(following)
    return order, loops


def _mismatches(graph: Graph, order: list[BeanDefinition]) -> Iterator[ScopeMismatchError]:
    """Iterate over the beans that end before their owner: no singleton holds a bean of a store, and no store one of another."""
    stores: dict[BeanDefinition, frozenset[str]] = {}
    for definition in order:
        needed: set[str] = set()
        for edge in graph.edges.get(definition, ()):
            for target in edge.targets if edge.is_hard else ():
                if definition.scope != Scope.PROTOTYPE and stores[target] - {definition.scope}:
                    scope = target.scope if target.scope != Scope.PROTOTYPE else f"prototype (of {', '.join(sorted(stores[target]))})"
                    point = injection_point_of(definition, edge.parameter)
                    yield ScopeMismatchError(definition.name, definition.scope, target.name, scope, point)
                needed |= stores[target]
        own = needed if definition.scope == Scope.PROTOTYPE else {definition.scope} - {Scope.SINGLETON}
        stores[definition] = frozenset(own)
