"""The decorators of endpoints: they label a class as an endpoint and its methods as operations, and leave each what it was."""

from collections.abc import Sequence
from enum import Enum
from typing import Any, ClassVar, Self, final, overload

from pyboot.boot import Component, Label, Place

from .access import Access


@final
class EndpointLabel(Label):
    """Makes a class an endpoint, a bean whose operations are asked over HTTP: ``@Endpoint("features")``.

    Args:
        id: letters and digits, the first one a letter; the endpoint's path below ``/actuator``, and its name in settings.
        access: what may be used of it where no setting says; default: everything.
    """

    places: ClassVar = frozenset({Place.CLASS})

    def __init__(self, id: str = "", access: Access = Access.UNRESTRICTED) -> None:
        self.id = id
        self.access = access

    @overload
    def __call__(self, id: str, /, *, access: Access = Access.UNRESTRICTED) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        """Label a class as an endpoint and as a component; with an id, return a label that holds it."""
        if targets and isinstance(targets[0], str):
            return self.altered(id=targets[0], **given)
        return Component(Label.__call__(self, *targets))


Endpoint = EndpointLabel()


class OperationKind(Enum):
    """The kinds of operations, each with its request method."""

    READ = "GET"
    WRITE = "POST"
    DELETE = "DELETE"


@final
class OperationLabel(Label):
    """Makes a method, ``def`` or ``async def``, an operation of its endpoint: ``@ReadOperation("{name}")``, or without parentheses.

    Args:
        path: what follows the id: ``{name}`` is a parameter, ``{*rest}`` takes all that is left, as a tuple; anything else stands for
            itself.
        produces: the media types that it answers with; default: JSON. Methods of one kind and path may differ by them.
    """

    places: ClassVar = frozenset({Place.METHOD})

    def __init__(self, kind: OperationKind, path: str = "", produces: tuple[str, ...] = ()) -> None:
        self.kind = kind
        self.path = path
        self.produces = produces

    @property
    def spelling(self) -> str:
        """The decorator's name."""
        return f"{self.kind.name.capitalize()}Operation"

    @overload
    def __call__(self, path: str = "", /, *, produces: Sequence[str] = ()) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, produces: Sequence[str] = ()) -> Any:
        """Label a method; with a path or media types, return a label that holds them."""
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(path=targets[0] if targets else "", produces=tuple(produces))


ReadOperation = OperationLabel(OperationKind.READ)
WriteOperation = OperationLabel(OperationKind.WRITE)
DeleteOperation = OperationLabel(OperationKind.DELETE)
