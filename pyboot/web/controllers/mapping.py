"""The mappings of an application's controllers, as they are written down: which method answers which path. Nothing is made here.

The law of mappings: one path and method has one answer. Two that could be the same request, whatever their parameters are called, are
refused before anything starts, with both places. Of two paths that one request fits, the one that says more is asked first:
``/users/me`` goes before ``/users/{id}``, wherever they are written.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, final

from pyboot.boot import BeanDefinition
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods, refusal
from pyboot.boot.model.origin import origin_of
from pyboot.web.annotations import MappingLabel, RequestMappingLabel, RestControllerLabel
from pyboot.web.errors import MappingClashError

_WEBSOCKET = "WEBSOCKET"
_REST = 2
_PARAMETER = re.compile(r"\{[^}:]*(?::str)?(:[^}]*)?\}")  # a text is what one is that does not say


@final
class Mapping(NamedTuple):
    """One method that answers: the bean whose method it is, its name and function, its label, and its whole path."""

    controller: BeanDefinition
    label: MappingLabel
    name: str
    function: Any  # a function of the class, `def` or `async def`
    path: str

    @property
    def methods(self) -> Sequence[str]:
        """The request methods that it answers; WEBSOCKET for one that opens a WebSocket."""
        return self.label.methods if isinstance(self.label, RequestMappingLabel) else (_WEBSOCKET,)

    @property
    def shown(self) -> str:
        """The place where it is written: ``Users.find (app/users.py:12)``."""
        return f"{self.function.__qualname__} ({origin_of(self.function)})"


def mappings_of(definitions: Iterable[BeanDefinition]) -> list[Mapping]:
    """Return the mappings of the controllers among *definitions*, those that say more first.

    Raises:
        DefinitionError: a path does not begin with a slash.
        MappingClashError: two of them answer the same.
    """
    found = [mapping for definition in definitions for mapping in _of_controller(definition)]
    seen: dict[tuple[str, str], Mapping] = {}
    for mapping in found:
        for method in mapping.methods:
            other = seen.setdefault((method, _PARAMETER.sub(r"{\1}", mapping.path)), mapping)
            if other is not mapping:
                raise MappingClashError(f"{method} {mapping.path}", other.shown, mapping.shown)
    # Of one path, HEAD before GET, which would answer it too.
    return sorted(found, key=lambda mapping: (_order(mapping.path), "HEAD" not in mapping.methods))


def _order(path: str) -> list[tuple[int, int, bool]]:
    """Return what *path* is sorted by: of two that go on behind ``{rest:path}`` or end with it, the one that goes on says more."""
    parts = [_openness(segment) for segment in path.split("/")]
    return [*parts, (3, 0, False)] if parts[-1][0] == _REST else parts


def _openness(segment: str) -> tuple[int, int, bool]:
    """Return how much a part of a path leaves open: nothing, one part, or all that is left; the less, the more of it is written down.

    ``/me``, ``/v{n:int}``, ``/v{n}``, ``/{n:int}``, ``/{name}``, ``/{rest:path}``, in this order.
    """
    if "{" not in segment:
        return 0, 0, False
    written = _PARAMETER.sub(r"{\1}", segment)
    return _REST if ":path}" in segment else 1, -len(_PARAMETER.sub("", segment)), "{}" in written


def _of_controller(definition: BeanDefinition) -> Iterator[Mapping]:
    for controller in definition.labels(RestControllerLabel):
        kind: type[Any] = definition.provides
        if controller.path and not controller.path.startswith("/"):
            raise refusal(controller, kind, f"its path is {controller.path!r}, which does not begin with a slash")
        for name in labelled_methods(kind, MappingLabel):
            function = getattr(kind, name)
            for label in labels(function, MappingLabel):
                if label.path and not label.path.startswith("/"):
                    raise refusal(label, function, f"its path is {label.path!r}, which does not begin with a slash")
                yield Mapping(definition, label, name, function, controller.path.removesuffix("/") + label.path or "/")
