"""RoundRobinNameResolver: another of a name's addresses first, each time. Source: Netty's ``RoundRobinInetAddressResolver``."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import final

from pyboot.components.netty.transport.resolving import NameResolver

__all__ = ["RoundRobinNameResolver"]


@final
class RoundRobinNameResolver:
    """Gives the addresses of *resolver*, each time beginning with the next one, so that connections spread over all of them.

    Families stay apart only as far as *resolver* keeps them so: an address of the family that is preferred need not come first.
    """

    def __init__(self, resolver: NameResolver) -> None:
        self._resolver = resolver
        self._turn = itertools.count()

    async def resolve_all(self, host: str) -> Sequence[str]:
        """Return the addresses of *host*. Raises what the resolver behind it raises."""
        addresses = await self._resolver.resolve_all(host)
        if len(addresses) < 2:
            return addresses
        first = next(self._turn) % len(addresses)
        return [*addresses[first:], *addresses[:first]]
