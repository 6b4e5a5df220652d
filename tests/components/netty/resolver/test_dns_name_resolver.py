"""DnsNameResolver, against servers that answer, that are silent, and that lie."""

import asyncio
import threading
from pathlib import Path
from typing import Any

import dns.message
import pytest

from pyboot.components.netty.resolver.cache import DnsCache
from pyboot.components.netty.resolver.dns_name_resolver import DnsNameResolver
from pyboot.components.netty.resolver.errors import ClosedResolverError, DnsServerError, DnsTimeoutError, UnknownHostError
from pyboot.components.netty.resolver.hosts import HostsFile
from pyboot.components.netty.resolver.resolv_conf import ResolvConf
from pyboot.components.netty.wire.dns.code import DnsRecordType
from pyboot.components.netty.wire.dns.record import DnsQuestion

from .name_server import Answer, Asked, name_server, resolver_of

ZONE = "test. 600 IN SOA ns.test. root.test. 1 2 3 4 30"
RECORDS = {
    ("a.test.", "A"): ["a.test. 60 IN A 192.0.2.1", "a.test. 30 IN A 192.0.2.2"],
    ("a.test.", "AAAA"): ["a.test. 60 IN AAAA 2001:db8::1"],
    ("four.test.", "A"): ["four.test. 60 IN A 192.0.2.4"],
    ("xn--bcher-kva.test.", "A"): ["xn--bcher-kva.test. 60 IN A 192.0.2.5"],
    ("alias.test.", "A"): ["alias.test. 20 IN CNAME a.test."],
    ("long.test.", "A"): ["long.test. 20 IN CNAME alias.test.", "alias.test. 20 IN CNAME a.test.", "a.test. 60 IN A 192.0.2.1"],
    ("loop.test.", "A"): ["loop.test. 20 IN CNAME pool.test."],
    ("pool.test.", "A"): ["pool.test. 20 IN CNAME loop.test."],
    ("self.test.", "A"): ["self.test. 20 IN CNAME self.test."],
    ("evil.test.", "A"): ["evil.test. 60 IN A 192.0.2.6", "bank.test. 60 IN A 203.0.113.1"],
}


def zone(asked: Asked) -> Answer:
    """The records above; what is not there does not exist."""
    records = RECORDS.get((asked.name, asked.type))
    if records is None:
        exists = any(name == asked.name for name, _ in RECORDS)
        return [asked.respond(code="NOERROR" if exists else "NXDOMAIN", authority=ZONE)]
    return [asked.respond(*records)]


async def test_addresses_of_both_families() -> None:
    """The preferred one's first, or one alone."""
    async with name_server(zone) as server:
        found = {
            families: list(await resolver_of(server, families=families).resolve_all("a.test"))
            for families in ("ipv4-preferred", "ipv6-preferred", "ipv4-only", "ipv6-only")
        }

    four, six = ["192.0.2.1", "192.0.2.2"], ["2001:db8::1"]
    assert {"ipv4-preferred": four + six, "ipv6-preferred": six + four, "ipv4-only": four, "ipv6-only": six} == found


async def test_the_preferred_family_waits_a_moment_for_the_other() -> None:
    """A server that is silent about AAAA does not hold up who has an address (RFC 8305, 3); what failed is made up for by the other."""
    async with name_server(lambda asked: () if asked.type == "AAAA" else zone(asked)) as server:
        assert ["192.0.2.4"] == await resolver_of(server, families="ipv4-preferred").resolve_all("four.test")
    async with name_server(lambda asked: [asked.respond(code="SERVFAIL")] if asked.type == "AAAA" else zone(asked)) as server:
        assert ["192.0.2.4"] == await resolver_of(server, families="ipv6-preferred").resolve_all("four.test")


async def test_numbers_and_this_machine_need_no_server(tmp_path: Path) -> None:
    """Nor what stands in the file of hosts, which wins over servers."""
    (tmp_path / "hosts").write_text("192.0.2.77 a.test\n")
    async with name_server(zone) as server:
        resolver = resolver_of(server, families="ipv4-preferred")
        assert [["192.0.2.9"], ["::1"], ["127.0.0.1", "::1"], ["127.0.0.1", "::1"]] == [
            list(await resolver.resolve_all(host)) for host in ("192.0.2.9", "::1", "LocalHost", "a.localhost.")
        ]
        filed = DnsNameResolver([server.address], config=ResolvConf(), hosts=HostsFile(tmp_path / "hosts"))
        assert "192.0.2.77" == await filed.resolve("A.test")
    assert [] == server.asked


async def test_answers_are_kept_for_their_ttl() -> None:
    """The shortest of a chain's; names differ in case alone."""
    now = [0.0]
    async with name_server(zone) as server:
        resolver = resolver_of(server, clock=lambda: now[0])
        await resolver.resolve_all("long.test")
        now[0] = 19.9
        await resolver.resolve_all("LONG.test")
        assert 1 == len(server.asked)
        now[0] = 20.0
        await resolver.resolve_all("long.test")
        assert 2 == len(server.asked)
        assert (2, 1) == (resolver.statistics().queries, resolver.statistics().cache_hits)


async def test_that_there_is_nothing_is_kept_as_the_zone_says() -> None:
    """No such name, or no such record; both in one sentence each."""
    now = [0.0]
    async with name_server(zone) as server:
        resolver = resolver_of(server, families="ipv6-only", clock=lambda: now[0])
        for _ in range(2):
            with pytest.raises(UnknownHostError, match="there is no such name"):
                await resolver.resolve_all("nobody.test")
            with pytest.raises(UnknownHostError, match="the name has no address"):
                await resolver.resolve_all("four.test")
        assert 2 == len(server.asked)
        now[0] = 30.0  # the SOA's minimum
        with pytest.raises(UnknownHostError):
            await resolver.resolve_all("nobody.test")
        assert 3 == len(server.asked)


async def test_failures_are_not_kept() -> None:
    """Neither is a nothing of which nobody says how long it holds."""
    answers = iter(["SERVFAIL", "NXDOMAIN", "NOERROR"])

    def answer(asked: Asked) -> Answer:
        code = next(answers)
        return [asked.respond("x.test. 60 IN A 192.0.2.1") if code == "NOERROR" else asked.respond(code=code)]

    async with name_server(answer) as server:
        resolver = resolver_of(server)
        with pytest.raises(DnsServerError, match="SERVFAIL"):
            await resolver.resolve_all("x.test")
        with pytest.raises(UnknownHostError):
            await resolver.resolve_all("x.test")
        assert ["192.0.2.1"] == await resolver.resolve_all("x.test")


async def test_cnames_are_followed() -> None:
    """Where the server leaves that to us."""
    async with name_server(zone) as server:
        assert ["192.0.2.1", "192.0.2.2"] == await resolver_of(server).resolve_all("alias.test")
    assert [("alias.test.", "A"), ("a.test.", "A")] == server.names()


@pytest.mark.parametrize("host", ["loop.test", "self.test"])
async def test_cnames_in_a_circle_are_an_error(host: str) -> None:
    """Across answers, or within one."""
    async with name_server(zone) as server:
        with pytest.raises(DnsServerError, match="lead back to"):
            await resolver_of(server).resolve_all(host)
    assert len(server.asked) <= 2


async def test_a_name_may_cost_so_many_questions() -> None:
    """A chain without end ends."""

    def endless(asked: Asked) -> Answer:
        return [asked.respond(f"{asked.name} 60 IN CNAME x{asked.name}")]

    async with name_server(endless) as server:
        with pytest.raises(DnsServerError, match="5 questions were asked"):
            await resolver_of(server, max_queries=5).resolve_all("x.test")
    assert 5 == len(server.asked)


async def test_what_a_server_adds_is_not_believed() -> None:
    """CVE-2026-47691: it poisons no cache."""
    async with name_server(zone) as server:
        resolver = resolver_of(server)
        await resolver.resolve_all("evil.test")
        with pytest.raises(UnknownHostError):
            await resolver.resolve_all("bank.test")


async def test_the_next_server_is_asked() -> None:
    """Behind one that is silent, refuses, fails or is not there."""

    def refuse(asked: Asked) -> Answer:
        return [asked.respond(code="REFUSED")]

    async with name_server(lambda _: ()) as silent, name_server(refuse) as refusing, name_server(zone) as server:
        async with name_server(zone) as gone:
            pass
        resolver = resolver_of(gone, refusing, silent, server, timeout_seconds=1.0)
        assert ["192.0.2.4"] == await resolver.resolve_all("four.test")
    assert (4, 1) == (resolver.statistics().queries, resolver.statistics().timeouts)


async def test_silence_of_all_is_a_timeout() -> None:
    """Each is asked as often as is allowed; the error names them."""
    async with name_server(lambda _: ()) as one, name_server(lambda _: ()) as other:
        resolver = resolver_of(one, other, timeout_seconds=0.02, attempts=2)
        with pytest.raises(DnsTimeoutError, match=r"no answer within 0\.02 s") as caught:
            await resolver.resolve_all("a.test")
    assert (2, 2, 4) == (len(one.asked), len(other.asked), len(caught.value.failures))


async def test_servers_take_turns_where_that_is_said() -> None:
    """Otherwise the first is asked first."""
    for rotate, expected in ((False, (4, 0)), (True, (2, 2))):
        async with name_server(zone) as one, name_server(zone) as other:
            resolver = resolver_of(one, other, config=ResolvConf(rotate=rotate), cache=DnsCache(0))
            for _ in range(4):
                await resolver.resolve_all("four.test")
        assert expected == (len(one.asked), len(other.asked))


@pytest.mark.parametrize(
    ("host", "ndots", "expected"),
    [
        ("four", 1, ["four.b.test.", "four.test."]),
        ("four.test", 1, ["four.test."]),
        ("four.test", 2, ["four.test.b.test.", "four.test.test.", "four.test."]),
        ("four.test.", 2, ["four.test."]),
        ("x.y", 1, ["x.y.", "x.y.b.test.", "x.y.test."]),
    ],
)
async def test_search_domains(host: str, ndots: int, expected: list[str]) -> None:
    """Before a name of few dots, behind one of many, never for an absolute one."""
    async with name_server(zone) as server:
        resolver = resolver_of(server, config=ResolvConf(search=("b.test", "test."), ndots=ndots))
        found = await asyncio.gather(resolver.resolve_all(host), return_exceptions=True)
        assert [UnknownHostError if host == "x.y" else list] == [type(each) for each in found]
    assert expected == [name for name, _ in server.names()]


async def test_a_failure_of_a_search_domain_is_told_if_nothing_is_found() -> None:
    """Nobody may think that a name does not exist because a server was ill."""

    def answer(asked: Asked) -> Answer:
        return [asked.respond(code="SERVFAIL" if asked.name == "x.test." else "NXDOMAIN")]

    async with name_server(answer) as server:
        with pytest.raises(DnsServerError, match="SERVFAIL"):
            await resolver_of(server, config=ResolvConf(search=("test",), attempts=1)).resolve_all("x")


async def test_one_question_for_all_who_wait() -> None:
    """Those who go do not take it from the others."""
    asked, answer = asyncio.Event(), asyncio.Event()

    def late(query: Asked) -> Answer:
        asked.set()
        waiting.append(query)
        return ()

    waiting: list[Asked] = []
    async with name_server(late) as server:
        resolver = resolver_of(server)
        tasks = [asyncio.create_task(resolver.resolve_all("a.test")) for _ in range(5)]
        await asked.wait()
        tasks[0].cancel()
        answer.set()
        server.transport.sendto(waiting[0].respond("a.test. 60 IN A 192.0.2.1").to_wire(), waiting[0].sender)
        found = await asyncio.gather(*tasks, return_exceptions=True)

    assert isinstance(found[0], asyncio.CancelledError)
    assert [["192.0.2.1"]] * 4 == found[1:]
    assert (1, 4) == (len(server.asked), resolver.statistics().shared)


async def test_the_question_of_nobody_ends() -> None:
    """The last who goes takes it along, and its socket."""
    asked = asyncio.Event()

    def silent(query: Asked) -> Answer:
        asked.set()
        return ()

    async with name_server(silent) as server:
        resolver = resolver_of(server)
        task = asyncio.create_task(resolver.resolve_all("a.test"))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert 0 == len(resolver._flights)


async def test_letters_of_any_case_come_back() -> None:
    """An answer that has not seen them does not count."""

    def folded(asked: Asked) -> Answer:
        lower = dns.message.make_query(asked.name, "A", id=asked.query.id)
        return [dns.message.make_response(lower), asked.respond(f"{asked.query.question[0].name} 60 IN A 192.0.2.1")]

    async with name_server(folded) as server:
        resolver = resolver_of(server, randomize_case=True)
        host = "abcdefghijklmnopqrstuvwxyz.abcdefghijklmnopqrstuvwxyz.test"  # 56 letters: the case of all is the same once in 2 ** 56
        assert ["192.0.2.1"] == await resolver.resolve_all(host)
    assert 1 == resolver.statistics().wrong_answers


@pytest.mark.parametrize("code", ["FORMERR", "NOTIMP"])
async def test_a_server_from_before_edns_is_asked_without(code: str) -> None:
    """RFC 6891, 6.2.2."""

    def old(asked: Asked) -> Answer:
        return [asked.respond("a.test. 60 IN A 192.0.2.1") if asked.query.edns < 0 else asked.respond(code=code)]

    async with name_server(old) as server:
        assert ["192.0.2.1"] == await resolver_of(server).resolve_all("a.test")
    assert [0, -1] == [asked.query.edns for asked in server.asked]


async def test_any_question_can_be_asked() -> None:
    """Past the cache, with all that the server said."""
    async with name_server(lambda asked: [asked.respond("a.test. 60 IN MX 10 mail.test.")]) as server:
        response = await resolver_of(server).query(DnsQuestion("a.test", DnsRecordType.MX))

    assert ["mail.test."] == [record.target for record in response.answers]


@pytest.mark.parametrize("host", ["", ".", "a b", "a\\.b", "a\0b", "a" * 64, "a..b", "\n"])
async def test_what_cannot_be_a_name_is_not_asked_for(host: str) -> None:
    """And is an unknown host."""
    async with name_server(zone) as server:
        with pytest.raises(UnknownHostError, match="cannot be a name"):
            await resolver_of(server).resolve_all(host)
    assert [] == server.asked


async def test_names_of_other_scripts_are_asked_for_as_idna() -> None:
    """As the system's resolver does."""
    async with name_server(zone) as server:
        assert ["192.0.2.5"] == await resolver_of(server).resolve_all("bücher.test")


async def test_a_closed_resolver_asks_nobody() -> None:
    """Who waits is cancelled."""
    asked = asyncio.Event()

    def silent(query: Asked) -> Answer:
        asked.set()
        return ()

    async with name_server(silent) as server:
        resolver = resolver_of(server)
        task = asyncio.create_task(resolver.resolve_all("a.test"))
        await asked.wait()
        resolver.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        with pytest.raises(ClosedResolverError):
            await resolver.resolve_all("a.test")
        with pytest.raises(ClosedResolverError):
            await resolver.query(DnsQuestion("a.test", 1))


async def test_loops_of_several_threads_share_one() -> None:
    """What one has asked, the other finds."""
    found: list[Any] = []
    async with name_server(zone) as server:
        resolver = resolver_of(server)
        thread = threading.Thread(target=lambda: found.append(asyncio.run(_resolve(resolver))))
        thread.start()
        await asyncio.to_thread(thread.join)
        found.append(await resolver.resolve_all("four.test"))

    assert ([["192.0.2.4"], ["192.0.2.4"]], 1) == (found, len(server.asked))


async def _resolve(resolver: DnsNameResolver) -> Any:
    return await resolver.resolve_all("four.test")


@pytest.mark.parametrize(
    "options",
    [
        {"servers": []},
        {"servers": ["a.test"]},
        {"servers": [("192.0.2.1", 0)]},
        {"families": "ipv5"},
        {"payload_bytes": 100},
        {"max_queries": 0},
    ],
)
def test_what_is_not_allowed_is_refused(options: dict[str, Any]) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match=r"allowed|at least|empty|does not appear"):
        DnsNameResolver(**options, config=ResolvConf())


def test_it_asks_whom_the_system_asks_by_default() -> None:
    """resolv.conf is read once."""
    resolver = DnsNameResolver()

    assert ResolvConf.read() == resolver.config
    assert [(server, 53) for server in resolver.config.nameservers] == resolver._servers
