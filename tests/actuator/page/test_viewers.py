"""Viewers: bounded, nothing asked without them, told of the end."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Any

import pytest

from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.page.viewers import MOST, Viewers, Wanted, event, known
from tests.actuator.management_client import managed
from tests.actuator.network.connected import LineServer, Shout
from tests.actuator.workers.siblings import Siblings

ANYBODY = InvocationContext()
SERVERS = Wanted(("servers",), {})


async def until(events: AsyncIterator[bytes], name: str) -> tuple[str, Any]:
    """Read *events* up to one of that *name*, and return its id and data."""
    async for piece in events:
        for text in piece.decode().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in text.splitlines())
            if fields.get("event") == name:
                return fields.get("id", ""), json.loads(fields["data"])
    raise AssertionError(f"the stream ended without {name}")


async def test_a_viewer_is_greeted_and_told_what_it_wants() -> None:
    """And nothing else."""
    async with managed(LineServer, Shout) as (_, context), aclosing(context.get(Viewers).stream(SERVERS, ANYBODY)) as events:
        _, hello = await until(events, "hello")
        _, section = await until(events, "section")

    assert ("App", None) == (hello["application"], hello["sections"]["servers"]["hidden"])
    assert ("servers", ["lines"]) == (section["section"], list(section["body"]["servers"]))


async def test_what_is_hidden_is_not_asked() -> None:
    """Although it is wanted."""
    async with managed(exposing="page") as (_, context), aclosing(context.get(Viewers).stream(SERVERS, ANYBODY)) as events:
        _, hello = await until(events, "hello")
        assert {} == (await until(events, "tick"))[1]

    assert "not exposed" in hello["sections"]["servers"]["hidden"]


async def test_nothing_is_asked_when_nobody_looks() -> None:
    """The last one who goes takes what was known along."""
    async with managed() as (_, context):
        viewers = context.get(Viewers)
        async with aclosing(viewers.stream(SERVERS, ANYBODY)) as events:
            await until(events, "section")
            assert (1, 1) == (viewers.count, len(viewers._snapshots._kept))
        assert (0, 0) == (viewers.count, len(viewers._snapshots._kept))
        assert [] == [task for task in asyncio.all_tasks() if task.get_name().startswith("page: ")]


async def test_one_too_many_is_refused_until_another_has_gone() -> None:
    """It is told why."""
    async with managed() as (_, context), AsyncExitStack() as looking:
        viewers = context.get(Viewers)
        for _ in range(MOST):
            await until(await looking.enter_async_context(aclosing(viewers.stream(SERVERS, ANYBODY))), "hello")
        _, refused = await until(viewers.stream(SERVERS, ANYBODY), "refused")
        await looking.aclose()
        async with aclosing(viewers.stream(SERVERS, ANYBODY)) as events:
            await until(events, "hello")

    assert f"{MOST} look already" in refused["reason"]


async def test_errors_go_on_where_a_stream_was_cut() -> None:
    """In the same run; what another run has counted means nothing."""
    wanted = Wanted(("errors",), {})
    log = logging.getLogger("tests.page")
    async with managed() as (_, context):
        viewers = context.get(Viewers)
        log.warning("first")
        async with aclosing(viewers.stream(wanted, ANYBODY)) as events:
            last, first = await until(events, "errors")
        log.warning("second")
        async with aclosing(viewers.stream(wanted._replace(last_event=last), ANYBODY)) as events:
            _, second = await until(events, "errors")
        async with aclosing(viewers.stream(wanted._replace(last_event="00000000-9"), ANYBODY)) as events:
            _, both = await until(events, "errors")

    assert ("first", ["second"]) == (first[-1]["text"], [each["text"] for each in second])
    assert ["first", "second"] == [each["text"] for each in both][-2:]


async def test_the_end_says_goodbye() -> None:
    """Right before the management server ends, so that nothing has to be cut off."""
    async with managed() as (_, context):
        viewers = context.get(Viewers)
        async with aclosing(viewers.stream(SERVERS, ANYBODY)) as events:
            await until(events, "section")
            viewers.stop()
            assert {} == (await until(events, "bye"))[1]
            assert [] == [piece async for piece in events]


def test_an_event_is_two_lines_and_an_id() -> None:
    """As the standard for server-sent events has it."""
    assert b'event: tick\ndata: {"a":1}\n\n' == event("tick", b'{"a":1}')
    assert b"id: r-7\nevent: errors\ndata: []\n\n" == event("errors", b"[]", "r-7")


async def test_of_several_workers_all_are_looked_at_or_the_one_that_is_wanted(siblings: Siblings) -> None:
    """The places of all are told in the beginning; the table of workers is of all in any case."""
    async with managed() as (_, context):
        viewers = context.get(Viewers)
        async with aclosing(viewers.stream(Wanted(("eventloop",), {}), ANYBODY)) as events:
            _, hello = await until(events, "hello")
            _, section = await until(events, "section")
        async with aclosing(viewers.stream(Wanted(("eventloop",), {}, worker=1), ANYBODY)) as events:
            _, silent = await until(events, "section")
        async with aclosing(viewers.stream(Wanted(("workers",), {}, worker=1), ANYBODY)) as events:
            _, workers = await until(events, "section")

    assert ([0, 1], [1]) == (hello["workers"], section["body"]["silentWorkers"])
    assert "worker 1 does not answer" == silent["failure"]
    assert [0, 1] == [each["slot"] for each in workers["body"]["workers"]]


async def test_errors_of_workers_say_whose_they_are_and_go_on_where_a_stream_was_cut(siblings: Siblings) -> None:
    """In each of them for itself; while the supervisor is away there are those of this one."""
    wanted = Wanted(("errors",), {})
    log = logging.getLogger("tests.page")
    async with managed() as (_, context):
        viewers = context.get(Viewers)
        log.warning("first")
        async with aclosing(viewers.stream(wanted, ANYBODY)) as events:
            last, first = await until(events, "errors")
        log.warning("second")
        siblings.is_away = True
        async with aclosing(viewers.stream(wanted._replace(last_event=f"0badcafe-7.{last}"), ANYBODY)) as events:
            last, second = await until(events, "errors")

    assert ("first", 0, f"{first[-1]['run']}-{first[-1]['number']}") == (first[-1]["text"], first[-1]["worker"], first[-1]["id"])
    assert (["second"], [0]) == ([each["text"] for each in second], [each["worker"] for each in second])
    assert f"0badcafe-7.{second[-1]['run']}-{second[-1]['number']}" == last


@pytest.mark.parametrize(
    ("last_event", "numbers"),
    [
        ("", {}),
        ("ab-7", {"ab": 7}),
        ("ab-7.cd-12", {"ab": 7, "cd": 12}),
        ("ab-x.-3.cd.ef-1", {"ef": 1}),
        ("ab-" + "9" * 5000, {}),
        (".".join(f"r{each}-1" for each in range(1000)), {f"r{each}": 1 for each in range(1000 - 64, 1000)}),
    ],
)
def test_what_a_viewer_says_that_it_knows_is_bounded(last_event: str, numbers: dict[str, int]) -> None:
    """What is none of that counts for nothing."""
    assert numbers == known(last_event)
