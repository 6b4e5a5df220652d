"""Attributes of spans."""

import pytest

from pyboot.actuator.tracing.attributes import error_type, method_attributes, named_method, peer_attributes
from pyboot.netty.errors import UnknownServerError


def test_a_method_that_nobody_knows_is_other() -> None:
    """And stands as it was beside; the name of the span has a word for it."""
    assert {"http.request.method": "GET"} == method_attributes("GET")
    assert {"http.request.method": "_OTHER", "http.request.method_original": "BREW"} == method_attributes("BREW")
    assert ("GET", "HTTP") == (named_method("GET"), named_method("BREW"))


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (("::1", 80, 0, 0), {"network.peer.address": "::1", "network.peer.port": 80}),
        ("/run/a.sock", {"network.peer.address": "/run/a.sock"}),
        ("", {}),
        (None, {}),
    ],
)
def test_a_peer_is_told_by_what_it_has(address: object, told: dict[str, object]) -> None:
    """A Unix socket that connects has no name."""
    assert told == peer_attributes(address)


def test_an_error_is_told_by_its_full_name() -> None:
    """Those of Python by their own."""
    assert ("KeyError", "pyboot.netty.errors.UnknownServerError") == (
        error_type(KeyError()),
        error_type(UnknownServerError("a", "b", [], None)),
    )
