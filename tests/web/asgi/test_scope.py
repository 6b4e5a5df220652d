"""What an application is told of a request."""

from typing import Any

import pytest

from pyboot.boot import ScopeStore
from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.wire.http.message import HttpRequest
from pyboot.components.netty.wire.http.start_line import HttpVersion
from pyboot.web.asgi.forwarded import TrustedProxies
from pyboot.web.asgi.scope import STORE, Site, peer_of, scope_of, websocket_scope_of

STORE_OF_PEER = ScopeStore()


class Addressed(EmbeddedChannel):
    """Has the addresses of a socket."""

    def remote_address(self) -> Any:
        """The client."""
        return ("10.0.0.1", 5000)

    def local_address(self) -> Any:
        """The server."""
        return ("127.0.0.1", 8080)


def scope(uri: str = "/", *fields: tuple[str, str], method: str = "GET", root: str = "", trusted: str = "", **more: Any) -> Any:
    """The scope of a request."""
    site = Site(root, TrustedProxies([trusted] if trusted else []))
    peer = peer_of(Addressed(), site, STORE_OF_PEER, is_secure=more.pop("secure", False))
    make = websocket_scope_of if more.pop("websocket", False) else scope_of
    return make(HttpRequest(method, uri, list(fields), more.pop("version", HttpVersion.HTTP_1_1)), site, peer, more.pop("state", {}))


def test_the_whole_of_it() -> None:
    """Every key of the specification."""
    assert {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.5"},
        "http_version": "1.1",
        "server": ("127.0.0.1", 8080),
        "client": ("10.0.0.1", 5000),
        "scheme": "http",
        "method": "POST",
        "root_path": "",
        "path": "/a b",
        "raw_path": b"/a%20b",
        "query_string": b"x=%201",
        "headers": [(b"host", b"here"), (b"x-a", b"1"), (b"x-a", b"2")],
        "state": {"pool": 1},
        "extensions": {"http.response.trailers": {}, "http.response.pathsend": {}},
        STORE: STORE_OF_PEER,
    } == scope("/a%20b?x=%201", ("Host", "here"), ("X-A", "1"), ("X-A", "2"), method="POST", state={"pool": 1})


def test_the_state_is_each_request_s_own() -> None:
    """What one lays there the next does not find."""
    state = {"pool": 1}
    scope(state=state)["state"]["mine"] = 2

    assert {"pool": 1} == state


@pytest.mark.parametrize(
    ("uri", "path", "query"),
    [
        ("http://here/a?b", "/a", b"b"),
        ("http://here", "/", b""),
        ("http://here?b", "/", b"b"),
        ("*", "*", b""),
        ("/%E4%BD%A0", "/你", b""),
        ("/%ff", "/�", b""),
        ("//double", "//double", b""),
        ("/a?b?c", "/a", b"b?c"),
    ],
)
def test_targets_of_every_form(uri: str, path: str, query: bytes) -> None:
    """Absolute ones lose their authority; what is no UTF-8 is replaced."""
    told = scope(uri)

    assert (path, query) == (told["path"], told["query_string"])


def test_an_application_that_is_mounted_below_a_path() -> None:
    """The path holds the root, as the specification has it."""
    told = scope("/users", root="/api")

    assert ("/api", "/api/users", b"/api/users") == (told["root_path"], told["path"], told["raw_path"])


def test_a_secure_connection_and_a_version() -> None:
    """https, and 1.0, or 2."""
    told = scope(secure=True, version=HttpVersion.HTTP_1_0)

    assert ("https", "1.0") == (told["scheme"], told["http_version"])
    assert "2" == scope(version=HttpVersion.HTTP_2)["http_version"]


def test_a_proxy_that_is_trusted_tells_client_scheme_and_host() -> None:
    """The host takes the place of the proxy's."""
    fields = [("Host", "inner"), ("X-Forwarded-For", "1.2.3.4"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "shop.example")]
    told = scope("/", *fields, trusted="10.0.0.0/8")

    assert (("1.2.3.4", 0), "https") == (told["client"], told["scheme"])
    assert [b"shop.example"] == [value for name, value in told["headers"] if name == b"host"]
    assert (("10.0.0.1", 5000), "http") == (scope("/", *fields)["client"], scope("/", *fields)["scheme"])


def test_a_websocket() -> None:
    """Its scheme, its subprotocols in order, and no method."""
    told = scope("/chat", ("Sec-WebSocket-Protocol", "a, b"), ("Sec-WebSocket-Protocol", "c"), websocket=True)

    assert ("websocket", "ws", ["a", "b", "c"]) == (told["type"], told["scheme"], told["subprotocols"])
    assert "method" not in told
    assert {"websocket.http.response": {}} == told["extensions"]


def test_a_channel_without_addresses_of_the_internet() -> None:
    """A client that has none, and a server that is a name."""
    peer = peer_of(EmbeddedChannel(), Site(), ScopeStore(), is_secure=True)

    assert (None, ("embedded", None), "https") == (peer.client, peer.scope["server"], peer.scheme)
