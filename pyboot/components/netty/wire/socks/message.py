"""The messages of SOCKS, as values. Source: Netty's classes of these names."""

from __future__ import annotations

import errno
from typing import Final, NamedTuple

from .kinds import Socks4CommandStatus, Socks5AuthMethod, Socks5CommandStatus, SocksCommand

__all__ = [
    "Socks4CommandRequest",
    "Socks4CommandResponse",
    "Socks5CommandRequest",
    "Socks5CommandResponse",
    "Socks5InitialRequest",
    "Socks5InitialResponse",
    "Socks5PasswordAuthRequest",
    "Socks5PasswordAuthResponse",
    "SocksMessage",
]

_BY_ERRNO: Final = {
    errno.ENETUNREACH: Socks5CommandStatus.NETWORK_UNREACHABLE,
    errno.EHOSTUNREACH: Socks5CommandStatus.HOST_UNREACHABLE,
    errno.ECONNREFUSED: Socks5CommandStatus.CONNECTION_REFUSED,
    errno.EACCES: Socks5CommandStatus.FORBIDDEN,
    errno.EPERM: Socks5CommandStatus.FORBIDDEN,
    errno.EAFNOSUPPORT: Socks5CommandStatus.ADDRESS_UNSUPPORTED,
}


class Socks4CommandResponse(NamedTuple):
    """The answer of version 4; *host* and *port* say where a BIND listens, and mean nothing else."""

    status: Socks4CommandStatus
    host: str = "0.0.0.0"  # noqa: S104  # no address is bound: these are bytes that nobody looks at
    port: int = 0

    @property
    def is_success(self) -> bool:
        """True if bytes are the target's from here on."""
        return self.status == Socks4CommandStatus.SUCCESS


class Socks4CommandRequest(NamedTuple):
    """A request of version 4, or 4a where *host* is a name; *user_id* is whom the client says it runs as, which proves nothing."""

    command: SocksCommand
    host: str
    port: int
    user_id: str = ""

    def accepted(self, host: str = "0.0.0.0", port: int = 0) -> Socks4CommandResponse:  # noqa: S104  # as above
        """The answer that the target is there; *host* and *port* are the proxy's end of the connection to it."""
        return Socks4CommandResponse(Socks4CommandStatus.SUCCESS, host if ":" not in host else "0.0.0.0", port)  # noqa: S104  # as above

    def refused(self, error: BaseException | None = None) -> Socks4CommandResponse:
        """The answer that there is no connection; version 4 has no word for why."""
        return Socks4CommandResponse(Socks4CommandStatus.REJECTED_OR_FAILED)


class Socks5InitialRequest(NamedTuple):
    """The beginning of version 5: the methods by which the client can show who it is, as numbers, for most have no name here."""

    methods: tuple[int, ...] = (Socks5AuthMethod.NO_AUTH,)


class Socks5InitialResponse(NamedTuple):
    """The *method* that the proxy has chosen; `Socks5AuthMethod.UNACCEPTED` if none is good enough."""

    method: int


class Socks5PasswordAuthRequest(NamedTuple):
    """A user and a password (RFC 1929); its text does not show the password."""

    username: str
    password: str

    def __repr__(self) -> str:
        return f"Socks5PasswordAuthRequest(username={self.username!r}, password=******)"


class Socks5PasswordAuthResponse(NamedTuple):
    """The answer to a password; any *status* but 0 says no, and ends the connection."""

    status: int = 0

    @property
    def is_success(self) -> bool:
        """True if the client may go on."""
        return self.status == 0


class Socks5CommandResponse(NamedTuple):
    """The answer of version 5; *host* and *port* are the proxy's end of the connection to the target."""

    status: int
    host: str = "0.0.0.0"  # noqa: S104  # as above
    port: int = 0

    @property
    def is_success(self) -> bool:
        """True if bytes are the target's from here on."""
        return self.status == 0


class Socks5CommandRequest(NamedTuple):
    """A request of version 5: *host* is a name or an address of either family."""

    command: SocksCommand
    host: str
    port: int

    def accepted(self, host: str = "0.0.0.0", port: int = 0) -> Socks5CommandResponse:  # noqa: S104  # as above
        """The answer that the target is there; *host* and *port* are the proxy's end of the connection to it."""
        return Socks5CommandResponse(Socks5CommandStatus.SUCCESS, host, port)

    def refused(self, error: BaseException | None = None) -> Socks5CommandResponse:
        """The answer that there is no connection, with the reason that *error* tells: refused, unreachable, too late, forbidden."""
        if isinstance(error, TimeoutError):
            return Socks5CommandResponse(Socks5CommandStatus.TTL_EXPIRED)
        if isinstance(error, PermissionError):
            return Socks5CommandResponse(Socks5CommandStatus.FORBIDDEN)
        number = error.errno if isinstance(error, OSError) else None
        if number is not None and number < 0:  # of the resolver: there is no such host
            return Socks5CommandResponse(Socks5CommandStatus.HOST_UNREACHABLE)
        return Socks5CommandResponse(_BY_ERRNO.get(number or 0, Socks5CommandStatus.FAILURE))


type SocksMessage = (
    Socks4CommandRequest
    | Socks4CommandResponse
    | Socks5InitialRequest
    | Socks5InitialResponse
    | Socks5PasswordAuthRequest
    | Socks5PasswordAuthResponse
    | Socks5CommandRequest
    | Socks5CommandResponse
)
