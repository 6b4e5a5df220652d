"""The decorators of meters: they label, and leave methods what they were."""

from pyboot.actuator import Counted, Timed
from pyboot.actuator.meters.annotations import CountedLabel, TimedLabel
from pyboot.boot.model.label import labels


class Service:
    """Has one of each."""

    @Timed
    def plain(self) -> int:
        """Return 1."""
        return 1

    @Timed("orders.place", tags={"kind": "book"}, histogram=True)
    @Counted("orders.placed", failures_only=True)
    def named(self) -> int:
        """Return 2."""
        return 2


def test_methods_stay_what_they_were() -> None:
    """Without a container nothing is measured."""
    assert (1, 2) == (Service().plain(), Service().named())


def test_labels_hold_what_was_given() -> None:
    """Defaults are Micrometer's."""
    (plain,) = labels(Service.plain, TimedLabel)
    (timed,) = labels(Service.named, TimedLabel)
    (counted,) = labels(Service.named, CountedLabel)

    assert ("method.timed", False) == (plain.name, plain.histogram)
    assert ("orders.place", {"kind": "book"}, True) == (timed.name, timed.tags, timed.histogram)
    assert ("orders.placed", True) == (counted.name, counted.failures_only)
    assert "method.counted" == Counted.name
