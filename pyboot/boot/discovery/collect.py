"""From labelled classes and functions to bean definitions: one small maker for each kind."""

import inspect
from collections.abc import Callable, Iterable, Iterator
from types import FunctionType, ModuleType
from typing import Any

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import BeanLabel, DependsOn, Order, PrimaryLabel
from pyboot.boot.model.definition import BeanDefinition, Making, qualifiers_of, snake_case
from pyboot.boot.model.generic import bare
from pyboot.boot.model.hints import return_hint
from pyboot.boot.model.injection import LazyLabel
from pyboot.boot.model.label import labels
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import ApplicationLabel, AutoConfigurationLabel, ConfigurationProperties, Import, Stereotype

from .autoconfigure import identity
from .scan import labelled

_GENERATORS = (Making.GENERATOR, Making.ASYNC_GENERATOR)

# Nothing would hold the generator but the making itself: the interpreter would run its teardown before the bean is used.
_UNENDED = (
    "it is of the scope prototype, which the container does not end, and yields its bean, which asks for an end; "
    "return the bean and end it where it is used, or give it a scope that ends"
)


def collect(targets: Iterable[object], source: str = "application") -> tuple[BeanDefinition, ...]:
    """Return the definitions of *targets*, of what they import, and of the ``@Bean`` methods they hold, in this order."""
    found: dict[object, tuple[BeanDefinition, ...]] = {}
    for target in targets:
        _add(target, source, found)
    return tuple(definition for group in found.values() for definition in group)


def _add(target: object, source: str, found: dict[object, tuple[BeanDefinition, ...]]) -> None:
    if target in found:
        return
    found[target] = ()
    for entry in (entry for imported in labels(target, Import) for entry in imported.targets):
        for inner in labelled(entry) if isinstance(entry, ModuleType) else (_importable(entry, target),):
            _add(inner, source, found)
    found[target] = tuple(_define(target, source))


def _importable(entry: object, target: object) -> object:
    """*entry*, unless it cannot be a bean; a name is refused, because nobody would notice when it goes stale."""
    if isinstance(entry, type) or labels(entry, BeanLabel):
        return entry
    raise DefinitionError(f"@Import({entry!r})", str(origin_of(target)), "@Import takes classes, @Bean functions and modules")


def _define(target: object, source: str) -> Iterator[BeanDefinition]:
    if not isinstance(target, type):
        yield from _of_function(target, None, source)
        return
    properties = labels(target, ConfigurationProperties)
    if properties:
        yield _of_properties(target, properties[0].prefix, source)
    elif _is_component(target):
        owner = _of_class(target, source)
        yield owner
        for method in _methods(target):
            yield from _of_function(method, owner, source)
    elif not labels(target, Import):
        yield _of_class(target, source)


def _is_component(target: type) -> bool:
    return bool(labels(target, Stereotype) or labels(target, ApplicationLabel) or labels(target, AutoConfigurationLabel))


def _of_class(target: type, source: str) -> BeanDefinition:
    names = [entry.name for entry in labels(target, Stereotype) if entry.name]
    usual = (
        identity(target) if labels(target, AutoConfigurationLabel) else snake_case(target.__name__)
    )  # two distributions may use one name
    return _definition(target, names[-1] if names else usual, target, target, source)


def _of_properties(target: type, prefix: str, source: str) -> BeanDefinition:
    definition = _definition(target, snake_case(target.__name__), target, target, source)
    definition.making = Making.PROPERTIES
    definition.prefix = prefix
    return definition


def _of_function(target: Any, owner: BeanDefinition | None, source: str) -> Iterator[BeanDefinition]:
    for bean in labels(target, BeanLabel):
        provides = bean.provides if bean.provides is not None else bare(return_hint(target))
        definition = _definition(target, bean.name or target.__name__, provides, target, source)
        definition.making = _making(target)
        definition.owner = owner
        definition.destroy = bean.destroy
        if prefixes := labels(target, ConfigurationProperties):
            definition.prefix = prefixes[0].prefix
        if definition.scope == Scope.PROTOTYPE and definition.making in _GENERATORS:
            raise DefinitionError(f"'{definition.name}'", str(definition.origin), _UNENDED)
        yield definition


def _definition(target: Any, name: str, provides: Any, factory: Callable[..., object], source: str) -> BeanDefinition:
    return BeanDefinition(
        name=name,
        provides=provides,
        factory=factory,
        target=target,
        scope=_last([entry.name for entry in labels(target, Scope)], Scope.SINGLETON),
        order=_last([entry.value for entry in labels(target, Order)], 0),
        primary=bool(labels(target, PrimaryLabel)),
        lazy=bool(labels(target, LazyLabel)),
        qualifiers=qualifiers_of(target),
        depends_on=tuple(name for entry in labels(target, DependsOn) for name in entry.names),
        source=source,
    )


def _last[T](values: list[T], default: T) -> T:
    return values[-1] if values else default


def _making(function: Callable[..., object]) -> Making:
    if inspect.isasyncgenfunction(function):
        return Making.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(function):
        return Making.GENERATOR
    return Making.COROUTINE if inspect.iscoroutinefunction(function) else Making.CALL


def _methods(target: type) -> Iterator[Callable[..., object]]:
    """The ``@Bean`` methods of a configuration, those of its bases first, an overridden one once."""
    members: dict[str, Any] = {}
    for base in reversed(target.__mro__[:-1]):
        members.update(vars(base))
    for member in members.values():
        if not isinstance(member, FunctionType | staticmethod | classmethod):
            continue
        if isinstance(member, staticmethod | classmethod) and labels(member.__func__, BeanLabel):
            reason = "a @Bean method is called with its configuration: it cannot be a static method or class method"
            raise DefinitionError(member.__func__.__qualname__, str(origin_of(member.__func__)), reason)
        if isinstance(member, FunctionType) and labels(member, BeanLabel):
            yield member
