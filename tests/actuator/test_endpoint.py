"""Endpoints: how labelled classes become what can be asked, and which cannot."""

from collections.abc import Iterator

import pytest

from pyboot.actuator import Access, DeleteOperation, Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.endpoint import describe
from pyboot.actuator.errors import EndpointClashError, EndpointDefinitionError
from pyboot.boot import Component, prepare
from tests.actuator.management_client import application, definitions, described


@Endpoint("features")
class Features:
    """Reads, writes and deletes."""

    @ReadOperation
    def every(self) -> None: ...

    @ReadOperation("{name}")
    async def one(self, name: str) -> None: ...

    @WriteOperation("{name}")
    def switch(self, name: str, enabled: bool) -> None: ...

    @DeleteOperation("{name}")
    def delete(self, name: str) -> None: ...


def test_operations_are_found_in_their_order() -> None:
    """With their paths."""
    assert ["GET ", "GET /{name}", "POST /{name}", "DELETE /{name}"] == [str(each) for each in described(Features).operations]


def test_read_only_leaves_the_reads() -> None:
    """A write that may not be used is not there at all."""
    assert ["every", "one"] == [each.method for each in described(Features).limited(Access.READ_ONLY).operations]


def test_labels_are_not_inherited() -> None:
    """A component that has the operations of its base is an endpoint only if it says so."""

    @Component
    class Inherited(Features): ...

    assert [] == describe(definitions(Inherited))


def no_operation() -> type:
    """An endpoint that cannot be asked."""

    @Endpoint("nothing")
    class Nothing: ...

    return Nothing


def no_id() -> type:
    """An endpoint without a path."""

    @Endpoint
    class Nameless:
        @ReadOperation
        def read(self) -> None: ...

    return Nameless


def bad_id() -> type:
    """An id that is none."""

    @Endpoint("../etc")
    class Escaping:
        @ReadOperation
        def read(self) -> None: ...

    return Escaping


def unknown_selector() -> type:
    """A name in the path that the method does not take."""

    @Endpoint("x")
    class Unknown:
        @ReadOperation("{name}")
        def read(self) -> None: ...

    return Unknown


def twice() -> type:
    """Two methods for one request."""

    @Endpoint("x")
    class Twice:
        @ReadOperation("{one}")
        def first(self, one: str) -> None: ...

        @ReadOperation("{other}")
        def second(self, other: str) -> None: ...

    return Twice


def generator() -> type:
    """Calling it would run nothing."""

    @Endpoint("x")
    class Yielding:
        @ReadOperation
        def read(self) -> Iterator[int]:
            yield 1

    return Yielding


def unconvertible() -> type:
    """No text becomes a connection."""

    @Endpoint("x")
    class Strange:
        @ReadOperation
        def read(self, sink: Exception) -> None: ...

    return Strange


def spread() -> type:
    """A parameter without a name."""

    @Endpoint("x")
    class Spread:
        @ReadOperation
        def read(self, *names: str) -> None: ...

    return Spread


def rest_in_the_middle() -> type:
    """What takes all that is left is the last."""

    @Endpoint("x")
    class Middle:
        @ReadOperation("{*rest}/more")
        def read(self, rest: tuple[str, ...]) -> None: ...

    return Middle


def unresolvable() -> type:
    """A hint that names nothing."""

    @Endpoint("x")
    class Unresolvable:
        @ReadOperation
        def read(self, thing: "Nowhere") -> None: ...  # type: ignore[name-defined]  # noqa: F821  that is the point

    return Unresolvable


WRONG = (no_operation, no_id, bad_id, unknown_selector, twice, generator, unconvertible, spread, rest_in_the_middle, unresolvable)


@pytest.mark.parametrize("make", WRONG)
def test_a_wrong_endpoint_stops_the_start_with_its_place(make: type) -> None:
    """Before anything is made; the file and a line are told."""
    with pytest.raises(EndpointDefinitionError) as caught:
        prepare(application(make()))

    assert "test_endpoint.py:" in str(caught.value)


def test_two_endpoints_of_one_id_stop_the_start() -> None:
    """Ids are compared without case and dashes; both places are told."""

    @Endpoint("FEATURES")
    class Loud:
        @ReadOperation
        def read(self) -> None: ...

    with pytest.raises(EndpointClashError) as caught:
        prepare(application(Features, Loud))

    assert 2 == str(caught.value).count("test_endpoint.py:")
