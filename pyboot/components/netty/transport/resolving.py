"""Resolving: from hosts and a port to the addresses that they stand for, without ever waiting on the loop.

Law: an address that is written in numbers is known at once; a name goes to the resolver that a bootstrap was given, or else to that of
the operating system, which may take seconds, in a thread of the loop's executor. A socket is given numbers only, for Python would look a
name up where it stands.
"""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final, Protocol

__all__ = ["AddressInfo", "NameResolver", "ask_system", "ask_system_for_addresses", "looked_up", "resolve", "resolve_numbers"]

type AddressInfo = tuple[int, int, int, str, Any]  # family, kind, protocol, canonical name, address; as getaddrinfo gives it

_PROTOCOLS: Final[dict[int, int]] = {socket.SOCK_STREAM: socket.IPPROTO_TCP, socket.SOCK_DGRAM: socket.IPPROTO_UDP}


class NameResolver(Protocol):
    """A resolver of names, for `Bootstrap.resolver`: anything with this method. Source: Netty's ``NameResolver``."""

    async def resolve_all(self, host: str) -> Sequence[str]:
        """Return the addresses of *host* in numbers, the best first; raises OSError for a name that has none.

        It is called on the loop of the channel, and never for an address in numbers. If cancelled, the answer is dropped.
        """


def resolve_numbers(host: str | None, port: int, kind: int, *, own: bool = False) -> list[AddressInfo] | None:
    """Return the addresses of a *host* that is given in numbers; None if it is a name.

    No host is this machine; with *own*, for an own end, every address of it.
    """
    if host is None and own:  # no name, so the resolver is not asked, and nobody is held up
        return list(socket.getaddrinfo(None, port, type=kind, flags=socket.AI_PASSIVE))
    host = "127.0.0.1" if host is None else host
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            socket.inet_pton(family, host)
        except (OSError, ValueError):  # ValueError: an embedded NUL, or letters that are not ASCII
            continue
        return [(family, kind, _PROTOCOLS[kind], "", (host, port) if family == socket.AF_INET else (host, port, 0, 0))]
    return None


async def resolve(
    loop: asyncio.AbstractEventLoop,
    host: str | None,
    port: int,
    kind: int,
    *,
    own: bool = False,
    resolver: NameResolver | None = None,
) -> Sequence[AddressInfo]:
    """Resolve *host* to addresses, by *resolver* or the system; an *own* end by the system alone.

    Raises OSError for a name that nobody knows; if cancelled, the answer is dropped.
    """
    known = resolve_numbers(host, port, kind, own=own)
    if known is not None:
        return known
    if resolver is not None and host is not None and not own:
        return _infos(host, await resolver.resolve_all(host), port, kind)
    try:
        found = await ask_system(loop, host, port, type=kind, flags=socket.AI_PASSIVE if own else 0)
    except ValueError as error:  # a name that breaks the rules of names: UnicodeError
        raise socket.gaierror(socket.EAI_NONAME, f"{host!r} cannot be a name: {error}") from error
    if not found:
        raise OSError(errno.EADDRNOTAVAIL, f"{host!r} stands for no address")
    return found


def _infos(host: str, addresses: Sequence[str], port: int, kind: int) -> list[AddressInfo]:
    found: list[AddressInfo] = []
    for address in addresses:
        infos = resolve_numbers(address, port, kind)
        if infos is None:
            raise OSError(errno.EADDRNOTAVAIL, f"the resolver gave {address!r} for {host!r}, which is no address in numbers")
        found += infos
    if not found:
        raise OSError(errno.EADDRNOTAVAIL, f"{host!r} stands for no address")
    return found


async def ask_system_for_addresses(loop: asyncio.AbstractEventLoop, host: str) -> list[str]:
    """Return the addresses of *host*, each once, as the system orders them; raises and is cancelled as `resolve`."""
    return list(dict.fromkeys(info[4][0] for info in await resolve(loop, host, 0, socket.SOCK_STREAM)))


async def ask_system(loop: asyncio.AbstractEventLoop, host: str | None, port: int, *, type: int, flags: int) -> Sequence[AddressInfo]:
    """Ask the operating system what *host* stands for, in a thread of the loop's executor.

    Not by ``uvloop.Loop.getaddrinfo``: libuv looks up two names at a time in the whole process, half of its threads. Two that nobody
    answers for would hold up the connections to all others, use up their connect timeouts, and be waited for when the loop is closed.
    """
    return await loop.run_in_executor(None, partial(socket.getaddrinfo, host, port, type=type, flags=flags))


def looked_up(
    loop: asyncio.AbstractEventLoop,
    hosts: Sequence[str | None],
    port: int,
    kind: int,
    found: Callable[[list[AddressInfo]], object],
    failed: Callable[[OSError], object],
    *,
    own: bool = False,
    resolver: NameResolver | None = None,
) -> asyncio.Task[None] | None:
    """Call *found* with the addresses of *hosts*, or *failed*: at once where all are numbers, else from the task that is returned."""
    known: list[AddressInfo] = []
    for host in hosts:
        infos = resolve_numbers(host, port, kind, own=own)
        if infos is None:
            return loop.create_task(_look_up(loop, hosts, port, kind, found, failed, own, resolver))
        known += infos
    found(known)
    return None


async def _look_up(
    loop: asyncio.AbstractEventLoop,
    hosts: Sequence[str | None],
    port: int,
    kind: int,
    found: Callable[[list[AddressInfo]], object],
    failed: Callable[[OSError], object],
    own: bool,
    resolver: NameResolver | None,
) -> None:
    infos: list[AddressInfo] = []
    try:
        for host in hosts:
            infos += await resolve(loop, host, port, kind, own=own, resolver=resolver)
    except OSError as error:
        failed(error)
    else:
        found(infos)
