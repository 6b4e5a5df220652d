"""ChannelOption: the typed keys of what can be set on a channel, with their defaults.

An option is a rule of the framework (`AUTO_READ`, the water marks, the timeouts), kept in a `ChannelConfig`; or a rule
of listening (`SO_BACKLOG`, `MAX_CONNECTIONS` and its like); or a real socket option, set on the socket and readable back as the
operating system has it (Linux doubles buffer sizes). Values that an option does not allow are refused at once; options
that nothing knows, or that this platform lacks, are warned about. Source: Netty's ``ChannelOption``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, NamedTuple, TypeVar, final

__all__ = ["ChannelOption", "WriteBufferWaterMark"]

T = TypeVar("T")


class WriteBufferWaterMark(NamedTuple):
    """Pending bytes below which a channel is writable again, and above which it is not."""

    low: int = 32 * 1024
    high: int = 64 * 1024


@final
@dataclass(frozen=True, slots=True, eq=False)
class ChannelOption(Generic[T]):
    """One option: its *name*, its *default*, and for a socket option the names of its level and option in ``socket``.

    *kind* is what a socket option reads back as: ``bool`` or ``int``.
    """

    name: str
    default: T | None
    level: str | None = None
    constant: str | None = None
    kind: type[T] | None = None

    ALL: ClassVar[dict[str, ChannelOption[Any]]] = {}

    # Rules of the framework. Times are in seconds, sizes in bytes, 0 switches a time off.
    AUTO_READ: ClassVar[ChannelOption[bool]]
    ALLOW_HALF_CLOSURE: ClassVar[ChannelOption[bool]]
    ALLOCATOR: ClassVar[ChannelOption[Any]]
    WRITE_BUFFER_WATER_MARK: ClassVar[ChannelOption[WriteBufferWaterMark]]
    WRITE_BUFFER_LIMIT: ClassVar[ChannelOption[int]]
    WRITE_STALL_TIMEOUT: ClassVar[ChannelOption[float]]
    CONNECT_TIMEOUT: ClassVar[ChannelOption[float]]
    CLOSE_TIMEOUT: ClassVar[ChannelOption[float]]
    HALF_CLOSE_TIMEOUT: ClassVar[ChannelOption[float]]
    CLOSE_ON_ERROR: ClassVar[ChannelOption[bool]]
    MAILBOX_LIMIT: ClassVar[ChannelOption[int]]
    MAILBOX_BYTES: ClassVar[ChannelOption[int]]
    # Rules of listening; 0 connections, or 0 a second, are any number.
    SO_BACKLOG: ClassVar[ChannelOption[int]]
    MAX_CONNECTIONS: ClassVar[ChannelOption[int]]
    MAX_CONNECTIONS_PER_ADDRESS: ClassVar[ChannelOption[int]]
    ACCEPT_RATE: ClassVar[ChannelOption[int]]
    UNIX_PERMISSIONS: ClassVar[ChannelOption[int]]  # of the path: 0o600 is for this user alone; 0: as the umask leaves it
    # Sockets.
    SO_REUSEADDR: ClassVar[ChannelOption[bool]]
    SO_REUSEPORT: ClassVar[ChannelOption[bool]]
    SO_KEEPALIVE: ClassVar[ChannelOption[bool]]
    SO_LINGER: ClassVar[ChannelOption[int]]
    SO_SNDBUF: ClassVar[ChannelOption[int]]
    SO_RCVBUF: ClassVar[ChannelOption[int]]
    SO_BROADCAST: ClassVar[ChannelOption[bool]]
    IP_TOS: ClassVar[ChannelOption[int]]
    IPV6_V6ONLY: ClassVar[ChannelOption[bool]]  # whether what is bound to ``::`` leaves IPv4 out
    TCP_NODELAY: ClassVar[ChannelOption[bool]]
    TCP_KEEPIDLE: ClassVar[ChannelOption[int]]
    TCP_KEEPINTVL: ClassVar[ChannelOption[int]]
    TCP_KEEPCNT: ClassVar[ChannelOption[int]]
    TCP_USER_TIMEOUT: ClassVar[ChannelOption[int]]
    TCP_QUICKACK: ClassVar[ChannelOption[bool]]
    TCP_CORK: ClassVar[ChannelOption[bool]]
    TCP_DEFER_ACCEPT: ClassVar[ChannelOption[int]]
    TCP_FASTOPEN: ClassVar[ChannelOption[int]]
    TCP_MAXSEG: ClassVar[ChannelOption[int]]
    TCP_NOTSENT_LOWAT: ClassVar[ChannelOption[int]]
    # Of the published package: its connect timeout under another name, and a size of reads that the loop chooses here.
    SO_TIMEOUT: ClassVar[ChannelOption[float]]
    SO_CHUNKSIZE: ClassVar[ChannelOption[int]]

    @staticmethod
    def socket_option(level: str, constant: str, kind: type[Any] = int) -> ChannelOption[Any]:
        """An option that has no name here: ``ChannelOption.socket_option("IPPROTO_TCP", "TCP_SYNCNT")``, as ``socket`` names them."""
        return ChannelOption(constant, None, level, constant, kind)

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"ChannelOption.{self.name}"


def _define(name: str, default: object, level: str | None = None, kind: type[Any] | None = None) -> None:
    option: ChannelOption[Any] = ChannelOption(name, default, level, name if level is not None else None, kind)
    ChannelOption.ALL[name] = option
    setattr(ChannelOption, name, option)


_RULES: Final[dict[str, object]] = {
    "AUTO_READ": True,
    "ALLOW_HALF_CLOSURE": False,
    "ALLOCATOR": None,
    "WRITE_BUFFER_WATER_MARK": WriteBufferWaterMark(),
    "WRITE_BUFFER_LIMIT": 4 * 1024 * 1024,
    "WRITE_STALL_TIMEOUT": 60.0,
    "CONNECT_TIMEOUT": 30.0,
    "CLOSE_TIMEOUT": 30.0,
    "HALF_CLOSE_TIMEOUT": 60.0,
    "CLOSE_ON_ERROR": True,
    "MAILBOX_LIMIT": 64,
    "MAILBOX_BYTES": 256 * 1024,
    "SO_BACKLOG": 1024,
    "MAX_CONNECTIONS": 0,
    "MAX_CONNECTIONS_PER_ADDRESS": 0,
    "ACCEPT_RATE": 0,
    "UNIX_PERMISSIONS": 0,
    "SO_TIMEOUT": 0.0,
    "SO_CHUNKSIZE": 0,
}
_SOCKET: Final[dict[str, tuple[str, type[Any]]]] = {
    "SO_REUSEADDR": ("SOL_SOCKET", bool),
    "SO_REUSEPORT": ("SOL_SOCKET", bool),
    "SO_KEEPALIVE": ("SOL_SOCKET", bool),
    "SO_LINGER": ("SOL_SOCKET", int),
    "SO_SNDBUF": ("SOL_SOCKET", int),
    "SO_RCVBUF": ("SOL_SOCKET", int),
    "SO_BROADCAST": ("SOL_SOCKET", bool),
    "IP_TOS": ("IPPROTO_IP", int),
    "IPV6_V6ONLY": ("IPPROTO_IPV6", bool),
    "TCP_NODELAY": ("IPPROTO_TCP", bool),
    "TCP_KEEPIDLE": ("IPPROTO_TCP", int),
    "TCP_KEEPINTVL": ("IPPROTO_TCP", int),
    "TCP_KEEPCNT": ("IPPROTO_TCP", int),
    "TCP_USER_TIMEOUT": ("IPPROTO_TCP", int),
    "TCP_QUICKACK": ("IPPROTO_TCP", bool),
    "TCP_CORK": ("IPPROTO_TCP", bool),
    "TCP_DEFER_ACCEPT": ("IPPROTO_TCP", int),
    "TCP_FASTOPEN": ("IPPROTO_TCP", int),
    "TCP_MAXSEG": ("IPPROTO_TCP", int),
    "TCP_NOTSENT_LOWAT": ("IPPROTO_TCP", int),
}
for _name, _default in _RULES.items():
    _define(_name, _default)
for _name, (_level, _kind) in _SOCKET.items():
    _define(_name, None, _level, _kind)
