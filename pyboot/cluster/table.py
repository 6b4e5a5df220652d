"""Tables of a cluster: who owns which key, as an engine keeps it for all nodes. No I/O here."""

from enum import Enum, StrEnum
from typing import NamedTuple, final

__all__ = ["Claim", "ClaimPolicy", "Claimed", "Entry", "Table"]


@final
class Table(StrEnum):
    """The tables of an application; an engine may lay them out as their sizes ask for.

    ``SESSIONS`` has many keys with an owner or a few each; ``PRESENCE`` has some keys with up to many thousand owners each.
    """

    SESSIONS = "sessions"
    PRESENCE = "presence"


@final
class ClaimPolicy(Enum):
    """The rules for a key that has an owner already: ``REPLACE`` it, ``REFUSE`` the new one, or have ``MANY``."""

    REPLACE = "replace"
    REFUSE = "refuse"
    MANY = "many"


@final
class Entry(NamedTuple):
    """One owner of a key.

    *owner* is unique among all owners there ever are; *stamp* orders the claims of a key: the later one is greater.
    """

    owner: str
    node: str
    stamp: int
    value: bytes = b""


@final
class Claim(NamedTuple):
    """One wish to own *key*.

    *stamp* is None for a claim of now: the engine gives it one above all that the key has had. A claim that is repeated, because the engine
    may have forgotten it, brings its own, in microseconds since the epoch: where the key has a later owner, that one stays.
    """

    key: str
    owner: str
    node: str
    value: bytes = b""
    stamp: int | None = None


@final
class Claimed(NamedTuple):
    """What became of a claim: whether it *is_owner* now, the *stamp* that it has, and the *others*.

    Who is accepted sees in *others* whom it has replaced, under ``MANY`` those beside it, sixteen at least where there are so many; who is
    not sees who has the key.
    """

    is_owner: bool
    stamp: int
    others: tuple[Entry, ...] = ()
