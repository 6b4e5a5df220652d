"""Endpoints: beans with an id, whose operations are asked over HTTP. No I/O here.

Theory. An endpoint is a class, labelled with its id; its labelled methods are its operations::

    @Endpoint("features")                        GET    /actuator/features                     all()
    class FeaturesEndpoint:                      GET    /actuator/features/dark-mode           one("dark-mode")
        @ReadOperation                           POST   /actuator/features/dark-mode           switch("dark-mode", True)
        def all(self): ...                              {"enabled": true}
        @ReadOperation("{name}")
        async def one(self, name: str): ...
        @WriteOperation("{name}")
        def switch(self, name: str, enabled: bool): ...

The laws, which are Spring Boot's:

- A read is GET, a write POST, a delete DELETE. A parameter that the path does not name comes from the query, or from the properties of a
  write's JSON object; of both the query wins. Names are relaxed: ``included_names`` is ``includedNames`` as well.
- A parameter is converted to its hint. One that is missing, and neither has a default nor may be ``None``, is answered 400, as is one that
  cannot be converted. One of the type `InvocationContext` gets that.
- A read that returns ``None`` is answered 404, a write or delete 204. Anything else is the body: JSON, unless the operation says what it
  produces; `WebEndpointResponse` says status and header fields too. `InvalidEndpointRequestError` is answered 400, any other error 500,
  and the log has it.
- Operations run on the application's loop, where the beans live: what blocks is ``async def`` and awaits a thread.
- An endpoint is there if its access is not ``none``, and over a server if the exposure of that one includes it (`exposure`). What is wrong
  with one stops the start, before anything is made.

A bean of a user whose id is that of a built-in endpoint takes its place.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple, final

from pyboot.boot import BeanDefinition
from pyboot.boot.config.names import uniform
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_members
from pyboot.boot.model.origin import origin_of

from .access import Access
from .annotations import EndpointLabel, OperationKind, OperationLabel
from .errors import EndpointClashError, EndpointDefinitionError
from .operation import Operation, operation_of

_ID: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9]*\Z")


@final
class EndpointDescription(NamedTuple):
    """An endpoint as its class tells: its id, the access it has by default, its operations, and the definition of its bean.

    *cache_seconds*: how long its answers are given again, as settings say.
    """

    id: str
    access: Access
    operations: tuple[Operation, ...]
    bean: BeanDefinition
    cache_seconds: float = 0.0

    def limited(self, access: Access) -> "EndpointDescription":
        """Return the endpoint with those operations alone that *access* leaves."""
        if access is Access.UNRESTRICTED:
            return self
        return self._replace(operations=tuple(each for each in self.operations if each.kind is OperationKind.READ))


def describe(definitions: Iterable[BeanDefinition]) -> list[EndpointDescription]:
    """Return the endpoints among *definitions*.

    Raises:
        EndpointDefinitionError: a label means nothing that could be asked over HTTP; with file and line.
        EndpointClashError: two endpoints have one id.
    """
    found: dict[str, EndpointDescription] = {}
    for definition in definitions:
        for label in definition.labels(EndpointLabel):
            described = _describe(definition, label)
            first = found.setdefault(uniform(label.id), described)
            if first is not described:
                raise EndpointClashError(label.id, f"{first.bean.name} ({first.bean.origin})", f"{definition.name} ({definition.origin})")
    return list(found.values())


def _describe(definition: BeanDefinition, label: EndpointLabel) -> EndpointDescription:
    kind = definition.bean_class
    if not _ID.match(label.id):
        reason = "its id is letters and digits, the first one a letter" + (f", and not {label.id!r}" if label.id else "; it has none")
        raise EndpointDefinitionError(kind.__qualname__, str(definition.origin), reason)
    operations = [operation_of(name, member, entry) for name, member in labelled_members(kind) for entry in labels(member, OperationLabel)]
    if not operations:
        reason = "it has no operation: label a method @ReadOperation, @WriteOperation or @DeleteOperation"
        raise EndpointDefinitionError(kind.__qualname__, str(definition.origin), reason)
    _refuse_clashes(kind, operations)
    return EndpointDescription(label.id, label.access, tuple(operations), definition)


def _refuse_clashes(kind: type, operations: Sequence[Operation]) -> None:
    """Refuse two operations that answer the same request."""
    known: dict[tuple[object, ...], str] = {}
    for operation in operations:
        for produced in operation.produces or ("",):
            shape = (operation.kind, operation.shape, produced)
            first = known.setdefault(shape, operation.method)
            if first != operation.method:
                reason = f"its operations {first} and {operation.method} answer the same request: {operation}"
                raise EndpointDefinitionError(kind.__qualname__, str(origin_of(getattr(kind, operation.method))), reason)
