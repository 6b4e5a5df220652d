"""Member: one node of the cluster, as its lease tells of it. No I/O here."""

import json
from typing import Any, NamedTuple, final

__all__ = ["Member"]


@final
class Member(NamedTuple):
    """A node that has a lease: its id, the epoch of its joining, what it tells of itself, and the seconds that the lease has left."""

    node: str
    epoch: int
    info: bytes = b""
    seconds_left: float = 0.0

    @property
    def facts(self) -> dict[str, Any]:
        """The facts that it tells of itself; none where they cannot be read."""
        try:
            facts = json.loads(self.info)
        except ValueError:
            return {}
        return facts if isinstance(facts, dict) else {}
