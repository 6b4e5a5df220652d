"""DnsNameResolver: the addresses of names, asked of name servers without a thread. Source: Netty's class of that name.

::

    numbers ──────────────────────────────────────────────────────────────> themselves
    the hosts file, localhost (RFC 6761) ─────────────────────────────────> their addresses
    a name, and the name with each search domain behind it, in the order that ndots says; of each A and AAAA side by side:
        the cache ──> a question that is under way ──> the servers, one after the other, as often as is allowed
                                                          └─ CNAMEs are followed, at most so many questions in all

What nobody answered is not kept; what does not exist is, as long as its zone says.
"""

from __future__ import annotations

import asyncio
import ipaddress
import itertools
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, final

from pyboot.components.netty.channel.life.deadline import DeadlineScope
from pyboot.components.netty.errors import CodecError, NettyError
from pyboot.components.netty.wire.dns.code import DnsRecordType, DnsResponseCode
from pyboot.components.netty.wire.dns.errors import CorruptedDnsMessageError
from pyboot.components.netty.wire.dns.message import DnsResponse
from pyboot.components.netty.wire.dns.record import DnsQuestion

from .answer import Alias, Found, Nothing, answer_of
from .cache import CachedAnswer, DnsCache
from .errors import ClosedResolverError, DnsServerError, DnsTimeoutError, ResolverError, UnknownHostError
from .exchange import Server, exchange
from .flights import Flights
from .hosts import HostsFile
from .resolv_conf import ResolvConf

__all__ = ["AddressFamilies", "DnsNameResolver", "DnsResolverStatistics"]

type AddressFamilies = Literal["ipv4-preferred", "ipv6-preferred", "ipv4-only", "ipv6-only"]

_A: Final = int(DnsRecordType.A)
_AAAA: Final = int(DnsRecordType.AAAA)
_TYPES: Final[dict[str, tuple[int, ...]]] = {
    "ipv4-preferred": (_A, _AAAA),
    "ipv6-preferred": (_AAAA, _A),
    "ipv4-only": (_A,),
    "ipv6-only": (_AAAA,),
}
_OTHER_FAMILY_SECONDS: Final = 0.05  # RFC 8305, 3: so long one family waits for the other
_WITHOUT_EDNS: Final = frozenset((DnsResponseCode.FORMERR, DnsResponseCode.NOTIMP, DnsResponseCode.BADVERS))  # RFC 6891, 6.2.2 and 7
_ANSWERS: Final = frozenset((DnsResponseCode.NOERROR, DnsResponseCode.NXDOMAIN))


@dataclass(frozen=True, slots=True)
class DnsResolverStatistics:
    """The numbers of a resolver since its beginning.

    *queries* were sent, *tcp_queries* of them over TCP as well; *cache_hits* were not; *shared* waited for a query of another.
    *timeouts* were not answered. *wrong_answers* came in the place of an answer and were none: many of them are an attack.
    """

    queries: int = 0
    tcp_queries: int = 0
    cache_hits: int = 0
    shared: int = 0
    timeouts: int = 0
    wrong_answers: int = 0


@final
class DnsNameResolver:
    """Asks name servers for the addresses of names: ``Bootstrap().resolver(DnsNameResolver())``. Any loops may share one.

    Args:
        servers: addresses, ``"192.0.2.53"`` or ``("192.0.2.53", 5353)`` each; those of *config* by default.
        config: search domains, ndots, timeout, attempts, rotation; what ``/etc/resolv.conf`` says by default.
        families: which addresses are asked for, and which come first. The preferred ones wait 50 ms for the others.
        cache: of its own by default.
        hosts: the file of hosts; ``/etc/hosts`` by default, None for no file.
        payload_bytes: the largest datagram that is taken; 0 asks without EDNS.
        max_queries: questions for one name and type at most, those for CNAMEs and the repeated ones included.
        randomize_case: whether the letters of names are written in any case, which an answer has to give back: a few bits more that
            somebody who would answer in the server's place has to guess. A few old servers do not give it back.
        clock: seconds that go on, for tests.

    Raises:
        ValueError: for a server that is no address, or a number that is not allowed.
    """

    def __init__(
        self,
        servers: Sequence[str | tuple[str, int]] | None = None,
        *,
        config: ResolvConf | None = None,
        families: AddressFamilies = "ipv4-preferred",
        cache: DnsCache | None = None,
        hosts: HostsFile | None = HostsFile(),  # noqa: B008  # one for all: it holds what the file says
        payload_bytes: int = 1232,
        max_queries: int = 16,
        randomize_case: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.config: Final = ResolvConf.read() if config is None else config
        self._servers = [_server(each) for each in (self.config.nameservers if servers is None else servers)]
        if not self._servers:
            raise ValueError("servers is empty: name at least one name server, or none to take those of resolv.conf")
        if families not in _TYPES:
            raise ValueError(f"families {families!r}, allowed is one of {', '.join(_TYPES)}")
        if payload_bytes and not 512 <= payload_bytes <= 65535:
            raise ValueError(f"payload_bytes {payload_bytes}, allowed is 512 to 65535, or 0 for no EDNS")
        if max_queries < 1:
            raise ValueError(f"max_queries {max_queries}, must be at least 1")
        self.cache: Final = DnsCache() if cache is None else cache
        self._types = _TYPES[families]
        self._hosts = hosts
        self._payload = payload_bytes
        self._max_queries = max_queries
        self._randomizes_case = randomize_case
        self._clock = clock
        self._flights: Flights[CachedAnswer] = Flights()
        self._turn = itertools.count()
        self._numbers = DnsResolverStatistics()
        self._is_closed = False

    def statistics(self) -> DnsResolverStatistics:
        """Return the numbers since the beginning."""
        return replace(self._numbers, shared=self._flights.shared)

    async def resolve(self, host: str) -> str:
        """Return the first address of *host*; raises as `resolve_all`."""
        return (await self.resolve_all(host))[0]

    async def resolve_all(self, host: str) -> Sequence[str]:
        """Return the addresses of *host*, the preferred family's first.

        Raises `UnknownHostError` for a name that has none, `DnsServerError`, or as one `DnsTimeoutError`, where no server said so, and
        `ClosedResolverError`. If cancelled, its questions go on as long as somebody else waits for them.
        """
        if self._is_closed:
            raise ClosedResolverError(host)
        known = self._known(host)
        if known is not None:
            return known
        failure: ResolverError | None = None
        for name in self._candidates(_ascii(host)):
            try:
                return await self._addresses(host, name)
            except UnknownHostError as error:
                failure = failure or error
            except DnsServerError as error:
                failure = error if failure is None or isinstance(failure, UnknownHostError) else failure
        assert failure is not None  # there is one candidate at least
        raise failure

    async def query(self, question: DnsQuestion) -> DnsResponse:
        """Return the response of the first server that has one for any *question*, past the cache.

        Raises `DnsServerError`, or as one `DnsTimeoutError`. If cancelled, nothing stays open.
        """
        if self._is_closed:
            raise ClosedResolverError(question.name)
        return await self._ask(question, _Budget(self._max_queries))

    def close(self) -> None:
        """Ask nobody any more: those who wait are cancelled, and who comes gets `ClosedResolverError`."""
        self._is_closed = True
        self._flights.cancel()

    def _known(self, host: str) -> list[str] | None:
        """The addresses that need no server: of numbers, of the file, and of this machine."""
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        listed = [] if self._hosts is None else self._hosts.addresses(host)
        if not listed and (name := host.lower().removesuffix(".")) and (name == "localhost" or name.endswith(".localhost")):
            listed = ["127.0.0.1", "::1"]  # never a question for others (RFC 6761, 6.3)
        chosen = [each for type in self._types for each in listed if (":" in each) == (type == _AAAA)]
        return chosen or None

    def _candidates(self, name: str) -> Iterator[str]:
        if name.endswith("."):
            yield name
            return
        searched = [f"{name}.{domain.strip('.')}." for domain in self.config.search]
        yield from [f"{name}.", *searched] if name.count(".") >= self.config.ndots else [*searched, f"{name}."]

    async def _addresses(self, host: str, name: str) -> list[str]:
        """The addresses of the one absolute *name*, of all families that are asked for."""
        preferred, *others = [asyncio.ensure_future(self._answer(name, type)) for type in self._types]
        try:
            await asyncio.wait((preferred, *others), return_when=asyncio.ALL_COMPLETED if not others else asyncio.FIRST_COMPLETED)
            if others and not preferred.done():
                await asyncio.wait((preferred,))
            if others and preferred.exception() is None and preferred.result().addresses:
                await asyncio.wait(others, timeout=_OTHER_FAMILY_SECONDS)
            elif others:
                await asyncio.wait(others)
            return self._joined(host, [each for each in (preferred, *others) if each.done()])
        finally:
            for each in (preferred, *others):
                if not each.done():
                    each.cancel()
                elif not each.cancelled():
                    each.exception()

    def _joined(self, host: str, answers: list[asyncio.Future[CachedAnswer]]) -> list[str]:
        found: list[str] = []
        failure: BaseException | None = None
        code = int(DnsResponseCode.NOERROR)
        for each in answers:
            failure = failure or each.exception()
            if each.exception() is None:
                found += each.result().addresses
                code = max(code, each.result().code)
        if found:
            return found
        if failure is not None:
            raise failure
        raise UnknownHostError(host, "there is no such name" if code == DnsResponseCode.NXDOMAIN else "the name has no address")

    async def _answer(self, name: str, type: int) -> CachedAnswer:
        kept = self.cache.get(name, type, self._clock())
        if kept is not None:
            self._count(cache_hits=1)
            return kept
        return await self._flights.share((name.lower(), type), lambda: self._look_up(name, type))

    async def _look_up(self, name: str, type: int) -> CachedAnswer:
        """Follow CNAMEs to the end; keep what is there."""
        budget = _Budget(self._max_queries)
        asked, seen, ttl = name, {name.lower()}, 0x7FFFFFFF
        while True:
            response = await self._ask(DnsQuestion(asked, type), budget)
            try:
                answer = answer_of(response, asked, type)
            except CorruptedDnsMessageError as error:
                raise DnsServerError(name, [("the answer", error)]) from error
            match answer:
                case Found(addresses, own):
                    self.cache.put(name, type, addresses, min(ttl, own), self._clock())
                    return CachedAnswer(addresses, 0, 0.0)
                case Nothing(code, own):
                    self.cache.put_nothing(name, type, code, min(ttl, own), self._clock())
                    return CachedAnswer((), code, 0.0)
                case Alias(asked, own):
                    ttl = min(ttl, own)
                    if asked in seen:
                        circle = CorruptedDnsMessageError(f"CNAMEs of {name} lead back to {asked}", response.id, True)
                        raise DnsServerError(name, [("the answers", circle)])
                    seen.add(asked)

    async def _ask(self, question: DnsQuestion, budget: _Budget) -> DnsResponse:
        """Ask the servers, one after the other, each as often as is allowed."""
        failures: list[tuple[object, Exception]] = []
        servers = self._servers
        if self.config.rotate:
            first = next(self._turn) % len(servers)
            servers = [*servers[first:], *servers[:first]]
        for _ in range(self.config.attempts):
            for server in servers:
                try:
                    response = await self._ask_one(server, question, budget)
                except TimeoutError:
                    self._count(timeouts=1)
                    failures.append((_shown(server), TimeoutError(f"no answer within {self.config.timeout_seconds:g} s")))
                except (OSError, CodecError, NettyError) as error:
                    if isinstance(error, _Budget.SpentError):
                        raise DnsServerError(question.name, [*failures, (_shown(server), error)]) from None
                    failures.append((_shown(server), error))
                else:
                    if response.code in _ANSWERS:
                        return response
                    failures.append((_shown(server), _RefusedError(response.code)))
        kind = DnsTimeoutError if all(isinstance(error, TimeoutError) for _, error in failures) else DnsServerError
        raise kind(question.name, failures)

    async def _ask_one(self, server: Server, question: DnsQuestion, budget: _Budget) -> DnsResponse:
        response = await self._exchange(server, question, self._payload, budget)
        if response.code in _WITHOUT_EDNS and self._payload:
            response = await self._exchange(server, question, 0, budget)  # a server from before EDNS
        return response

    async def _exchange(self, server: Server, question: DnsQuestion, payload: int, budget: _Budget) -> DnsResponse:
        budget.spend()
        self._count(queries=1)
        asked = DnsQuestion(_any_case(question.name), question.type, question.dns_class) if self._randomizes_case else question
        async with DeadlineScope(self.config.timeout_seconds):
            done = await exchange(server, asked, payload)
        self._count(tcp_queries=int(done.is_tcp), wrong_answers=done.wrong)
        return done.response

    def _count(self, **more: int) -> None:
        numbers = self._numbers
        self._numbers = replace(numbers, **{name: getattr(numbers, name) + number for name, number in more.items()})


class _RefusedError(NettyError):
    """A server answered that it does not answer."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code

    def __str__(self) -> str:
        known = {int(each): each.name for each in DnsResponseCode}
        return known.get(self.code, f"code {self.code}")


class _Budget:
    """The questions that one name may cost."""

    class SpentError(NettyError):
        """There were so many, and no answer among theirs."""

    def __init__(self, queries: int) -> None:
        self._left = self._most = queries

    def spend(self) -> None:
        if not self._left:
            raise self.SpentError(f"{self._most} questions were asked, and no more are allowed (max_queries)")
        self._left -= 1


def _server(given: str | tuple[str, int]) -> Server:
    host, port = (given, 53) if isinstance(given, str) else given
    if not 1 <= port <= 65535:
        raise ValueError(f"name server {host} with port {port}, allowed is 1 to 65535")
    return str(ipaddress.ip_address(host)), port


def _shown(server: Server) -> str:
    return f"[{server[0]}]:{server[1]}" if ":" in server[0] else f"{server[0]}:{server[1]}"


def _ascii(host: str) -> str:
    """*host* as name servers know it; raises `UnknownHostError` for text that cannot be a name."""
    try:
        name = host.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise UnknownHostError(host, f"cannot be a name: {error}") from error
    if not name.strip(".") or any(letter <= " " or letter in "\\\x7f" for letter in name):
        raise UnknownHostError(host, "cannot be a name: blanks, backslashes and control characters are in none")
    return name


def _any_case(name: str) -> str:
    return "".join(letter.upper() if secrets.randbits(1) else letter.lower() for letter in name)
