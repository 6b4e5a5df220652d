"""MeterFilter: what settings say of meters by the beginnings of their names. Source: Spring Boot's ``management.metrics``."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, NamedTuple, final

_NOTHING: Final[Mapping[str, bool]] = MappingProxyType({})
_NO_BOUNDS: Final[Mapping[str, Sequence[float]]] = MappingProxyType({})


@final
class MeterFilter(NamedTuple):
    """The longest beginning that is said, in whole words, counts: ``netty: false`` takes ``netty.server.bytes`` away; ``all`` is all.

    *enable* says which meters are told of, *histograms* which timers have the buckets of powers of two, *slo* which have bounds of their
    own.
    """

    enable: Mapping[str, bool] = _NOTHING
    histograms: Mapping[str, bool] = _NOTHING
    slo: Mapping[str, Sequence[float]] = _NO_BOUNDS

    def accepts(self, name: str) -> bool:
        """Tell whether meters called *name* are told of."""
        return longest(self.enable, name, default=True)

    def has_histogram(self, name: str) -> bool:
        """Tell whether timers called *name* have buckets although the program asks for none."""
        return longest(self.histograms, name, default=False)

    def bounds(self, name: str) -> Sequence[float]:
        """Return the bounds that settings give to meters called *name*; none by default."""
        return longest(self.slo, name, default=())


ACCEPT_ALL: Final = MeterFilter()


def longest[V](said: Mapping[str, V], name: str, *, default: V) -> V:
    """Return what is *said* of the longest beginning of *name*."""
    while name:
        if name in said:
            return said[name]
        name = name.rpartition(".")[0]
    return said.get("all", default)
