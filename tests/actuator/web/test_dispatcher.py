"""Dispatcher: every request gets an answer, and the right one."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pyboot.actuator import (
    DeleteOperation,
    Endpoint,
    InvalidEndpointRequestError,
    InvocationContext,
    ReadOperation,
    WebEndpointResponse,
    WriteOperation,
)
from pyboot.actuator.web.dispatcher import Answer, Dispatcher
from pyboot.actuator.web.guard import Trusting
from pyboot.actuator.web.media import JSON, V3_JSON
from pyboot.actuator.web.routes import Endpoint as There, Routes
from pyboot.components.netty.wire.http.message import FullHttpRequest
from tests.actuator.management_client import described


@Endpoint("things")
class Things:
    """Answers in every way."""

    def __init__(self) -> None:
        self.written: list[object] = []

    @ReadOperation
    async def read(self, name: str | None = None) -> object:
        """Answer later."""
        await asyncio.sleep(0)
        return {"name": name}

    @ReadOperation("nothing")
    def nothing(self) -> None:
        """Find nothing."""

    @ReadOperation("text", produces=["text/plain;charset=utf-8"])
    def text(self) -> str:
        """Answer with text."""
        return "hällo"

    @ReadOperation("full")
    def full(self, context: InvocationContext) -> WebEndpointResponse:
        """Say everything."""
        return WebEndpointResponse({"produces": context.produces}, 503, headers={"retry-after": "1"})

    @ReadOperation("bytes", produces=["application/octet-stream"])
    def bytes(self) -> bytes:
        """Answer with bytes."""
        return b"\x00\xff"

    @ReadOperation("stream", produces=["text/plain"])
    def stream(self) -> WebEndpointResponse:
        """Answer bit by bit."""

        async def pieces() -> AsyncIterator[str]:
            yield "a"

        return WebEndpointResponse(pieces())

    @ReadOperation("broken")
    def broken(self) -> None:
        """Raise."""
        raise RuntimeError("the password is hunter2")

    @ReadOperation("strange")
    def strange(self) -> object:
        """Return what is no JSON."""
        return object()

    @ReadOperation("refusing")
    def refusing(self) -> None:
        """Refuse."""
        raise InvalidEndpointRequestError("not like this")

    @WriteOperation
    def write(self, enabled: bool, name: str = "x") -> None:
        """Note."""
        self.written.append((enabled, name))

    @WriteOperation("told")
    def write_told(self) -> dict[str, str]:
        """Answer a write."""
        return {"message": "done"}

    @DeleteOperation
    def delete(self, name: str) -> None:
        """Note."""
        self.written.append(name)


THINGS = Things()
DISPATCHER = Dispatcher(Routes("/actuator", [There(described(Things), THINGS)]), Trusting())


async def asked(method: str, path: str, content: bytes = b"", **headers: str) -> Answer:
    """Ask for *path* below the endpoint."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    request = FullHttpRequest(method, f"/actuator/things{path}", content, fields)
    return await DISPATCHER.answer(request)


def told(answer: Answer) -> Any:
    """What an answer says in JSON."""
    assert isinstance(answer.content, bytes)
    return json.loads(answer.content)


async def test_a_read_is_answered_with_json() -> None:
    """Of the newest type, unless the client wants another."""
    answer = await asked("GET", "?name=a%20b")

    assert (200, V3_JSON, {"name": "a b"}) == (answer.status, answer.headers["content-type"], told(answer))
    assert JSON == (await asked("GET", "", accept="application/json")).headers["content-type"]


async def test_what_operations_produce_is_sent_as_it_is() -> None:
    """Text, bytes, a status with header fields, and what comes bit by bit."""
    assert "hällo".encode() == (await asked("GET", "/text")).content
    assert b"\x00\xff" == (await asked("GET", "/bytes")).content
    full = await asked("GET", "/full")
    assert (503, "1", {"produces": V3_JSON}) == (full.status, full.headers["retry-after"], told(full))
    stream = (await asked("GET", "/stream")).content
    assert not isinstance(stream, bytes)
    assert ["a"] == [piece async for piece in stream]


async def test_a_write_takes_json_and_the_query_wins() -> None:
    """And is answered 204 where it says nothing."""
    THINGS.written.clear()
    assert 204 == (await asked("POST", "?name=q", b'{"enabled": true, "name": "b"}', content_type="application/json")).status
    assert 204 == (await asked("POST", "?enabled=false")).status
    assert 204 == (await asked("DELETE", "?name=gone")).status
    assert [(True, "q"), (False, "x"), "gone"] == THINGS.written
    assert {"message": "done"} == told(await asked("POST", "/told"))


@pytest.mark.parametrize(
    ("method", "path", "content", "headers", "status"),
    [
        ("GET", "/nothing", b"", {}, 404),
        ("GET", "/nowhere", b"", {}, 404),
        ("GET", "/%zz", b"", {}, 400),
        ("GET", "?name=%ff", b"", {}, 400),
        ("GET", "/refusing", b"", {}, 400),
        ("GET", "", b"", {"accept": "image/png"}, 406),
        ("GET", "/text", b"", {"accept": "application/json"}, 406),
        ("PUT", "", b"", {}, 405),
        ("PATCH", "", b"", {}, 405),
        ("TRACE", "", b"", {}, 405),
        ("POST", "/text", b"", {}, 405),
        ("POST", "", b"", {}, 400),
        ("POST", "", b'{"enabled": "perhaps"}', {"content_type": "application/json"}, 400),
        ("POST", "", b"[1]", {"content_type": "application/json"}, 400),
        ("POST", "", b"enabled=true", {"content_type": "application/x-www-form-urlencoded"}, 415),
        ("POST", "", b"{}", {}, 415),
        ("DELETE", "", b"", {}, 400),
        ("GET", "/broken", b"", {}, 500),
        ("GET", "/strange", b"", {}, 500),
    ],
)
async def test_what_cannot_be_answered_says_so(method: str, path: str, content: bytes, headers: dict[str, str], status: int) -> None:
    """In JSON, with status, reason and path, whatever was accepted."""
    answer = await asked(method, path, content, **headers)

    assert (status, JSON) == (answer.status, answer.headers["content-type"])
    assert {"timestamp", "status", "error", "path"} <= told(answer).keys()
    assert status == told(answer)["status"]


async def test_a_wrong_method_is_told_the_right_ones() -> None:
    """By ``Allow``, as OPTIONS is."""
    assert "GET, POST, DELETE, HEAD, OPTIONS" == (await asked("PUT", "")).headers["allow"]
    options = await asked("OPTIONS", "")
    assert (200, "GET, POST, DELETE, HEAD, OPTIONS") == (options.status, options.headers["allow"])


async def test_an_error_is_logged_and_not_told(caplog: pytest.LogCaptureFixture) -> None:
    """What an exception says may be a secret."""
    with caplog.at_level(logging.ERROR, "pyboot.actuator"):
        answer = await asked("GET", "/broken")

    assert isinstance(answer.content, bytes)
    assert b"hunter2" not in answer.content
    assert "hunter2" in caplog.text


async def test_the_list_of_links_is_negotiated_too() -> None:
    """It is read, and nothing else."""

    async def listed(method: str, **headers: str) -> Answer:
        return await DISPATCHER.answer(FullHttpRequest(method, "/actuator", b"", {"host": "h", **headers}))

    assert "http://h/actuator/things" == told(await listed("GET"))["_links"]["things"]["href"]
    assert [405, 406, 200] == [(await listed(m, **h)).status for m, h in [("POST", {}), ("GET", {"accept": "text/html"}), ("OPTIONS", {})]]
