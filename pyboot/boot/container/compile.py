"""Compiling: what a short-lived bean needs is turned into one plain Python function, so that making it costs its calls alone.

Singletons are bound into the function as constants, prototypes are made in place, beans of a store are looked up there.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from pyboot.boot.graph.build import Edge, Graph
from pyboot.boot.graph.request import Kind, is_deferred
from pyboot.boot.model.definition import BeanDefinition, Making
from pyboot.boot.model.scope import Scope

from .failure import failure
from .scopes import ScopeStore

type Make = Callable[[Any], Any]
type Part = tuple[BeanDefinition, ...]
"""A bean that an expression makes, and those that it is made for, the nearest first."""

_TEMPLATE = """\
def make(store=None):
    try:
        return {call}
    except Exception as error:
        failed = {failed}(error)
        if failed is error:
            raise
        raise failed from error
"""
_IN_PLACE = 4  # levels of prototypes that are made inside one expression; deeper ones get a function of their own


class Maker(Protocol):
    """Makes the beans that one expression cannot make."""

    graph: Graph

    def get(self, definition: BeanDefinition, store: ScopeStore | None = None) -> Any:
        """Return the bean, which is there or has a store or a making of its own."""

    def make(self, definition: BeanDefinition, store: ScopeStore | None) -> Any:
        """Return a new bean."""

    def needs_call_only(self, definition: BeanDefinition) -> bool:
        """Tell whether calling the factory is all there is to making the bean, if it is of the very class that is promised."""

    def finish(self, definition: BeanDefinition, bean: Any) -> Any:
        """Look at what a function has made, and do the rest for a bean of another class."""

    def deferred(self, kind: Kind, target: BeanDefinition, store: ScopeStore | None = None) -> object:
        """Return a provider of *target*."""


class FactoryCompiler:
    """Compiles one function for each definition of *maker*, once."""

    def __init__(self, maker: Maker) -> None:
        self._maker = maker
        self._made: dict[BeanDefinition, Make] = {}

    def factory(self, definition: BeanDefinition) -> Make:
        """Return the function that makes *definition*; it takes the scope store, or ``None`` where no bean lives in one."""
        made = self._made.get(definition)
        if made is None:
            made = self._made[definition] = self._compile(definition) if self._is_compiled(definition) else self._general(definition)
        return made

    def _is_compiled(self, definition: BeanDefinition) -> bool:
        return definition.scope == Scope.PROTOTYPE and definition.making is Making.CALL and self._maker.needs_call_only(definition)

    def _general(self, definition: BeanDefinition) -> Make:
        """Return a function for a definition that cannot be compiled."""
        is_made_anew = definition.scope == Scope.PROTOTYPE and definition.inherited is None
        make = self._maker.make if is_made_anew else self._maker.get
        return lambda store: make(definition, store)

    def _compile(self, definition: BeanDefinition) -> Make:
        names: dict[str, object] = {}
        parts: list[Part] = []
        try:
            call = self._call(definition, names, parts)
        except Exception as error:  # of a singleton that is made since this bean needs it
            if (broken := failure(definition, error)) is error:
                raise
            raise broken from error
        failed = _bind(names, partial(self._failure, parts))
        source = _TEMPLATE.format(call=call, failed=failed)
        exec(compile(source, f"<factory of {definition.name}>", "exec"), names)  # noqa: S102  the text holds only names made here and parameters' own
        make: Make = names["make"]  # type: ignore[assignment]  # exec has put it there
        return make

    def _failure(self, parts: Sequence[Part], error: Exception) -> Exception:
        """Return the error for an exception that one of *parts* has raised; the code that the expression has called tells which part."""
        called = error.__traceback__.tb_next if error.__traceback__ is not None else None
        code = called.tb_frame.f_code if called is not None else None
        culprit, *owners = next((part for part in parts if code is not None and _code_of(part[0].factory) is code), parts[0])
        raised = failure(culprit, error)
        for owner in owners:
            raised = failure(owner, raised)
        return raised

    def _call(self, definition: BeanDefinition, names: dict[str, object], parts: list[Part], above: Part = ()) -> str:
        parts.append((definition, *above))
        arguments = [] if definition.owner is None else [_bind(names, self._maker.get(definition.owner))]
        by_name = []
        for edge in self._maker.graph.edges[definition]:
            value = self._value(edge, names, parts, (definition, *above))
            if edge.parameter.by_name:
                by_name.append(f"{edge.parameter.name}={value}")
            else:
                arguments.append(value)
        call = f"{_bind(names, definition.factory)}({', '.join([*arguments, *by_name])})"
        return call if isinstance(definition.factory, type) else f"{_bind(names, partial(self._maker.finish, definition))}({call})"

    def _value(self, edge: Edge, names: dict[str, object], parts: list[Part], above: Part) -> str:
        kind = edge.request.kind
        if kind is Kind.VALUE:
            return _bind(names, edge.value)
        if is_deferred(kind):
            return self._deferred(kind, edge.targets[0], names) if edge.targets else "None"
        if is_deferred(edge.request.element):
            made = [self._deferred(edge.request.element, target, names) for target in edge.targets]
        else:
            made = [self._bean(target, names, parts, above) for target in edge.targets]
        if kind is Kind.ONE:
            return made[0] if made else "None"
        if kind is Kind.MAP:
            return (
                "{" + ", ".join(f"{(target.key or target.name)!r}: {value}" for target, value in zip(edge.targets, made, strict=True)) + "}"
            )
        joined = "".join(f"{value}, " for value in made)
        return {Kind.LIST: f"[{joined}]", Kind.TUPLE: f"({joined})", Kind.SET: f"frozenset(({joined}))"}[kind]

    def _deferred(self, kind: Kind, target: BeanDefinition, names: dict[str, object]) -> str:
        return f"{_bind(names, partial(self._maker.deferred, kind, target))}(store)"

    def _bean(self, target: BeanDefinition, names: dict[str, object], parts: list[Part], above: Part) -> str:
        if target.scope == Scope.SINGLETON:
            return _bind(names, self._maker.get(target))
        if len(above) <= _IN_PLACE and self._is_compiled(target):
            return self._call(target, names, parts, above)
        return f"{_bind(names, self.factory(target))}(store)"


def _bind(names: dict[str, object], value: object) -> str:
    name = f"v{len(names)}"
    names[name] = value
    return name


def _code_of(factory: Callable[..., object]) -> object:
    return getattr(getattr(factory, "__init__", None) if isinstance(factory, type) else factory, "__code__", None)
