"""What an operation may ask for besides its parameters, and what it may return besides plain data."""

from collections.abc import AsyncIterator, Mapping
from types import MappingProxyType
from typing import Any, Final, NamedTuple, final

from pyboot.components.netty.wire.http.headers import HttpHeaders

NO_HEADERS: Mapping[str, str] = MappingProxyType({})

ALL_ROLES: Final = "*"
"""The role of who owns the application: it stands for all."""


@final
class Principal(NamedTuple):
    """Somebody who has said who it is: a *name*, and the *roles* that settings give it."""

    name: str
    roles: frozenset[str] = frozenset()


@final
class InvocationContext(NamedTuple):
    """What an operation is called for: a parameter of this type gets it.

    *principal* is who asks, None for somebody unknown, from *remote*, host and port; *headers* are the request's, *path* is too. *base* is
    the address of all endpoints, as the client has it; *produces* the media type that the answer will have. *is_authorized* tells whether
    details may be shown where nothing more is said; *is_alone*, that of several workers this one alone is asked.
    """

    principal: Principal | None = None
    remote: str = ""
    headers: HttpHeaders = HttpHeaders()
    produces: str = ""
    path: str = ""
    base: str = ""
    is_authorized: bool = False
    is_alone: bool = False

    def is_in_role(self, role: str) -> bool:
        """Tell whether who asks has *role*."""
        return self.principal is not None and not self.principal.roles.isdisjoint((role, ALL_ROLES))


@final
class WebEndpointResponse(NamedTuple):
    """An answer that says more than its *body*: its *status*, its media type where that is not the operation's, further *headers*.

    A *body* that is an asynchronous iterator of bytes or text is sent piece by piece, each as soon as it is there. Its ``aclose``, where it
    has one, is awaited in the end, also where the client has gone, or nothing was taken of it: HEAD. (A generator that was not begun does
    not run its ``finally`` then.)
    """

    body: Any | AsyncIterator[bytes | str] = None
    status: int = 200
    media_type: str | None = None
    headers: Mapping[str, str] = NO_HEADERS
