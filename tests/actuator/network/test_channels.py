"""The endpoint channels: found, sorted, shown with its pipeline, closed."""

import pytest

from pyboot.testing.application import connect
from tests.actuator.management_client import managed

from .connected import LineServer, Shout, nothing_left, said

BEANS = (LineServer, Shout)


@pytest.mark.parametrize("threads", [0, 2])
async def test_it_lists_what_is_open_with_what_it_has_carried(threads: int) -> None:
    """Whatever loop it is on."""
    async with managed(*BEANS, properties={"netty.worker.threads": threads}) as (client, context), connect(context, "lines") as stream:
        assert b"ADA\n" == await said(stream, "ada")
        answer = (await client.get("/channels")).json()

    (row,) = answer["channels"]
    host, port = stream[1].get_extra_info("sockname")
    assert (1, "lines", f"{host}:{port}") == (answer["total"], row["server"], row["remote"])
    assert (4, 4, 0, True, True) == (row["bytesIn"], row["bytesOut"], row["pending"], row["writable"], row["reading"])
    assert row["since"].startswith("20")


async def test_it_sorts_most_first_and_cuts_off_behind_the_limit() -> None:
    """The number of all is told all the same."""
    async with (
        managed(*BEANS) as (client, context),
        connect(context, "lines") as first,
        connect(context, "lines") as second,
        connect(context, "lines") as third,
    ):
        await said(first, "a")
        await said(second, "a" * 500)
        await said(third, "a" * 50)
        rows = (await client.get("/channels", params={"sort": "rate", "limit": 2})).json()
        aged = (await client.get("/channels", params={"sort": "age"})).json()

    assert (3, [501, 51]) == (rows["total"], [row["bytesIn"] for row in rows["channels"]])
    assert [2, 501, 51] == [row["bytesIn"] for row in aged["channels"]]


async def test_one_is_shown_with_its_pipeline_and_who_is_at_work() -> None:
    """The name of the handler that waits tells why nothing is answered."""
    async with managed(*BEANS) as (client, context), connect(context, "lines") as (_, writer):
        writer.write(b"wait\nmore\n")
        while True:
            (row,) = (await client.get("/channels")).json()["channels"]
            if row["mailbox"]:
                break
        shown = (await client.get(f"/channels/{row['id']}")).json()
        await client.delete(f"/channels/{row['id']}?abort=true")

    handler = shown["pipeline"][-1]
    assert ("Shout#0", True, ["channel_read"]) == (handler["name"], handler["atWork"], handler["events"])
    assert 1 <= handler["waiting"] <= 2  # the second line, and the end of the read
    assert "Shout#0" == shown["suspendedIn"]
    assert shown["options"]["AUTO_READ"] is True


@pytest.mark.parametrize("query", ["", "?abort=true"])
async def test_one_is_closed(query: str) -> None:
    """It is gone then, and the log says by whom."""
    async with managed(*BEANS) as (client, context), connect(context, "lines") as (reader, writer):
        await said((reader, writer), "x")
        (row,) = (await client.get("/channels")).json()["channels"]
        answer = await client.delete(f"/channels/{row['id']}{query}")
        try:
            assert b"" == await reader.read()
        except ConnectionResetError:
            assert query
        await nothing_left(client, "channels", "total")
        gone = await client.get(f"/channels/{row['id']}")

    assert (200, 404) == (answer.status_code, gone.status_code)


@pytest.mark.parametrize("query", ["server=none", "limit=0", "limit=1001", "sort=size", "limit=x"])
async def test_what_means_nothing_is_refused(query: str) -> None:
    """With what is allowed."""
    async with managed(*BEANS) as (client, _):
        assert 400 == (await client.get(f"/channels?{query}")).status_code
