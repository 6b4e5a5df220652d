"""Routes: the paths of the endpoints that a server answers for, and the list of links to them. No I/O here."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, final

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.operation import Operation
from pyboot.boot.config.names import uniform
from pyboot.components.netty.wire.http.query import decode_component

from .media import PRODUCED, choose_type

NOTHING: Final[Mapping[str, object]] = MappingProxyType({})


@final
class Endpoint(NamedTuple):
    """An endpoint that is there: its description, and its bean."""

    description: EndpointDescription
    bean: Any

    @property
    def id(self) -> str:
        """The name of its path."""
        return self.description.id


@final
class Choice(NamedTuple):
    """One operation that a path means, with the arguments that the path holds."""

    operation: Operation
    path: Mapping[str, object]

    @property
    def produces(self) -> tuple[str, ...]:
        """The media types that it answers with."""
        return self.operation.produces or PRODUCED


@final
class Match(NamedTuple):
    """The operations that a path means, those of all request methods; without *endpoint* it is the list of links."""

    endpoint: Endpoint | None
    choices: tuple[Choice, ...] = ()

    @property
    def allowed(self) -> tuple[str, ...]:
        """The request methods that are answered here, as ``Allow`` says them."""
        kinds = {OperationKind.READ} if self.endpoint is None else {each.operation.kind for each in self.choices}
        methods = [kind.value for kind in OperationKind if kind in kinds]
        return (*methods, "HEAD", "OPTIONS") if OperationKind.READ in kinds else (*methods, "OPTIONS")

    def of(self, method: str) -> tuple[Choice, ...]:
        """Return the operations that *method* means."""
        meant = "GET" if method == "HEAD" else method
        return tuple(each for each in self.choices if each.operation.kind.value == meant)


@final
class Routes:
    """The endpoints below a path. Ids are matched without dashes and case; of two operations the one whose path says more wins."""

    def __init__(self, base: str, endpoints: Iterable[Endpoint], *, lists: bool = True) -> None:
        """Take the path *base*, and whether it *lists* links to the endpoints."""
        self.base = base.rstrip("/")
        self.endpoints = {uniform(each.id): each for each in endpoints}
        self._lists = lists and bool(self.base)

    def match(self, raw_path: str) -> Match | None:
        """Return what *raw_path* means, as it came; None if that is nothing.

        Raises:
            HttpDecoderError: it has something that is no percent-encoding.
        """
        if raw_path != self.base and not raw_path.startswith(f"{self.base}/"):
            return None
        parts = raw_path[len(self.base) :].split("/")[1:]
        if parts and parts[-1] == "":
            parts.pop()  # a slash at the end is none of the path's
        if not parts:
            return Match(None) if self._lists else None
        first, *rest = map(decode_component, parts)
        endpoint = self.endpoints.get(uniform(first))
        if endpoint is None:
            return None
        choices = _most_telling(endpoint.description.operations, rest)
        return Match(endpoint, choices) if choices else None

    def links(self, origin: str) -> dict[str, Any]:
        """Return the list of links, for a client that has asked at *origin*: ``http://localhost:8081``."""
        base = f"{origin}{self.base}"
        links = {"self": {"href": base, "templated": False}}
        for endpoint in self.endpoints.values():
            for operation in endpoint.description.operations:
                name = "-".join((endpoint.id, *map(_camel, operation.selectors)))
                path = "/".join((base, endpoint.id, *map(_camel, operation.path)))
                links.setdefault(name, {"href": path, "templated": bool(operation.selectors)})
        return {"_links": links}


def chosen(choices: Sequence[Choice], accept: str | None) -> tuple[Choice, str] | None:
    """Return the operation of *choices* that answers with what a client accepts most, and that media type; None if there is none."""
    offered = [media_type for each in choices for media_type in each.produces]
    media_type = choose_type(accept, offered)
    if media_type is None:
        return None
    return next(each for each in choices if media_type in each.produces), media_type


def _most_telling(operations: Sequence[Operation], segments: Sequence[str]) -> tuple[Choice, ...]:
    """Return the operations whose path *segments* are, those alone whose path is the most telling of their kind."""
    found = [Choice(each, path) for each in operations if (path := each.matched(segments)) is not None]
    best = {kind: min((_rank(each.operation) for each in found if each.operation.kind is kind), default=()) for kind in OperationKind}
    return tuple(each for each in found if _rank(each.operation) == best[each.operation.kind])


def _rank(operation: Operation) -> tuple[int, ...]:
    return tuple(2 if part.startswith("{*") else 1 if part.startswith("{") else 0 for part in operation.path)


def _camel(part: str) -> str:
    head, *rest = part.split("_") if part.startswith("{") or "{" not in part else [part]
    return head + "".join(map(str.capitalize, rest))
