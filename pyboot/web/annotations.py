"""The decorators of the web room: they label controllers and what answers in them, and leave each what it was."""

from collections.abc import Mapping, Sequence
from enum import Enum
from types import MappingProxyType
from typing import Any, ClassVar, Self, TypedDict, Unpack, final, overload

from pyboot.boot import Component, Label, Place

NO_OPTIONS: Mapping[str, Any] = MappingProxyType({})


class RouteOptions(TypedDict, total=False):
    """What a route may say besides its path: FastAPI's own words for ``@app.get(...)``, which are handed to it as they are."""

    response_model: Any
    status_code: int
    tags: list[str | Enum]
    dependencies: Sequence[Any]
    summary: str
    description: str
    response_description: str
    responses: dict[int | str, dict[str, Any]]
    deprecated: bool
    operation_id: str
    response_model_include: Any
    response_model_exclude: Any
    response_model_by_alias: bool
    response_model_exclude_unset: bool
    response_model_exclude_defaults: bool
    response_model_exclude_none: bool
    include_in_schema: bool
    response_class: type[Any]
    name: str
    openapi_extra: dict[str, Any]


@final
class RestControllerLabel(Label):
    """Makes a class a controller, a bean whose methods answer requests: ``@RestController("/users")``, or without parentheses.

    Args:
        path: what all its paths begin with.
        tags: the headings under which the OpenAPI document lists its routes; default: the class name without ``Controller``.
        dependencies: FastAPI's ``Depends(...)`` that run before each of its routes.
        include_in_schema: whether the OpenAPI document shows its routes.
    """

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(
        self, path: str = "", tags: tuple[str, ...] = (), dependencies: tuple[Any, ...] = (), include_in_schema: bool = True
    ) -> None:
        self.path = path
        self.tags = tags
        self.dependencies = dependencies
        self.include_in_schema = include_in_schema

    @overload
    def __call__(
        self,
        path: str = "",
        /,
        *,
        tags: Sequence[str] = (),
        dependencies: Sequence[Any] = (),
        include_in_schema: bool = True,
    ) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a class as a controller and as a component; with arguments, return a label that holds them."""
        if targets and not isinstance(targets[0], str):
            return Component(Label.__call__(self, *targets))
        spread = {name: tuple(value) if isinstance(value, list) else value for name, value in given.items()}
        return self.altered(**({"path": targets[0]} if targets else {}), **spread)


RestController = RestControllerLabel()


@final
class ControllerAdviceLabel(Label):
    """Makes a class a bean whose ``@ExceptionHandler`` methods answer for the errors of all controllers: ``@ControllerAdvice``."""

    places: ClassVar = frozenset({Place.CLASS})

    def __call__(self, target: Any) -> Any:
        """Label a class as advice and as a component."""
        return Component(Label.__call__(self, target))


class MappingLabel(Label):
    """Base for the labels of methods that answer requests; ``path`` goes behind the controller's."""

    places: ClassVar = frozenset({Place.METHOD})
    path: str


@final
class RequestMappingLabel(MappingLabel):
    """A method that answers requests for a path: ``@GetMapping("/{id}", status_code=200)``, or without parentheses.

    What it takes, what it returns and what is refused is FastAPI's business: parameters of the path, the query and the body, each told by
    its hint. A parameter whose type is that of a bean of the application is that bean.

    Args:
        path: behind the controller's path, ``"/{id}"``; default: the controller's path itself.
        methods: the request methods; default: those of the decorator.
        options: `RouteOptions`.
    """

    def __init__(self, methods: tuple[str, ...], path: str = "", options: Mapping[str, Any] = NO_OPTIONS) -> None:
        self.methods = methods
        self.path = path
        self.options = options

    @property
    def spelling(self) -> str:
        """The decorator's name."""
        return f"{self.methods[0].capitalize()}Mapping" if len(self.methods) == 1 else "RequestMapping"

    @overload
    def __call__(self, path: str = "", /, **options: Unpack[RouteOptions]) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **options: Any) -> Any:
        """Label a method; with a path or options, return a label that holds them."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(path=targets[0] if targets else "", options=MappingProxyType(options))

    def __hash__(self) -> int:
        return hash((self.methods, self.path))


def RequestMapping(path: str = "", *, methods: Sequence[str], **options: Unpack[RouteOptions]) -> RequestMappingLabel:
    """Return the label of a method that answers several request methods: ``@RequestMapping("/x", methods=["GET", "PUT"])``."""
    return RequestMappingLabel(tuple(method.upper() for method in methods), path, MappingProxyType(dict(options)))


GetMapping = RequestMappingLabel(("GET",))
PostMapping = RequestMappingLabel(("POST",))
PutMapping = RequestMappingLabel(("PUT",))
PatchMapping = RequestMappingLabel(("PATCH",))
DeleteMapping = RequestMappingLabel(("DELETE",))


@final
class WebSocketMappingLabel(MappingLabel):
    """A coroutine method that talks over a WebSocket, FastAPI's ``WebSocket``: ``@WebSocketMapping("/chat/{room}")``."""

    def __init__(self, path: str = "", dependencies: tuple[Any, ...] = ()) -> None:
        self.path = path
        self.dependencies = dependencies

    @overload
    def __call__(self, path: str = "", /, *, dependencies: Sequence[Any] = ()) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, dependencies: Sequence[Any] = ()) -> Any:
        """Label a method; with a path, return a label that holds it."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(path=targets[0] if targets else "", dependencies=tuple(dependencies))


WebSocketMapping = WebSocketMappingLabel()


@final
class ExceptionHandlerLabel(Label):
    """A method that answers for errors: ``@ExceptionHandler(KeyError, status=404)``.

    On a controller it answers for that controller's routes, in a ``@ControllerAdvice`` for all. It takes the error, or the request and
    the error; what it returns is the answer: a ``Response``, a `ProblemDetail`, or what becomes JSON.

    Args:
        errors: the types; default: the type of its last parameter.
        status: the status of an answer that does not say one itself. Default 500.
    """

    places: ClassVar = frozenset({Place.METHOD})

    def __init__(self, errors: tuple[type[Exception], ...] = (), status: int = 500) -> None:
        self.errors = errors
        self.status = status

    @overload
    def __call__(self, *errors: type[Exception], status: int = 500) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, status: int = 500) -> Any:
        """Label a method; with types or a status, return a label that holds them."""
        if targets and not isinstance(targets[0], type):
            return Label.__call__(self, *targets)
        return self.altered(errors=targets, status=status)


ExceptionHandler = ExceptionHandlerLabel()
ControllerAdvice = ControllerAdviceLabel()
