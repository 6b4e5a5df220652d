"""One question to one server, and those who would answer in its place."""

import asyncio
from itertools import pairwise

import dns.flags
import dns.message
import pytest

from pyboot.components.netty.resolver.exchange import exchange
from pyboot.components.netty.wire.dns.record import DnsQuestion

from .name_server import Answer, Asked, name_server

QUESTION = DnsQuestion("a.test", 1)


def forged(asked: Asked, number: int) -> bytes:
    """An answer that does not know the id."""
    response = asked.respond("a.test. 60 IN A 203.0.113.1")
    response.id = (asked.query.id + number) % 65536
    return response.to_wire()


def true(asked: Asked) -> dns.message.Message:
    """The answer of the server."""
    return asked.respond("a.test. 60 IN A 192.0.2.1")


async def test_an_answer_that_is_none_is_waited_past() -> None:
    """Another id, another question, another letter, a query, half a message, no message."""

    def lie(asked: Asked) -> Answer:
        wrong = dns.message.make_query("b.test", "A")
        wrong.id = asked.query.id
        shouted = dns.message.make_query("A.test", "A")
        shouted.id = asked.query.id
        yield forged(asked, 1)
        yield dns.message.make_response(wrong)
        yield dns.message.make_response(shouted)
        yield b"x"
        yield forged(asked, 2)[:20]
        yield true(asked)

    async with name_server(lie) as server:
        done = await exchange(server.address, QUESTION, 1232)

    assert (["192.0.2.1"], 5, False) == ([record.address for record in done.response.answers], done.wrong, done.is_tcp)


async def test_behind_many_of_them_tcp_is_asked() -> None:
    """Somebody is guessing ids: what comes then is not believed, even if it fits."""

    def guess(asked: Asked) -> Answer:
        if asked.is_tcp:
            return [true(asked)]
        return [*(forged(asked, number) for number in range(1, 17)), asked.respond("a.test. 60 IN A 203.0.113.1")]

    async with name_server(guess) as server:
        done = await exchange(server.address, QUESTION, 1232)

    assert (["192.0.2.1"], 16, True) == ([record.address for record in done.response.answers], done.wrong, done.is_tcp)


async def test_another_sender_is_not_heard() -> None:
    """The system keeps its datagrams away: the socket is connected to the server."""
    loop = asyncio.get_running_loop()
    async with name_server(lambda asked: ()) as beside:

        def answer(asked: Asked) -> Answer:
            beside.transport.sendto(asked.respond("a.test. 60 IN A 203.0.113.1").to_wire(), asked.sender)
            loop.call_soon(server.transport.sendto, true(asked).to_wire(), asked.sender)
            return ()

        async with name_server(answer) as server:
            done = await exchange(server.address, QUESTION, 1232)

    assert (["192.0.2.1"], 0) == ([record.address for record in done.response.answers], done.wrong)


async def test_ids_and_ports_are_drawn_anew_each_time() -> None:
    """CVE-2026-45673, 45674: nobody who has seen one knows the next. 60 draws of 65536 and of the system's 28000 repeat seldom."""
    async with name_server(lambda asked: [true(asked)]) as server:
        for _ in range(60):
            await exchange(server.address, QUESTION, 1232)

    ids, ports = [asked.query.id for asked in server.asked], [asked.sender[1] for asked in server.asked]
    assert len(set(ids)) > 55
    assert len(set(ports)) > 55
    steps = {(after - before) % 65536 for before, after in pairwise(ids)}
    assert len(steps) > 50  # no counter


async def test_what_is_cut_off_is_asked_over_tcp() -> None:
    """With its flag TC; all of it comes then."""
    many = [f"a.test. 60 IN A 192.0.2.{number}" for number in range(200)]
    async with name_server(lambda asked: [asked.respond(*many) if asked.is_tcp else asked.respond(flags=dns.flags.TC)]) as server:
        done = await exchange(server.address, QUESTION, 1232)

    assert (200, True, [False, True]) == (len(done.response.answers), done.is_tcp, [asked.is_tcp for asked in server.asked])


async def test_a_connection_that_closes_without_an_answer_is_an_error() -> None:
    """Not a wait until the deadline."""

    def answer(asked: Asked) -> Answer:
        if asked.is_tcp:
            raise ConnectionError
        return [asked.respond(flags=dns.flags.TC)]

    async with name_server(answer) as server:
        with pytest.raises(ConnectionError):
            await exchange(server.address, QUESTION, 1232)


async def test_a_port_where_nobody_listens_is_told_at_once() -> None:
    """The network says it (ICMP)."""
    async with name_server(lambda asked: ()) as server:
        pass
    with pytest.raises(ConnectionRefusedError):
        await exchange(server.address, QUESTION, 1232)


@pytest.mark.parametrize(("payload", "edns"), [(1232, 0), (4096, 0), (0, -1)])
async def test_edns_is_offered(payload: int, edns: int) -> None:
    """Unless it is not wanted."""
    async with name_server(lambda asked: [true(asked)]) as server:
        await exchange(server.address, QUESTION, payload)

    assert (edns, payload) == (server.asked[0].query.edns, server.asked[0].query.payload)
