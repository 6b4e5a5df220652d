"""Exchanges are kept in memory, and no more than there is room for."""

from datetime import UTC, datetime

from pyboot.actuator.exchanges.repository import CAPACITY, ExchangeRequest, HttpExchange, InMemoryHttpExchangeRepository


def exchange(number: int) -> HttpExchange:
    """One of many."""
    return HttpExchange(datetime(2026, 1, 1, tzinfo=UTC), ExchangeRequest("GET", f"/{number}", {}, None), 200, {}, None)


def test_the_newest_comes_first_and_the_oldest_goes() -> None:
    """A hundred are kept where nothing else is said."""
    repository = InMemoryHttpExchangeRepository()
    for number in range(CAPACITY + 5):
        repository.add(exchange(number))

    assert [f"/{number}" for number in range(CAPACITY + 4, 4, -1)] == [each.request.uri for each in repository.find_all()]
    assert 100 == CAPACITY
