"""Collecting: makes bean definitions of labelled classes and functions, by one small maker for each kind."""

import dataclasses
import inspect
from abc import ABC
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Generator,
    Iterable,
    Iterator,
)
from types import FunctionType, ModuleType, UnionType
from typing import Annotated, Any, Generic, Protocol, Self, TypeVar, Union, get_args

from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import BeanLabel, DependsOn, Order, PreDestroyLabel, PrimaryLabel
from pyboot.boot.model.definition import BeanDefinition, Making, snake_case
from pyboot.boot.model.generic import bare, get_origin, spell
from pyboot.boot.model.hints import return_hint
from pyboot.boot.model.injection import LazyLabel, Qualifier
from pyboot.boot.model.label import Label, Place, labels, misplaced, spelled, taken
from pyboot.boot.model.method import NEEDS_PARENTHESES, labelled_members, labelled_methods, own_labelled_members, refusal
from pyboot.boot.model.nearest import is_slip
from pyboot.boot.model.origin import origin_of
from pyboot.boot.model.registrar import is_registrar
from pyboot.boot.model.scope import Scope
from pyboot.boot.model.stereotype import AutoConfigurationLabel, ConfigurationProperties, Import, Stereotype
from pyboot.boot.model.task import CalledLabel

from .autoconfigure import identity
from .scan import labelled

_GENERATORS = (Making.GENERATOR, Making.ASYNC_GENERATOR)
_YIELDING = (Iterator, Iterable, Generator, AsyncIterator, AsyncIterable, AsyncGenerator)
_AWAITED = (Awaitable, Coroutine)

# Nothing would hold the generator but the making itself: the interpreter would run its teardown before the bean is used.
_UNENDED = (
    "it is of the scope prototype, which the container does not end, and yields its bean, which asks for an end; "
    "return the bean and end it where it is used, or give it a scope that ends"
)
_ONE_ONLY: dict[type, str] = {Scope: "name", Order: "value", Stereotype: "name", ConfigurationProperties: "prefix"}
_BASES_OF_MANY = frozenset({object, ABC, Generic, Protocol})


def collect(targets: Iterable[object], source: str = "application") -> tuple[BeanDefinition, ...]:
    """Return the definitions of *targets*, of what they import, and of the ``@Bean`` methods they hold, in this order.

    Raises:
        DefinitionError: a label stands where it does nothing.
    """
    given = tuple(targets)
    collection = _Collection(source)
    for target in given:
        collection.add(target)
    return collection.definitions(given)


class _Collection:
    """Holds classes and functions with their definitions, and the classes that have imported them."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._found: dict[object, tuple[BeanDefinition, ...]] = {}
        self._importers: dict[object, list[object]] = {}

    def add(self, target: object) -> None:
        """Add *target*, once, with what it imports."""
        if target in self._found:
            return
        self._found[target] = ()
        for entry in (entry for imported in labels(target, Import) for entry in imported.targets):
            for inner in labelled(entry) if isinstance(entry, ModuleType) else (_importable(entry, target),):
                if is_registrar(inner):
                    continue  # no bean: it is asked when all others are there
                self._importers.setdefault(inner, []).append(target)
                self.add(inner)
        self._found[target] = tuple(_define(target, self._source))

    def definitions(self, given: Iterable[object]) -> tuple[BeanDefinition, ...]:
        """Return all definitions; those that no *given* target is depend on who imports them."""
        for target in self._importers.keys() - set(given):
            importers = tuple(self._found[importer][0] for importer in self._importers[target])
            for definition in self._found[target]:
                definition.importers = importers if definition.owner is None else ()
        return tuple(definition for group in self._found.values() for definition in group)


def _importable(entry: object, target: object) -> object:
    """Return *entry*, or refuse it if it cannot be a bean; a name is refused because nobody notices when it goes stale."""
    if isinstance(entry, type) or labels(entry, BeanLabel):
        return entry
    if isinstance(entry, Label) and (function := taken(entry)) is not None:
        raise refusal(entry, function, NEEDS_PARENTHESES)
    raise DefinitionError(f"@Import({entry!r})", str(origin_of(target)), "@Import takes classes, @Bean functions and modules")


def _define(target: object, source: str) -> Iterator[BeanDefinition]:
    _check_place(target)
    for entry in labels(target, Label):
        if (stand_in := entry.stand_in(target)) is not None:
            yield _of_stand_in(target, entry, stand_in, source)
            return
    if not isinstance(target, type):
        yield from _of_function(target, None, source)
        return
    properties = labels(target, ConfigurationProperties)
    owner = _of_properties(target, properties[0].prefix, source) if properties else _of_class(target, source)
    _check_life(owner, target)
    yield owner
    for name in labelled_methods(target, BeanLabel):
        yield from _of_function(getattr(target, name), owner, source)


def _check_place(target: object) -> None:
    """Refuse the labels of a class or of a function outside a class that would do nothing there."""
    is_class = isinstance(target, type)
    makes_bean = is_class or bool(labels(target, BeanLabel))
    for entry in misplaced(target, Place.CLASS if is_class else Place.BEAN):
        places = " or ".join(sorted(place.value for place in entry.places))
        instead = "label it @Component, or make it by a @Bean function" if isinstance(entry, BeanLabel) else f"it stands on {places}"
        raise refusal(entry, target, f"on {'a class' if is_class else 'a function'} it does nothing: {instead}")
    for entry in () if makes_bean else labels(target, Label):
        if entry.places is not Label.places:
            raise refusal(entry, target, "the function makes no bean, so it does nothing: label the function @Bean")


def _check_life(definition: BeanDefinition, bean_type: type) -> None:
    """Refuse what a bean of *bean_type* cannot have in its scope: methods that are called on one bean only, or beans of its own."""
    scope, members = definition.scope, labelled_members(bean_type)
    if scope == Scope.SINGLETON:
        return
    if definition.making is Making.PROPERTIES:
        reason = "settings are bound once, so the bean is a singleton; labels of another scope do nothing"
        raise DefinitionError(f"@Scope({scope!r}) on {bean_type.__qualname__}", str(definition.origin), reason)
    for entry, member in [(entry, method) for _, method in members for entry in labels(method, Label)]:
        if reason := _missing_in_scope(entry, scope):
            raise refusal(entry, member, f"'{definition.name}' ({definition.origin}) is of the scope {scope}: {reason}")


def _missing_in_scope(entry: Label, scope: str) -> str:
    if isinstance(entry, BeanLabel):
        return "a class with @Bean methods is a singleton"
    if isinstance(entry, CalledLabel):
        return "there is no one bean to call; let a singleton have the method"
    if isinstance(entry, PreDestroyLabel) and scope == Scope.PROTOTYPE:
        return "the container does not end its beans; let whoever has one end it"
    return ""


def check_reached(classes: Iterable[type], definitions: Iterable[BeanDefinition]) -> None:
    """Refuse *classes* without a label that have ``@Bean`` methods, or methods that are called (`CalledLabel`), in vain.

    That is so if no bean of *definitions* can be of the class. A class that shares a base with a bean may stand for it: it may be
    what a function makes that promises the base, or what a test puts in the bean's place.

    Raises:
        DefinitionError: there is such a class.
    """
    kinds = [kind for kind in (get_origin(entry.provides) or entry.provides for entry in definitions) if isinstance(kind, type)]
    bases = {base for kind in kinds for base in kind.__mro__} - _BASES_OF_MANY
    for target in classes:
        may_stand_for_bean = not bases.isdisjoint(target.__mro__)
        for _, member in own_labelled_members(target):
            entry = next((mark for mark in labels(member, Label) if isinstance(mark, BeanLabel | CalledLabel)), None)
            is_reached = any(target in kind.__mro__ for kind in kinds) if isinstance(entry, BeanLabel) else may_stand_for_bean
            if entry is not None and not is_reached:
                raise refusal(
                    entry, member, f"it does nothing, since no bean is of the class {target.__name__}: label the class @Component"
                )


def _of_class(target: type, source: str) -> BeanDefinition:
    names = [entry.name for entry in labels(target, Stereotype) if entry.name]
    # two distributions may use one name
    usual = identity(target) if labels(target, AutoConfigurationLabel) else snake_case(target.__name__)
    return _definition(target, names[-1] if names else usual, target, target, source)


def _of_stand_in(target: Any, entry: Label, bean: object, source: str) -> BeanDefinition:
    """Return the definition of *bean*, which the label *entry* puts in the place of *target*; its other labels would do nothing."""
    for other in labels(target, Label):
        if other is not entry:
            raise refusal(other, target, f"{spelled(entry)} there says that it is no bean itself, so it does nothing")
    name = f"{target.__module__}.{target.__qualname__}"
    return BeanDefinition(name=name, provides=type(bean), factory=lambda: bean, target=target, making=Making.INSTANCE, source=source)


def _of_properties(target: type, prefix: str, source: str) -> BeanDefinition:
    if not (dataclasses.is_dataclass(target) or hasattr(target, "__pydantic_core_schema__")):
        reason = "settings are bound to a pydantic model or a dataclass: derive from BaseModel, or label the class @dataclass as well"
        raise DefinitionError(f"@ConfigurationProperties({prefix!r}) on {target.__qualname__}", str(origin_of(target)), reason)
    definition = _of_class(target, source)
    definition.making = Making.PROPERTIES
    definition.prefix = prefix
    return definition


def _of_function(target: Any, owner: BeanDefinition | None, source: str) -> Iterator[BeanDefinition]:
    for bean in labels(target, BeanLabel):
        if not isinstance(target, FunctionType) and not hasattr(target, "__qualname__"):
            raise DefinitionError(f"@Bean on {target!r}", str(origin_of(target)), f"it is a {type(target).__name__}: write a function")
        provides = _one_type(target, bean.provides if bean.provides is not None else _promised(target))
        definition = _definition(target, bean.name or target.__name__, provides, target, source)
        definition.making = _making(target)
        definition.owner = owner
        definition.destroy = bean.destroy
        if definition.scope == Scope.PROTOTYPE and definition.making in _GENERATORS:
            raise DefinitionError(f"'{definition.name}'", str(definition.origin), _UNENDED)
        made = get_origin(provides) or provides
        if isinstance(made, type):
            _check_life(definition, made)
        yield definition


def _one_type(target: Any, provides: Any) -> Any:
    """Return *provides*, or refuse it if it is a union: a bean is of one type, and there or not there."""
    reason = ""
    if get_origin(provides) in (Union, UnionType):
        reason = f"it makes '{spell(provides)}'; a bean is of one type. Where it may be missing, say by a condition when it is there"
    elif provides in (Any, Self) or isinstance(provides, TypeVar):
        reason = f"it makes '{spell(provides)}', by which nobody can find it: name its type, or give provides="
    elif get_origin(provides) in _AWAITED:
        reason = f"it makes '{spell(provides)}', which is awaited once and no bean: write 'async def' and the type of the bean"
    if reason:
        raise DefinitionError(f"@Bean on {target.__qualname__}", str(origin_of(target)), reason)
    return provides


def _promised(target: Any) -> Any:
    """Return the type that a function says it returns or yields."""
    written = inspect.unwrap(target)
    if _making(written) in _GENERATORS and _making(target) not in _GENERATORS:
        reason = "a decorator between makes something else of the generator than its teardown needs; leave it out, @Bean yields by itself"
        raise DefinitionError(f"@Bean on {target.__qualname__}", str(origin_of(target)), reason)
    hint = return_hint(target)
    if get_origin(hint) is Annotated and (misread := next((entry for entry in hint.__metadata__ if isinstance(entry, Label)), None)):
        raise refusal(misread, target, "in the hint of what is returned it does nothing: write it above the function")
    if _making(target) in _GENERATORS and (get_origin(hint) or hint) in _YIELDING and not get_args(hint):
        reason = f"it yields, and does not say what: write {spell(hint)}[...] with the type of the bean"
        raise DefinitionError(f"@Bean on {target.__qualname__}", str(origin_of(target)), reason)
    return bare(hint)


def _definition(target: Any, name: str, provides: Any, factory: Callable[..., object], source: str) -> BeanDefinition:
    definition = BeanDefinition(name=name, provides=provides, factory=factory, target=target, source=source)
    entries = labels(target, Label)
    if len(entries) > 1:
        _check_contradictions(target, entries)
    for entry in entries:
        match entry:
            case Scope():
                _check_argument(target, entry, entry.name, str)
                _check_scope(target, entry.name)
                definition.scope = entry.name
            case Order():
                _check_argument(target, entry, entry.value, int)
                definition.order = entry.value
            case PrimaryLabel():
                definition.primary = True
            case LazyLabel():
                definition.lazy = True
            case Qualifier():
                definition.qualifiers += (entry.value,)
            case DependsOn():
                for needed in entry.names:
                    _check_argument(target, entry, needed, str)
                definition.depends_on += entry.names
    return definition


def _check_argument(target: Any, entry: Label, value: object, kind: type) -> None:
    if not isinstance(value, kind):
        raise refusal(entry, target, f"it takes a {'number' if kind is int else 'name'}, not {value!r}")


def _check_contradictions(target: Any, entries: Iterable[Label]) -> None:
    """Refuse a second label of a kind that can say one thing only, if it says another."""
    said: dict[type, tuple[Label, object]] = {}
    for entry in entries:
        attribute = _ONE_ONLY.get(type(entry))
        value = getattr(entry, attribute) if attribute is not None else None
        if value is None:
            continue
        former, meant = said.setdefault(type(entry), (entry, value))
        if value != meant:
            raise refusal(entry, target, f"it says {value!r}, and {spelled(former)} there says {meant!r}")


def _check_scope(target: Any, scope: str) -> None:
    """Refuse a misspelt scope, which would be one of its own that nobody opens."""
    known = (Scope.SINGLETON, Scope.PROTOTYPE, Scope.CHANNEL)
    near = [] if scope in known else [name for name in known if name == scope.lower() or is_slip(scope.lower(), name)]
    if near:
        reason = f"there is no such scope; did you mean '{near[0]}'? A scope of your own has a name that is not mistaken for it"
        raise DefinitionError(f"@Scope({scope!r}) on {target.__qualname__}", str(origin_of(target)), reason)


def _making(function: Callable[..., object]) -> Making:
    if inspect.isasyncgenfunction(function):
        return Making.ASYNC_GENERATOR
    if inspect.isgeneratorfunction(function):
        return Making.GENERATOR
    return Making.COROUTINE if inspect.iscoroutinefunction(function) else Making.CALL
