"""Events of a connection of HTTP/3 are facts."""

from pyboot.components.netty.codec.http3 import Http3GoAway


def test_a_good_bye_names_the_first_stream_that_is_not_looked_at() -> None:
    """And is equal to the same one."""
    assert Http3GoAway(8) == Http3GoAway(8)
