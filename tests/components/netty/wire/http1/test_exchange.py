"""Which requests wait for their response."""

import random

from pyboot.components.netty.wire.http1.exchange import CONNECT, HEAD, LAST, Exchange


def test_facts_are_those_of_the_request_that_waits_longest() -> None:
    """And of no other, also where most have none."""
    exchange = Exchange()
    for facts in (0, HEAD, 0, 0, CONNECT | LAST):
        exchange.begin(facts)

    seen = []
    while exchange.waiting:
        seen.append(exchange.facts())
        exchange.end()

    assert [0, HEAD, 0, 0, CONNECT | LAST] == seen
    assert (0, 0) == (exchange.facts(), exchange.waiting)
    assert "<Exchange waiting=0>" == repr(exchange)


def test_any_order_of_beginnings_and_ends_keeps_requests_and_responses_together() -> None:
    """Against a plain list."""
    chance = random.Random(7)  # the same in every run
    exchange, model = Exchange(), list[int]()
    for _ in range(2000):
        if model and chance.random() < 0.5:
            assert exchange.facts() == model.pop(0)
            exchange.end()
        else:
            model.append(chance.choice([0, 0, 0, HEAD, LAST]))
            exchange.begin(model[-1])
        assert len(model) == exchange.waiting
