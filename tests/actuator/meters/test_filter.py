"""What settings say of meters."""

from pyboot.actuator.meters.filter import ACCEPT_ALL, MeterFilter


def test_the_longest_beginning_in_whole_words_decides() -> None:
    """A word that only begins like another one does not count."""
    said = MeterFilter(enable={"netty": False, "netty.server.bytes": True})

    assert said.accepts("netty.server.bytes")
    assert not said.accepts("netty.server.connections")
    assert not said.accepts("netty")
    assert said.accepts("nettyish.bytes")


def test_all_stands_for_whatever_is_not_named() -> None:
    """Everything is on where nothing is said."""
    assert not MeterFilter(enable={"all": False, "orders": True}).accepts("python.gc")
    assert MeterFilter(enable={"all": False, "orders": True}).accepts("orders.placed")
    assert ACCEPT_ALL.accepts("python.gc")


def test_histograms_and_bounds_are_found_alike() -> None:
    """None by default."""
    said = MeterFilter(histograms={"http": True}, slo={"http.server": (0.1, 1.0)})

    assert said.has_histogram("http.client.requests")
    assert (0.1, 1.0) == said.bounds("http.server.requests")
    assert not ACCEPT_ALL.has_histogram("http.client.requests")
    assert () == ACCEPT_ALL.bounds("http.client.requests")
