"""gRPC's own client against a server of ours: the program of docs/examples/grpc_streams."""

import asyncio
import runpy
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf.wrappers_pb2 import Int64Value

from pyboot.components.netty import ServerBootstrap

PROGRAM = Path(__file__).resolve().parents[2] / "docs/examples/grpc_streams/app.py"


@pytest.fixture
async def service() -> AsyncIterator[dict[str, Any]]:
    """The program, serving at ``address``."""
    scope = runpy.run_path(str(PROGRAM))
    bootstrap = ServerBootstrap().child_handler(scope["connected"])
    server = await bootstrap.bind("127.0.0.1", 0)
    yield scope | {"address": f"127.0.0.1:{server.local_address()[1]}"}
    await bootstrap.shutdown_gracefully(timeout_seconds=5)


def call(channel: grpc.Channel, kind: str, name: str) -> Any:
    """A method of the client."""
    return getattr(channel, kind)(f"/demo.Numbers/{name}", Int64Value.SerializeToString, Int64Value.FromString)


def numbers(*values: int) -> Iterator[Int64Value]:
    """Messages."""
    return (Int64Value(value=value) for value in values)


async def test_one_or_many_of_each(service: dict[str, Any]) -> None:
    """The four kinds of calls; ten thousand messages, which no window has room for, each way."""

    def calls() -> tuple[Any, ...]:
        with grpc.insecure_channel(service["address"]) as channel:
            many = numbers(*range(10_000))
            return (
                call(channel, "unary_unary", "Double")(Int64Value(value=21), timeout=20).value,
                [each.value for each in call(channel, "unary_stream", "CountTo")(Int64Value(value=10_000), timeout=60)],
                call(channel, "stream_unary", "AddUp")(many, timeout=60).value,
                [each.value for each in call(channel, "stream_stream", "RunningSum")(numbers(1, 2, 3), timeout=20)],
            )

    assert (42, [*range(1, 10_001)], sum(range(10_000)), [1, 3, 6]) == await asyncio.to_thread(calls)


async def test_how_a_call_went_stands_in_its_trailers(service: dict[str, Any]) -> None:
    """A method that is not there, a question that cannot be answered, a deadline that is over."""

    async def forever(asked: Any) -> AsyncIterator[Int64Value]:
        async for number in asked:
            yield number
        await asyncio.Event().wait()

    service["METHODS"]["/demo.Numbers/Forever"] = forever

    def status(kind: str, name: str, value: int, **options: Any) -> tuple[grpc.StatusCode, str]:
        with grpc.insecure_channel(service["address"]) as channel, pytest.raises(grpc.RpcError) as raised:
            [*call(channel, kind, name)(Int64Value(value=value), **options)]
        return raised.value.code(), raised.value.details()

    said = [
        await asyncio.to_thread(status, "unary_stream", "Nothing", 1, timeout=20),
        await asyncio.to_thread(status, "unary_stream", "CountTo", -1, timeout=20),
    ]
    assert [
        (grpc.StatusCode.UNIMPLEMENTED, "there is no /demo.Numbers/Nothing"),
        (grpc.StatusCode.INVALID_ARGUMENT, "nobody counts to -1"),
    ] == said
    code, _ = await asyncio.to_thread(status, "unary_stream", "Forever", 1, timeout=0.3)
    assert grpc.StatusCode.DEADLINE_EXCEEDED is code  # whoever of the two was first to notice


async def test_a_call_that_is_given_up_ends_its_method(service: dict[str, Any]) -> None:
    """RST_STREAM cancels what answers; the connection goes on."""
    ended = asyncio.Event()

    async def forever(asked: Any) -> AsyncIterator[Int64Value]:
        try:
            async for number in asked:
                yield number
        finally:
            ended.set()

    service["METHODS"]["/demo.Numbers/Forever"] = forever
    gone = threading.Event()

    def give_up() -> int:
        with grpc.insecure_channel(service["address"]) as channel:

            def asking() -> Iterator[Int64Value]:
                yield Int64Value(value=7)
                gone.wait(20)

            answers = call(channel, "stream_stream", "Forever")(asking(), timeout=60)
            first = next(answers).value
            answers.cancel()
            gone.set()
            return int(first + call(channel, "unary_unary", "Double")(Int64Value(value=1), timeout=20).value)

    assert 9 == await asyncio.to_thread(give_up)
    async with asyncio.timeout(20):
        await ended.wait()


async def test_a_caller_that_does_not_take_its_answers_stops_them(service: dict[str, Any]) -> None:
    """Its window fills, and the method waits where it is."""
    made = 0

    async def endless(asked: Any) -> AsyncIterator[Int64Value]:
        nonlocal made
        async for number in asked:
            while True:
                made += 1
                yield number

    service["METHODS"]["/demo.Numbers/Endless"] = endless

    def take_few() -> list[int]:
        options = [("grpc.http2.lookahead_bytes", 1024), ("grpc.http2.bdp_probe", 0)]
        with grpc.insecure_channel(service["address"], options=options) as channel:
            answers = call(channel, "unary_stream", "Endless")(Int64Value(value=5), timeout=60)
            taken = [next(answers).value for _ in range(3)]
            before = -1
            while before != made:  # until nothing more is made
                before = made
                threading.Event().wait(0.3)
            answers.cancel()
            return taken

    assert [5, 5, 5] == await asyncio.to_thread(take_few)
    assert made < 100_000
