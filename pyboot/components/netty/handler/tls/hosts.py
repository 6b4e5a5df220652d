"""HostContexts: which context belongs to the host that a client asks for."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, final

from pyboot.components.netty.errors import SslContextError

__all__ = ["Contexts", "HostContexts"]

type Found = ssl.SSLContext | None
type Lookup = Callable[[str], Found | Awaitable[Found]]
type Contexts = Mapping[str, ssl.SSLContext] | Lookup


@final
class HostContexts:
    """Contexts by host, made once for a server.

    Args:
        contexts: a mapping from names, ``"*.example.com"`` for all that are one label longer; or a plain or coroutine function
            that gives the context of a name, None for a host that is not served.
        default: for clients that name a host which is not in *contexts*, or none. Without it they are refused.
    """

    def __init__(self, contexts: Contexts, default: ssl.SSLContext | None = None) -> None:
        self._lookup: Lookup = contexts if callable(contexts) else _Table(contexts).find
        if default is not None:
            _check(default, "default")
        self._default = default

    def find(self, name: str | None) -> Any:  # Any: Found, or an awaitable of it, which has to be given to `or_default`
        """The context of *name*, in lower case; what a coroutine function gives is for the caller to await."""
        return None if name is None else self._lookup(name)

    def or_default(self, found: object) -> Found:
        """Return the context that was found, once it is checked, or the default."""
        if found is None:
            return self._default
        return _check(found, "the function")


@final
class _Table:
    def __init__(self, contexts: Mapping[str, ssl.SSLContext]) -> None:
        self._contexts = {_ascii(name): _check(context, name) for name, context in contexts.items()}

    def find(self, name: str) -> Found:
        """The context of the very name, else that of its wildcard."""
        # One label at most, the leftmost (RFC 9525, 6.3): a certificate for *.example.com is none for a.b.example.com.
        context = self._contexts.get(name)
        return self._contexts.get(f"*.{name.partition('.')[2]}") if context is None else context


def _ascii(name: str) -> str:
    try:
        return name.encode("idna").decode().lower()
    except UnicodeError as error:
        raise SslContextError(
            f"{name!r} is no name of a host ({error})", "write it as clients do: host.example.com or *.example.com"
        ) from error


def _check(context: object, where: str) -> ssl.SSLContext:
    if not isinstance(context, ssl.SSLContext):
        raise SslContextError(f"{where!r} stands for {context!r}, which is no ssl.SSLContext", "make it with ssl_context_for_server()")
    return context
