"""The endpoints handlers and capture, over the management server, on servers that work meanwhile."""

import asyncio
import json
import logging
from typing import Literal

import pytest

from pyboot.actuator import InvocationContext, ManagementServer
from pyboot.actuator.surgery import endpoint
from pyboot.actuator.surgery.endpoint import CaptureEndpoint
from pyboot.actuator.surgery.kinds import TRAFFIC_LOG
from pyboot.testing.application import connect
from tests.actuator.management_client import managed
from tests.actuator.network.connected import LineServer, Shout, nothing_left, said

BEANS = (LineServer, Shout)
OPEN = {"management.endpoint.capture.access": "unrestricted"}


@pytest.mark.parametrize("threads", [0, 2])
async def test_a_handler_comes_to_all_connections_of_a_server_and_goes_again(threads: int, caplog: pytest.LogCaptureFixture) -> None:
    """To those that are open, and those that come meanwhile."""
    async with managed(*BEANS, properties={"netty.worker.threads": threads}) as (client, context), connect(context, "lines") as first:
        await said(first, "before")
        made = (await client.post("/handlers", json={"kind": "counting", "server": "lines"})).json()
        await said(first, "one")
        async with connect(context, "lines") as second:
            await said(second, "three")
            shown = (await client.get(f"/handlers/{made['id']}")).json()
            ended = (await client.delete(f"/handlers/{made['id']}")).json()
            await said(second, "uncounted")
            rows = (await client.get("/channels")).json()["channels"]
            pipelines = [(await client.get(f"/channels/{row['id']}")).json()["pipeline"] for row in rows]
        left = (await client.get("/handlers")).json()
        gone = await client.get(f"/handlers/{made['id']}")

    assert (2, 10, 10) == (shown["channels"], shown["bytesRead"], shown["bytesWritten"])
    assert 10 == ended["bytesRead"]
    assert not [each for pipeline in pipelines for each in pipeline if each["name"].startswith("inserted")]
    assert ({"handlers": []}, 404) == (left, gone.status_code)
    said_so = [message for message in caplog.messages if "counting" in message]
    assert ["counting is put into pipelines of the server 'lines'", "counting of the server 'lines', put in by somebody"] == [
        each.partition(" by somebody")[0] + (" by somebody" if "put in" in each and "is put" not in each else "") for each in said_so
    ]


async def test_one_connection_is_logged_where_messages_are_read(caplog: pytest.LogCaptureFixture) -> None:
    """The others are not."""
    caplog.set_level(logging.INFO, TRAFFIC_LOG)
    async with managed(*BEANS) as (client, context), connect(context, "lines") as first, connect(context, "lines") as second:
        await said(first, "x")
        (row,) = (await client.get("/channels")).json()["channels"][:1]
        await client.post("/handlers", json={"kind": "logging", "channel": row["id"]})
        await said(first, "seen")
        await said(second, "unseen")

    logged = [record.getMessage() for record in caplog.records if record.name == TRAFFIC_LOG]
    assert [message for message in logged if "READ: seen" in message]
    assert not [message for message in logged if "unseen" in message]


async def test_it_is_undone_when_its_time_is_over() -> None:
    """By itself."""
    async with managed(*BEANS) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        await client.post("/handlers", json={"kind": "counting", "server": "lines", "seconds": 0.05})
        await nothing_left(client, "handlers", "handlers")
        (row,) = (await client.get("/channels")).json()["channels"]
        shown = (await client.get(f"/channels/{row['id']}")).json()

    assert ["Shout#0"] == [each["name"] for each in shown["pipeline"]][-1:]
    assert not any(each["name"].startswith("inserted") for each in shown["pipeline"])


async def test_what_passes_is_streamed_until_the_limit() -> None:
    """A line of JSON each; then the handler is gone."""
    async with managed(*BEANS, properties=OPEN) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        async with client.stream("POST", "/capture", json={"server": "lines", "limit": 4, "seconds": 30}) as answer:
            assert 200 == answer.status_code
            lines = answer.aiter_lines()
            await said(first, "one")
            await said(first, "two")
            seen = [json.loads(line) async for line in lines if line]
        await nothing_left(client, "handlers", "handlers")

    assert [("in", "'one'"), ("out", r"'ONE\n'"), ("in", "'two'"), ("out", r"'TWO\n'")] == [
        (each["direction"], each["text"]) for each in seen
    ]
    assert "application/x-ndjson" == answer.headers["content-type"].partition(";")[0]


async def test_a_reader_that_goes_ends_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing stays in the pipelines for nobody."""
    monkeypatch.setattr(endpoint, "_BEAT", 0.02)
    async with managed(*BEANS, properties=OPEN) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        async with client.stream("POST", "/capture", json={"server": "lines", "seconds": 3000}) as answer:
            await said(first, "one")
            await anext(aiter(answer.aiter_lines()))
        await nothing_left(client, "handlers", "handlers")


async def test_a_capture_file_has_the_bytes() -> None:
    """For Wireshark."""
    async with managed(*BEANS, properties=OPEN) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        async with client.stream("POST", "/capture", json={"server": "lines", "format": "pcap", "limit": 8, "seconds": 0.5}) as answer:
            await said(first, "hello")
            data = b"".join([part async for part in answer.aiter_bytes()])

    assert data.startswith(b"\xa1\xb2\xc3\xd4")
    assert b"hello\n" in data
    assert b"HELLO\n" in data


@pytest.mark.parametrize("format", ["text", "pcap"])
async def test_a_capture_that_nobody_reads_is_taken_out_with_its_answer(format: Literal["text", "pcap"]) -> None:
    """As where the client has gone before the head of the answer, or another worker was asked, which sends no streams."""
    async with managed(*BEANS, properties=OPEN) as (client, context), connect(context, "lines"):
        answer = await context.get(CaptureEndpoint).capture(InvocationContext(), server="lines", seconds=3000, format=format)
        stands = (await client.get("/handlers")).json()["handlers"]
        await answer.body.aclose()
        left = (await client.get("/handlers")).json()["handlers"]

    assert (1, []) == (len(stands), left)


async def test_a_capture_ends_in_order_with_the_application() -> None:
    """Its answer is whole, and the stop does not wait until the connection is cut off."""
    async with managed(*BEANS, properties=OPEN) as (_, context):
        reader, writer = await asyncio.open_connection(*context.get(ManagementServer).address)
        body = b'{"server":"lines","seconds":3000}'
        head = b"POST /actuator/capture HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        writer.write(head % len(body) + body)
        assert b"HTTP/1.1 200 OK\r\n" == await reader.readline()
    rest = await reader.read()
    writer.close()

    assert rest.endswith(b"0\r\n\r\n")


async def test_capture_is_closed_unless_somebody_opens_it() -> None:
    """What passes is secret as often as not."""
    async with managed(*BEANS) as (client, _):
        assert 404 == (await client.post("/capture", json={"server": "lines"})).status_code


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "counting"},
        {"kind": "counting", "server": "lines", "channel": "0"},
        {"kind": "counting", "server": "none"},
        {"kind": "counting", "channel": "none"},
        {"kind": "counting", "server": "lines", "seconds": 0},
        {"kind": "counting", "server": "lines", "seconds": 3601},
        {"kind": "counting", "server": "lines", "before": "a", "after": "b"},
        {"kind": "dancing", "server": "lines"},
        {"kind": "throttling", "server": "lines"},
        {"server": "lines"},
    ],
)
async def test_what_means_nothing_is_refused_and_changes_nothing(wrong: dict[str, object]) -> None:
    """With 400."""
    async with managed(*BEANS) as (client, _):
        assert 400 == (await client.post("/handlers", json=wrong)).status_code
        assert {"handlers": []} == (await client.get("/handlers")).json()


async def test_a_neighbour_that_is_not_there_is_named() -> None:
    """Of one connection; of a server the connections without it are counted."""
    async with managed(*BEANS) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        (row,) = (await client.get("/channels")).json()["channels"]
        refused = await client.post("/handlers", json={"kind": "counting", "channel": row["id"], "after": "nobody"})
        made = (await client.post("/handlers", json={"kind": "counting", "server": "lines", "after": "nobody"})).json()

    assert (400, 0, 1) == (refused.status_code, made["channels"], made["missed"])


async def test_a_throttled_connection_is_slow() -> None:
    """And as fast as before once it is not."""
    async with managed(*BEANS) as (client, context), connect(context, "lines") as first:
        await said(first, "x")
        made = (await client.post("/handlers", json={"kind": "throttling", "server": "lines", "writeLimit": 10_000})).json()
        loop = asyncio.get_running_loop()
        began = loop.time()
        await said(first, "x" * 500)
        await said(first, "x" * 500)
        await said(first, "x" * 500)
        taken = loop.time() - began
        await client.delete(f"/handlers/{made['id']}")
        assert 0.09 < taken
        assert b"Y\n" == await said(first, "y")
