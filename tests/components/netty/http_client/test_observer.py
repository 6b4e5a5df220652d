"""Observers of a client."""

import asyncio
from typing import Any

import pytest

from pyboot.components.netty import HttpClient, HttpConnectError
from pyboot.components.netty.http_client.observer import HttpClientObservation, HttpClientObserver


class Noting(HttpClientObserver):
    """Adds a field, and notes what it hears."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, str, int, str]] = []

    def began(self, seen: HttpClientObservation) -> None:
        seen.headers.set("x-noted", "yes")
        self.heard.append(("began", str(seen.url), seen.status, ""))

    def ended(self, seen: HttpClientObservation) -> None:
        assert seen.seconds > 0
        self.heard.append(("ended", seen.method, seen.status, type(seen.error).__name__))


async def test_it_hears_of_a_request_and_of_its_answer_and_adds_to_it() -> None:
    """Of one that nobody answers as well."""
    lines: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        lines.extend((await reader.readuntil(b"\r\n\r\n")).split(b"\r\n"))
        writer.write(b"HTTP/1.1 404 No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        writer.close()

    noting = Noting()
    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server, HttpClient(observers=[noting]) as client:
        url = "http://127.0.0.1:%d/a" % server.sockets[0].getsockname()[1]  # noqa: UP031
        assert 404 == (await client.get(url)).status
        server.close()
        with pytest.raises(HttpConnectError):
            await client.get(url)
    assert b"x-noted: yes" in lines
    assert [("began", url, 0, ""), ("ended", "GET", 404, "NoneType")] == noting.heard[:2]
    assert [("began", url, 0, ""), ("ended", "GET", 0, "HttpConnectError")] == noting.heard[2:]


def test_the_methods_of_the_class_do_nothing() -> None:
    """An observer overrides what it wants to hear."""
    seen: Any = None
    HttpClientObserver().began(seen)
    HttpClientObserver().ended(seen)
