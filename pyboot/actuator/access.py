"""Access: how much of an endpoint may be used at all. Source: Spring Boot's ``Access``."""

from enum import Enum


class Access(Enum):
    """The operations of an endpoint that there are: none, those that read, or all. One that may not be used is not made."""

    NONE = "none"
    READ_ONLY = "read-only"
    UNRESTRICTED = "unrestricted"

    def capped(self, most: "Access") -> "Access":
        """Return this access, or *most* where that is less."""
        ranks = list(Access)
        return min(self, most, key=ranks.index)
