"""DefaultNameResolver: the resolver of the operating system, as an object. Source: Netty's class of that name."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import final

from pyboot.components.netty.transport.resolving import ask_system_for_addresses

__all__ = ["DefaultNameResolver"]


@final
class DefaultNameResolver:
    """Asks the operating system, in a thread of the loop's executor: what bootstraps do where no resolver is set."""

    async def resolve_all(self, host: str) -> Sequence[str]:
        """Return the addresses of *host*. Raises OSError for a name that nobody knows; if cancelled, the answer is dropped."""
        return await ask_system_for_addresses(asyncio.get_running_loop(), host)
