"""Building: matches every parameter of every definition with the definitions that are handed to it.

Each definition is read by itself, in three steps. ``parameters`` reads the signature of its factory; ``request_of`` reads a hint as a
request (one bean, a collection, a provider, a setting); the index chooses the definitions that offer it. The result is an *edge* for
each parameter: with targets, with the value of a setting, or with neither, where ``None`` or an empty collection will do. A parameter
without an edge keeps its default. After such a gap all others go by name, since a call cannot skip a place.

An edge is *hard* if its targets have to be made before the owner; those behind a provider are not. Only hard edges, the owner of a
``@Bean`` method and ``@DependsOn`` order the making (:meth:`Graph.needs`). A problem never stops the reading: it is noted, and
:mod:`.validate` reports all of them together.
"""

import dataclasses
import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.names import is_name
from pyboot.boot.errors import AmbiguousBeanError, BindError, BootError, DefinitionError, InjectionPoint, MissingBeanError, PlaceholderError
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.generic import Hint, spell
from pyboot.boot.model.hints import Parameter, parameters, value_misused
from pyboot.boot.model.injection import Value
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.origin import Origin, origin_of_parameter

from .binding import bind
from .index import Index, shown
from .request import COLLECTIONS, Kind, Request, is_deferred, misread, request_of

_UNKNOWN = Origin("")

type Withheld = Callable[[BeanKey], Sequence[str]]


class Edge(NamedTuple):
    """One parameter and what is handed to it: the *targets* in their order, or the *value* of a setting."""

    parameter: Parameter
    request: Request
    targets: tuple[BeanDefinition, ...] = ()
    value: object = None

    def __repr__(self) -> str:
        return f"<Edge {self.parameter.name}>"  # not its value, which may be a secret

    @property
    def is_hard(self) -> bool:
        """Tell whether the targets must be made before the owner."""
        return not (is_deferred(self.request.kind) or is_deferred(self.request.element))


class Graph:
    """The definitions with their edges, and the ``bound`` properties.

    ``problems`` is everything that is wrong, ``order`` the making order once checked.
    """

    def __init__(self, index: Index, order: tuple[BeanDefinition, ...] = ()) -> None:
        self.index = index
        self.edges: dict[BeanDefinition, tuple[Edge, ...]] = {}
        self.extra: dict[BeanDefinition, tuple[BeanDefinition, ...]] = {}
        self.bound: dict[BeanDefinition, object] = {}
        self.problems: list[BootError] = []
        self.order = order

    def needs(self, definition: BeanDefinition) -> Iterator[BeanDefinition]:
        """Iterate over what must be there before *definition* is made."""
        for edge in self.edges.get(definition, ()):
            if edge.is_hard:
                yield from edge.targets
        yield from self.extra.get(definition, ())


class GraphBuilder:
    """Reads the definitions one after the other, and notes problems instead of stopping at them."""

    def __init__(self, environment: Environment, withheld: Withheld = lambda key: ()) -> None:
        self.environment = environment
        self.withheld = withheld

    def build(self, definitions: Iterable[BeanDefinition]) -> Graph:
        """Return the graph of *definitions*, problems included, those of binding their properties classes among them."""
        graph = Graph(Index(definitions))
        graph.bound, graph.problems = bind(self.environment, graph.index.definitions)
        for definition in graph.index.definitions:
            try:
                graph.edges[definition] = tuple(self._edges(definition, graph))
                graph.extra[definition] = tuple(self._extra(definition, graph))
            except DefinitionError as error:
                graph.problems.append(error)
        return graph

    def _edges(self, definition: BeanDefinition, graph: Graph) -> Iterator[Edge]:
        if definition.making in (Making.INSTANCE, Making.PROPERTIES, Making.STORE):
            return
        wanted = parameters(definition.factory, skip_self=definition.owner is not None)
        _check_fields(definition.factory, [parameter.name for parameter in wanted])
        has_gap = False
        for parameter in wanted:
            parameter = parameter._replace(by_name=True) if has_gap else parameter
            edge = self._edge(definition, parameter, graph) if parameter.hint is not None else None
            if edge is not None:
                yield edge
            has_gap = has_gap or edge is None

    def _edge(self, definition: BeanDefinition, parameter: Parameter, graph: Graph) -> Edge | None:
        if reason := misread(parameter.hint):
            raise DefinitionError(str(injection_point_of(definition, parameter)), str(definition.origin), reason)
        request = request_of(parameter)
        if request.kind is Kind.VALUE:
            return self._value(definition, parameter, request, graph)
        if request.kind is not Kind.ONE and graph.index.offering(BeanKey(request.whole)):
            request = Request(Kind.ONE, BeanKey(request.whole), request.is_optional, request.whole)
        if request.kind in COLLECTIONS:
            targets = [target for target in graph.index.offering(request.key) if target is not definition]
            return Edge(parameter, request, tuple(targets)) if targets or not parameter.has_default else None
        found = graph.index.choose(request.key, parameter.name, definition)
        if len(found) == 1:
            return Edge(parameter, request, tuple(found))
        return self._unmet(definition, parameter, request, found, graph)

    def _unmet(
        self, definition: BeanDefinition, parameter: Parameter, request: Request, found: Sequence[BeanDefinition], graph: Graph
    ) -> Edge | None:
        """Note that no bean, or several, are offered; return an edge without targets if ``None`` will do, and nothing if a default does."""
        point = injection_point_of(definition, parameter)
        if found:
            graph.problems.append(AmbiguousBeanError(str(request.key), [shown(entry) for entry in found], point))
        elif not parameter.has_default and not request.is_optional:
            near = graph.index.near(request.key, besides=definition)
            error = MissingBeanError(str(request.key), point, near, self.withheld(request.key))
            graph.problems.append(error)
        return None if parameter.has_default else Edge(parameter, request)

    def _value(self, definition: BeanDefinition, parameter: Parameter, request: Request, graph: Graph) -> Edge | None:
        assert request.value is not None
        if "${" not in request.value and is_name(request.value) and self.environment.leaf(request.value) is not None:
            reason = f'Value("{request.value}") is a plain text, and a setting is called so: write Value("${{{request.value}}}")'
            graph.problems.append(DefinitionError(str(injection_point_of(definition, parameter)), str(definition.origin), reason))
        try:
            return Edge(parameter, request, value=self.environment.convert(request.value, request.key.hint, _UNKNOWN))
        except BindError:
            graph.problems.append(self._refusal(definition, parameter, request))
            return Edge(parameter, request)

    def _refusal(self, definition: BeanDefinition, parameter: Parameter, request: Request) -> BootError:
        """Return the error for a setting that does not fit, with the line of its parameter, which only a failure pays for."""
        origin, text = origin_of_parameter(definition.factory, parameter.name), request.value or ""
        try:
            self.environment.resolve(text)
            self.environment.convert(text, request.key.hint, origin)
        except PlaceholderError as error:
            return PlaceholderError(error.text, error.reason, str(injection_point_of(definition, parameter)))
        except BindError as error:
            return error
        raise AssertionError("the same text was refused a moment ago")

    def _extra(self, definition: BeanDefinition, graph: Graph) -> Iterator[BeanDefinition]:
        if definition.owner is not None:
            yield definition.owner
        for name in definition.depends_on:
            other = graph.index.by_name.get(name)
            if other is None:
                reason = f"@DependsOn names '{name}', and there is no such bean"
                graph.problems.append(DefinitionError(f"'{definition.name}'", str(definition.origin), reason))
            else:
                yield other


def _check_fields(target: Callable[..., object], taken: Iterable[str]) -> None:
    """Refuse a ``Value`` on a field of a class whose constructor does not take it: only parameters are injected."""
    if not isinstance(target, type) or dataclasses.is_dataclass(target) or hasattr(target, "__pydantic_core_schema__"):
        return
    for base in target.__mro__[:-1]:
        fields = vars(base)
        hints = _hints_of(base) if "__annotations__" in fields or "__annotate_func__" in fields else {}
        if not hints and Value not in map(type, fields.values()):
            continue
        given = ((name, found) for name, found in fields.items() if type(found) is Value)
        for name, found in (*given, *_hinted_values(hints)):
            if name not in taken:
                raise value_misused(target, name, found, hints.get(name))


def _hinted_values(hints: Mapping[str, Hint]) -> Iterator[tuple[str, object]]:
    for name, hint in hints.items():
        found = next((entry for entry in getattr(hint, "__metadata__", ()) if isinstance(entry, Value)), None)
        if found is not None or (isinstance(hint, str) and "Value(" in hint):
            yield name, found


def _hints_of(target: type) -> Mapping[str, Hint]:
    try:
        return inspect.get_annotations(target)
    except NameError:  # Python 3.14: a name that is there for checkers only
        return {}


def injection_point_of(definition: BeanDefinition, parameter: Parameter) -> InjectionPoint:
    """Return who needs something, for an error."""
    owner = definition.name if definition.owner is not None else spell(definition.provides)
    return InjectionPoint(owner, parameter.name, str(origin_of_parameter(definition.factory, parameter.name)))


def needed_by(graph: Graph, definition: BeanDefinition) -> list[str]:
    """Return the chain of beans that need *definition*, nearest first, each with its place; of several that need one bean, the first."""
    found: list[str] = []
    seen = {definition}
    current: BeanDefinition | None = definition
    while current is not None:
        needing = ((owner, reason) for owner in graph.order if owner not in seen for reason in _reasons(graph, owner, current))
        current, reason = next(needing, (None, ""))
        if current is not None:
            seen.add(current)
            found.append(reason)
    return found


def _reasons(graph: Graph, owner: BeanDefinition, needed: BeanDefinition) -> Iterator[str]:
    """Iterate over the needs of *owner* for *needed*: a parameter, or the owner as a whole (a ``@Bean`` method, ``@DependsOn``)."""
    for edge in graph.edges.get(owner, ()):
        if edge.is_hard and needed in edge.targets:
            yield str(injection_point_of(owner, edge.parameter))
    if needed in graph.extra.get(owner, ()):
        yield f"'{owner.name}' ({owner.origin})"
