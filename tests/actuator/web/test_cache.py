"""AnswerCache: a read without parameters is answered once in its time, and everything else each time."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from pyboot.actuator import Endpoint, InvocationContext, ReadOperation, WebEndpointResponse, WriteOperation
from pyboot.actuator.invocation import Principal
from pyboot.actuator.web.cache import AnswerCache
from pyboot.actuator.web.routes import Endpoint as There, Routes
from pyboot.components.netty.wire.http.headers import HttpHeaders
from tests.actuator.management_client import described, managed

NOW = [0.0]


@Endpoint("counted")
class Counted:
    """Says how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    @ReadOperation
    def plain(self, name: str = "") -> dict[str, object]:
        """Answer with it."""
        self.asked += 1
        return {"asked": self.asked, "name": name}

    @ReadOperation("{name}")
    def one(self, name: str) -> dict[str, object]:
        """Answer with it for *name*."""
        return self.plain(name)

    @ReadOperation("seen")
    def seen(self, context: InvocationContext) -> dict[str, object]:
        """Answer with it, and for whom."""
        return self.plain(context.produces)

    @ReadOperation("nothing")
    def nothing(self) -> None:
        """Find nothing, and count."""
        self.asked += 1

    @ReadOperation("stream", produces=["text/plain"])
    def stream(self) -> WebEndpointResponse:
        """Answer piece by piece."""

        async def pieces() -> AsyncIterator[str]:
            yield str(self.plain()["asked"])

        return WebEndpointResponse(pieces())

    @WriteOperation
    def write(self) -> None:
        """Change something."""


CACHED = {"management.endpoint.counted.cache.time-to-live": "1h"}


async def test_a_read_without_parameters_is_answered_once() -> None:
    """One that has some each time, as one for which nothing is set."""
    async with managed(Counted, properties=CACHED) as (client, _):
        plain = [(await client.get("/counted")).json() for _ in range(3)]
        given = [(await client.get("/counted?name=x")).json()["asked"] for _ in range(2)]
        path = [(await client.get("/counted/x")).json()["asked"] for _ in range(2)]
    async with managed(Counted) as (client, _):
        each = [(await client.get("/counted")).json()["asked"] for _ in range(3)]

    assert [{"asked": 1, "name": ""}] * 3 == plain
    assert ([2, 3], [4, 5], [1, 2, 3]) == (given, path, each)


async def test_what_is_told_apart_is_kept_apart() -> None:
    """By media type and name; a head is the same answer; nothing and streams are not kept."""
    async with managed(Counted, properties=CACHED) as (client, _):
        seen = [(await client.get("/counted/seen", headers={"accept": each})).json()["asked"] for each in ("*/*", "application/json") * 2]
        await client.head("/counted")
        plain = (await client.get("/counted")).json()["asked"]
        nothing = [(await client.get("/counted/nothing")).status_code for _ in range(2)]
        streamed = [(await client.get("/counted/stream")).text for _ in range(2)]

    assert [1, 2, 1, 2] == seen
    assert (3, [404, 404], ["6", "7"]) == (plain, nothing, streamed)


async def test_a_write_lets_it_be_asked_again() -> None:
    """Or who has changed something would not see it."""
    async with managed(Counted, properties=CACHED) as (client, _):
        before = (await client.get("/counted")).json()["asked"]
        assert 204 == (await client.post("/counted")).status_code
        after = (await client.get("/counted")).json()["asked"]

    assert (1, 2) == (before, after)


ENDPOINT = There(described(Counted)._replace(cache_seconds=10.0), Counted())


def key_of(cache: AnswerCache, path: str = "seen", given: dict[str, object] | None = None, **told: Any) -> object:
    """What an answer is kept as."""
    match = Routes("/actuator", [ENDPOINT]).match(f"/actuator/counted/{path}")
    assert match is not None
    return cache.key(ENDPOINT, match.of("GET")[0], given or {}, InvocationContext(**told))


@pytest.mark.parametrize(
    "told", [{"principal": Principal("ada")}, {"is_authorized": True}, {"is_alone": True}, {"produces": "text/plain"}, {"base": "http://x"}]
)
def test_who_asks_and_how_is_told_apart(told: dict[str, Any]) -> None:
    """Where the operation hears of it."""
    cache = AnswerCache()

    assert key_of(cache) != key_of(cache, **told)


def test_a_part_of_an_answer_is_not_kept() -> None:
    """A range is a parameter, too."""
    assert key_of(AnswerCache(), headers=HttpHeaders({"range": "bytes=0-1"})) is None


def test_an_answer_is_forgotten_in_time_and_the_oldest_when_there_are_too_many() -> None:
    """A hundred are kept."""
    NOW[0] = 5.0
    cache = AnswerCache(lambda: NOW[0])
    cache.keep(("a",), {"x": 1}, 10.0)
    assert {"x": 1} == cache.find(("a",))
    NOW[0] = 15.0
    assert cache.find(("a",)) is None
    for number in range(101):
        cache.keep((number,), {}, 10.0)

    assert (None, {}, {}) == (cache.find((0,)), cache.find((1,)), cache.find((100,)))
