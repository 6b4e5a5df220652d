"""Health: a status with details, and the order of statuses. No I/O here. Source: Spring Boot's ``Health`` and ``StatusAggregator``."""

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple, final


@final
class Status:
    """The statuses that everybody knows; others may be made up, and are put in order by the settings."""

    UP: Final = "UP"
    DOWN: Final = "DOWN"
    OUT_OF_SERVICE: Final = "OUT_OF_SERVICE"
    UNKNOWN: Final = "UNKNOWN"


IN_ORDER: Final = (Status.DOWN, Status.OUT_OF_SERVICE, Status.UP, Status.UNKNOWN)
"""The statuses, the worst first."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@final
class Health(NamedTuple):
    """How a part of the application is: a status, what explains it, and the parts it is made of, each with a health of its own."""

    status: str
    details: Mapping[str, Any] = _NOTHING
    components: "Mapping[str, Health]" = _NOTHING

    @classmethod
    def up(cls, **details: Any) -> "Health":
        """Return that it works."""
        return cls(Status.UP, details)

    @classmethod
    def down(cls, error: BaseException | str | None = None, **details: Any) -> "Health":
        """Return that it does not, maybe because of *error*."""
        if error is None:
            return cls(Status.DOWN, details)
        text = error if isinstance(error, str) else f"{type(error).__name__}: {error}"
        return cls(Status.DOWN, {"error": text, **details})

    @classmethod
    def out_of_service(cls, **details: Any) -> "Health":
        """Return that it takes no work now, because somebody wants it so."""
        return cls(Status.OUT_OF_SERVICE, details)

    @classmethod
    def unknown(cls, **details: Any) -> "Health":
        """Return that nobody knows."""
        return cls(Status.UNKNOWN, details)

    @classmethod
    def composed(cls, components: "Mapping[str, Health]", order: Sequence[str] = IN_ORDER) -> "Health":
        """Return the health of what is made of *components*: the worst of theirs by *order*; without any it is up."""
        statuses = [each.status for each in components.values()]
        return cls(worst(statuses, order) if statuses else Status.UP, components=dict(sorted(components.items())))


def worst(statuses: Iterable[str], order: Sequence[str] = IN_ORDER) -> str:
    """Return the status of *statuses* that comes first in *order*; one that has no place there counts for nothing: UNKNOWN."""
    there = set(statuses)
    return next((each for each in order if each in there), Status.UNKNOWN)
