"""The bucket of tokens, on a clock that is a number."""

from pyboot.components.netty.transport.accept_rate import AcceptRate


def test_a_burst_of_one_second_passes_and_the_rest_waits() -> None:
    """Each as long as one token takes to come."""
    rate = AcceptRate(10, 100.0)

    assert [0.0] * 10 == [rate.take(100.0) for _ in range(10)]
    assert 0.1 == rate.take(100.0)
    assert 0.0 == rate.take(100.125)


def test_tokens_are_not_saved_beyond_a_second() -> None:
    """An hour without clients does not allow an hour's worth at once."""
    rate = AcceptRate(2, 0.0)

    assert [True, True, False] == [rate.take(3600.0) == 0.0 for _ in range(3)]
