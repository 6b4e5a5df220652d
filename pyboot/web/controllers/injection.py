"""Beans for the methods of controllers: each parameter that means a bean is handed over by the container, the others are FastAPI's.

The law of parameters: one with a mark of FastAPI's (``Depends``, ``Query``, ``Body`` ...), or with a default, is FastAPI's. Else
``Annotated[T, Qualifier(...)]`` and ``Annotated[T, Value(...)]`` mean what they mean in a constructor, and a class of which the application
has a bean means that bean; a built-in type alone (``str``) never does. Singletons are there when the routes are made. A bean of a narrower
scope is had for each request: one of the scope ``channel`` lives as long as the connection, one of the scope ``request`` as long as the
request.
"""

import inspect
from collections.abc import AsyncIterator, Callable, Mapping
from functools import wraps
from typing import Annotated, Any, Final, final, get_origin

from fastapi import Depends
from fastapi.params import Depends as DependsMark
from pydantic.fields import FieldInfo
from starlette.requests import HTTPConnection

from pyboot.boot import ApplicationContext, BeanDefinition, Scope, ScopeStore
from pyboot.boot.errors import AmbiguousBeanError
from pyboot.boot.graph.index import shown
from pyboot.boot.graph.request import Kind, request_of
from pyboot.boot.model.generic import bindings, substitute
from pyboot.boot.model.hints import Parameter, parameters
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.origin import origin_of

REQUEST_SCOPE: Final = "request"
CONNECTION_STORE: Final = "pyboot.store"
"""The key of an ASGI scope below which the beans of the connection live."""

_CONTROLLER: Final = "pyboot_controller"


async def request_store(connection: HTTPConnection) -> AsyncIterator[ScopeStore]:
    """Have a store for the beans of one request, which end with it."""
    store = ScopeStore(REQUEST_SCOPE)
    try:
        yield store
    finally:
        await store.aclose()


async def connection_store(connection: HTTPConnection) -> AsyncIterator[ScopeStore]:
    """Have the store of the connection; where the server does not tell of one, as in a test in memory, one for the request."""
    kept = connection.scope.get(CONNECTION_STORE)
    if kept is not None:
        yield kept
        return
    store = ScopeStore(Scope.CHANNEL)
    try:
        yield store
    finally:
        await store.aclose()


def controller_of(connection: HTTPConnection) -> object | None:
    """Return the controller that was made for a request, if one was."""
    made: object | None = connection.scope.get(_CONTROLLER)
    return made


@final
class BeanParameters:
    """Reads which parameters of methods mean beans of *context*."""

    def __init__(self, context: ApplicationContext) -> None:
        """Take the application."""
        self._context = context

    def endpoint(self, bean: object | None, definition: BeanDefinition, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return what FastAPI calls for the method *name*: of the *bean*, or where that is ``None``, of one that is made for each request.

        Raises:
            DefinitionError: a parameter has no hint.
            MissingBeanError, AmbiguousBeanError: a parameter is qualified, and there is no such bean, or several.
            BindError: a setting does not fit.
        """
        bound = bindings(definition.provides if bean is None else type(bean))  # of a controller with a generic base
        hints = {parameter.name: substitute(parameter.hint, bound) for parameter in parameters(function, skip_self=True)}
        signature = inspect.signature(function)
        if bound:
            signature = signature.replace(return_annotation=substitute(signature.return_annotation, bound))
        own = [entry.replace(annotation=hints.get(entry.name, entry.annotation)) for entry in list(signature.parameters.values())[1:]]
        there, asked = self._handed(function, {entry.name: entry.annotation for entry in own if entry.default is entry.empty})
        if bean is None:
            asked[_CONTROLLER] = self._dependency(definition, is_controller=True)
        elif not asked and not there and not bound:
            method: Callable[..., Any] = getattr(bean, name)
            return method
        kept = [entry.replace(kind=entry.KEYWORD_ONLY) for entry in own if entry.name not in there and entry.name not in asked]
        by_name = [inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, annotation=Annotated[Any, mark]) for key, mark in asked.items()]
        return _calling(function, name, bean, there, signature.replace(parameters=[*kept, *by_name]))

    def _handed(self, function: object, hints: Mapping[str, Any]) -> tuple[dict[str, object], dict[str, DependsMark]]:
        """Return what the container hands to a method: what is there when the routes are made, and the dependencies of each request."""
        there: dict[str, object] = {}
        asked: dict[str, DependsMark] = {}
        for name, hint in hints.items():
            request = request_of(Parameter(name, hint))
            if any(isinstance(entry, DependsMark | FieldInfo) for entry in getattr(hint, "__metadata__", ())):
                continue  # FastAPI is told where it comes from
            if request.kind is Kind.VALUE:
                there[name] = self._context.environment.convert(request.value or "", request.key.hint, origin_of(function))
            elif request.kind is Kind.ONE and (definition := self._meant(request.key, name)) is not None:
                if definition.scope == Scope.SINGLETON:
                    there[name] = self._context.bean(definition)
                else:
                    asked[name] = self._dependency(definition)
        return there, asked

    def _meant(self, key: BeanKey, name: str) -> BeanDefinition | None:
        """Return the bean that a parameter means, or ``None`` for one of FastAPI's."""
        if key.qualifier is not None:
            return self._context.definition(key.hint, str(key.qualifier))
        kind: Any = get_origin(key.hint)
        kind = key.hint if kind is None else kind
        if not isinstance(kind, type) or kind.__module__ == "builtins":
            return None
        found = self._context.graph.index.choose(key, name)
        if len(found) > 1:
            raise AmbiguousBeanError(str(key), [shown(entry) for entry in found])
        return found[0] if found else None

    def _dependency(self, definition: BeanDefinition, *, is_controller: bool = False) -> DependsMark:
        """Return the dependency that gives the bean of *definition* for a request; a controller is left where `controller_of` finds it."""
        context = self._context
        store = {Scope.CHANNEL: connection_store, REQUEST_SCOPE: request_store}.get(self._store_of(definition), request_store)

        async def bean(store: Annotated[ScopeStore, Depends(store)]) -> Any:
            return await context.abean(definition, store)

        async def controller(connection: HTTPConnection, store: Annotated[ScopeStore, Depends(store)]) -> Any:
            made = connection.scope[_CONTROLLER] = await bean(store)
            return made

        mark: DependsMark = Depends(controller if is_controller else bean)
        return mark

    def _store_of(self, definition: BeanDefinition) -> str:
        """Return the scope whose store the making of *definition* needs."""
        graph, seen, path = self._context.graph, set[BeanDefinition](), [definition]
        while path:
            current = path.pop()
            if current.scope not in (Scope.SINGLETON, Scope.PROTOTYPE):
                return current.scope
            if current not in seen and current.scope == Scope.PROTOTYPE:
                seen.add(current)
                path += graph.needs(current)
        return REQUEST_SCOPE


def _calling(
    function: Callable[..., Any], name: str, bean: object | None, there: Mapping[str, object], signature: inspect.Signature
) -> Callable[..., Any]:
    """Return a function with *signature* that calls the method *name*, a coroutine function where that is one."""

    def of(values: dict[str, Any]) -> Callable[..., Any]:
        method: Callable[..., Any] = getattr(values.pop(_CONTROLLER) if bean is None else bean, name)
        return method

    @wraps(function)
    async def awaited(**values: Any) -> Any:
        method = of(values)
        return await method(**values, **there)

    @wraps(function)
    def called(**values: Any) -> Any:
        method = of(values)
        return method(**values, **there)

    endpoint: Callable[..., Any] = awaited if inspect.iscoroutinefunction(function) else called
    endpoint.__signature__ = signature  # type: ignore[attr-defined]  # what `inspect.signature` looks for first
    return endpoint
