"""TrustedPeers: who may say on whose behalf it connects. An address is compared as a number, so that no spelling gets around a list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, final

from pyboot.components.netty.handler.address import parse_address, parse_network

__all__ = ["TrustedPeers"]

_UNIX: Final = "unix"


@final
class TrustedPeers:
    """The networks and addresses of *peers*, ``10.0.0.0/8`` or ``::1``; ``unix`` stands for whoever connects to a Unix socket.

    Raises ValueError for anything else, and for an empty list, which would trust nobody.
    """

    __slots__ = ("_networks", "_trusts_unix")

    def __init__(self, peers: Iterable[str]) -> None:
        given = [peers] if isinstance(peers, str) else list(peers)
        if not given:
            raise ValueError("no trusted peers: name the proxies, as 10.0.0.7, 10.0.0.0/8 or unix")
        self._trusts_unix = _UNIX in given
        self._networks = [parse_network(each) for each in given if each != _UNIX]

    def __contains__(self, address: Any) -> bool:  # Any: as a socket has it
        """True for the *address* of a peer as its socket has it; one that cannot be read is nobody's."""
        if not isinstance(address, tuple) or not address:
            return self._trusts_unix and isinstance(address, str | bytes | None)
        parsed = parse_address(str(address[0]))
        return parsed is not None and any(parsed in network for network in self._networks)
