"""QuicCodes: what a connection says of its own accord."""

from pyboot.components.netty.transport.quic import QuicCodes


def test_without_a_protocol_above_there_is_one_number_and_none_for_too_much() -> None:
    """0 would say that nothing is wrong."""
    assert (0, 0, 0, None) == QuicCodes()
