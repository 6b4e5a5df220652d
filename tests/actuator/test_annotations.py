"""The labels of endpoints, and what they leave on what they stand on."""

from pyboot.actuator import Access, DeleteOperation, Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.annotations import EndpointLabel, OperationKind, OperationLabel
from pyboot.boot.model.label import labels
from pyboot.boot.model.stereotype import Stereotype


def test_an_endpoint_is_a_component_with_an_id() -> None:
    """The class stays what it was."""

    @Endpoint("features", access=Access.READ_ONLY)
    class Features: ...

    (label,) = labels(Features, EndpointLabel)
    assert ("features", Access.READ_ONLY) == (label.id, label.access)
    assert labels(Features, Stereotype)


def test_operations_bare_and_with_a_path() -> None:
    """Each knows its kind, and what it is called where it is written."""

    class Features:
        @ReadOperation
        def bare(self) -> None: ...

        @ReadOperation("{name}", produces=["text/plain"])
        def one(self, name: str) -> None: ...

        @WriteOperation()
        def write(self) -> None: ...

        @DeleteOperation
        def delete(self) -> None: ...

    found = [labels(member, OperationLabel)[0] for member in (Features.bare, Features.one, Features.write, Features.delete)]
    assert [OperationKind.READ, OperationKind.READ, OperationKind.WRITE, OperationKind.DELETE] == [label.kind for label in found]
    assert [("", ()), ("{name}", ("text/plain",)), ("", ()), ("", ())] == [(label.path, label.produces) for label in found]
    assert ["ReadOperation", "ReadOperation", "WriteOperation", "DeleteOperation"] == [label.spelling for label in found]
