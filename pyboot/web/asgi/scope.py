"""Scopes: what an application is told of a request before its content. Source: the ASGI specification, HTTP Connection Scope."""

from typing import Any, NamedTuple, final
from urllib.parse import unquote

from pyboot.boot import ScopeStore
from pyboot.components.netty import Channel
from pyboot.components.netty.wire.http.message import HttpRequest
from pyboot.components.netty.wire.http.start_line import HttpVersion

from .forwarded import Client, TrustedProxies
from .types import Scope

STORE = "pyboot.store"
"""The key below which the beans of the connection live."""

_ASGI = {"version": "3.0", "spec_version": "2.5"}
_HTTP: dict[str, dict[str, Any]] = {"http.response.trailers": {}, "http.response.pathsend": {}}
_WEBSOCKET: dict[str, dict[str, Any]] = {"websocket.http.response": {}}
_VERSIONS = {HttpVersion.HTTP_1_0: "1.0", HttpVersion.HTTP_1_1: "1.1"}


@final
class Site(NamedTuple):
    """What all requests of one server have in common: *root_path*, where the application is mounted, and whose word is taken."""

    root_path: str
    proxies: TrustedProxies


@final
class Peer(NamedTuple):
    """What all requests of one connection have in common: its two ends, its scheme, and the beans that live as long as it does."""

    client: Client
    server: tuple[str, int | None] | None
    is_secure: bool
    store: ScopeStore


def peer_of(channel: Channel, store: ScopeStore, *, is_secure: bool) -> Peer:
    """Return what *channel* tells of its two ends."""
    remote, local = channel.remote_address(), channel.local_address()
    client = (remote[0], remote[1]) if isinstance(remote, tuple) else None
    server = (local[0], local[1]) if isinstance(local, tuple) else (str(local), None) if local else None
    return Peer(client, server, is_secure, store)


def scope_of(request: HttpRequest, site: Site, peer: Peer, state: dict[str, Any], *, is_websocket: bool = False) -> Scope:
    """Return the scope of *request*; *state* is what the application's lifespan has laid there."""
    # hot path: once for each request.
    client, scheme = peer.client, "https" if peer.is_secure else "http"
    fields = request.headers.raw_items()
    if site.proxies:
        origin = site.proxies.origin(client, scheme, request.headers)
        client, scheme = origin.client, origin.scheme
        if origin.host is not None:
            fields = [(name, value) for name, value in fields if name != b"host"] + [(b"host", origin.host.encode("latin-1"))]
    target = request.uri
    if not target.startswith("/"):
        target = _origin_form(target)
    raw_path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": _ASGI,
        "http_version": _VERSIONS.get(request.version, "1.1"),
        "server": peer.server,
        "client": client,
        "scheme": scheme,
        "method": str(request.method),
        "root_path": site.root_path,
        "path": site.root_path + (unquote(raw_path) if "%" in raw_path else raw_path),
        "raw_path": (site.root_path + raw_path).encode("latin-1"),
        "query_string": query.encode("latin-1"),
        "headers": fields,
        "state": state.copy(),
        "extensions": _HTTP,
        STORE: peer.store,
    }
    if is_websocket:
        offered = request.headers.get_all("sec-websocket-protocol")
        del scope["method"]
        scope |= {
            "type": "websocket",
            "scheme": "wss" if scheme == "https" else "ws",
            "subprotocols": [name for text in offered for part in text.split(",") if (name := part.strip())],
            "extensions": _WEBSOCKET,
        }
    return scope


def _origin_form(target: str) -> str:
    """Return the path and query of a target in absolute form; ``*`` stays."""
    _, mark, rest = target.partition("://")
    if not mark:
        return target
    authority, slash, path = rest.partition("/")
    return f"/{path}" if slash else "/" + authority.partition("?")[1] + authority.partition("?")[2]
