"""Scopes: what an application is told of a request before its content. Source: the ASGI specification, HTTP Connection Scope."""

from typing import Any, NamedTuple, final
from urllib.parse import unquote

from pyboot.boot import ScopeStore
from pyboot.components.netty import Channel
from pyboot.components.netty.codec.websocket.config import WebSocketConfig
from pyboot.components.netty.wire.http.message import HttpRequest
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .forwarded import Client, Origin, TrustedProxies
from .protocol import Scope

STORE = "pyboot.store"
"""The key below which the beans of the connection live."""

_ASGI = {"version": "3.0", "spec_version": "2.5"}
_HTTP: dict[str, dict[str, Any]] = {"http.response.trailers": {}, "http.response.pathsend": {}}
_WEBSOCKET: dict[str, dict[str, Any]] = {"websocket.http.response": {}}

NOBODY = TrustedProxies(())


@final
class Site(NamedTuple):
    """What all requests of one server have in common: where the application is mounted, whose word is taken, limits of WebSockets."""

    root_path: str = ""
    proxies: TrustedProxies = NOBODY
    websocket: WebSocketConfig = WebSocketConfig()


@final
class Peer(NamedTuple):
    """What all requests of one connection have in common."""

    client: Client
    scheme: str
    scope: dict[str, Any]  # what the scopes of all its requests begin with


def peer_of(channel: Channel, site: Site, store: ScopeStore, *, is_secure: bool) -> Peer:
    """Return what *channel* tells of its two ends; *store* has the beans that live as long as it does."""
    remote, local = channel.remote_address(), channel.local_address()
    client = (remote[0], remote[1]) if isinstance(remote, tuple) else None
    scheme = "https" if is_secure else "http"
    common = {
        "type": "http",
        "asgi": _ASGI,
        "http_version": "1.1",
        "server": (local[0], local[1]) if isinstance(local, tuple) else (str(local), None) if local else None,
        "client": client,
        "scheme": scheme,
        "root_path": site.root_path,
        "extensions": _HTTP,
        STORE: store,
    }
    return Peer(client, scheme, common)


def scope_of(request: HttpRequest, site: Site, peer: Peer, state: dict[str, Any]) -> Scope:
    """Return the scope of *request*; *state* is what the application's lifespan has laid there."""
    # hot path: once for each request.
    target = request.uri
    if target[:1] != "/":
        target = _origin_form(target)
    raw_path, _, query = target.partition("?")
    root = site.root_path
    scope = peer.scope.copy()
    scope["method"] = str(request.method)
    scope["path"] = root + (unquote(raw_path) if "%" in raw_path else raw_path)
    scope["raw_path"] = (root + raw_path).encode("latin-1")
    scope["query_string"] = query.encode("latin-1") if query else b""
    scope["headers"] = request.headers.raw_items()
    scope["state"] = state.copy()
    if request.version is not HttpVersion.HTTP_1_1:
        scope["http_version"] = request.version.removeprefix("HTTP/")
    if site.proxies:
        _believe(scope, site.proxies.origin(peer.client, peer.scheme, request.headers))
    return scope


def _believe(scope: Scope, origin: Origin) -> None:
    """Put into *scope* whom a proxy says that the request is from."""
    scope["client"], scope["scheme"] = origin.client, origin.scheme
    if origin.host is not None:
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [*others, (b"host", origin.host.encode("latin-1"))]


def websocket_scope_of(request: HttpRequest, site: Site, peer: Peer, state: dict[str, Any]) -> Scope:
    """Return the same of a request for a WebSocket."""
    scope = scope_of(request, site, peer, state)
    del scope["method"]
    offered = request.headers.get_all("sec-websocket-protocol")
    scope["type"] = "websocket"
    scope["scheme"] = "wss" if scope["scheme"] == "https" else "ws"
    scope["subprotocols"] = [name for text in offered for part in text.split(",") if (name := part.strip())]
    scope["extensions"] = _WEBSOCKET
    return scope


def _origin_form(target: str) -> str:
    """Return the path and query of a target in absolute form; ``*`` stays."""
    _, mark, rest = target.partition("://")
    if not mark:
        return target
    authority, slash, path = rest.partition("/")
    return f"/{path}" if slash else "/" + authority.partition("?")[1] + authority.partition("?")[2]
