"""Session: one owner of a key, and what became of a message to it. No I/O here."""

import enum
from typing import NamedTuple, final

__all__ = ["SendOutcome", "Session"]


@final
class Session(NamedTuple):
    """A channel that is registered for *key*: *channel_id* on *node*, since a time in seconds since the epoch.

    One that is not *is_confirmed* was claimed while the engine was away; it is settled when that comes back.
    """

    key: str
    node: str
    channel_id: str
    since: float
    is_confirmed: bool = True


@final
class SendOutcome(enum.Enum):
    """What is known of a message to a session; nothing is stored and forwarded later.

    ``DELIVERED``: written here, or the owner has answered that its socket took it. ``FORWARDED``: given to the engine, where the owner's
    inbox had a subscriber. ``ABSENT``: nobody is registered, or nobody hears. ``UNKNOWN``: no answer within the time that was given.
    """

    DELIVERED = "delivered"
    FORWARDED = "forwarded"
    ABSENT = "absent"
    UNKNOWN = "unknown"
