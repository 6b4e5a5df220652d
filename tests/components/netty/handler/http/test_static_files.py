"""HttpStaticFileHandler: files as a browser wants them, in memory."""

import asyncio
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.buffer.file_region import FileRegion
from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.static_files import HttpStaticFileHandler
from pyboot.components.netty.handler.http.static_path import open_file
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    HttpContent,
    HttpObject,
    HttpRequest,
    HttpResponse,
)

AT = 1_000_000_000
DATE = "Sun, 09 Sep 2001 01:46:40 GMT"
DIGITS = b"0123456789" * 10
TAG = f'"{AT * 10**9:x}-64"'

type Get = Callable[..., Any]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A small site."""
    files = {
        "index.html": b"<h1>hello</h1>",
        "digits.txt": DIGITS,
        "style.css": b"css" * 100,
        "style.css.br": b"br",
        "style.css.gz": b"gz",
        "empty.bin": b"",
        "archive.tar.gz": b"tar",
        "sub/page.html": b"sub",
        "sub/<b>.txt": b"name",
        ".secret": b"secret",
        "with/index.html": b"index of with",
    }
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        os.utime(path, (AT, AT))
    return tmp_path


@pytest.fixture
def get(root: Path) -> Get:
    """`await get(path, **fields)`: head and content of the answer; None where the request went on."""

    async def ask(uri: str, method: str = "GET", options: dict[str, Any] | None = None, **fields: Any) -> Any:
        channel = EmbeddedChannel(HttpStaticFileHandler(root, **(options or {})), loop=asyncio.get_running_loop())
        headers = {name.replace("_", "-"): value for name, value in fields.items()}
        channel.write_inbound(FullHttpRequest(method, uri, headers=headers))
        while not (channel.pipeline().contexts()[0].inbox is None or channel.pipeline().contexts()[0].inbox.is_idle):  # type: ignore[union-attr]
            await asyncio.to_thread(int)
        if channel.read_inbound() is not None:
            return None
        head, *more = channel.outbound_messages()
        assert isinstance(head, HttpResponse)
        content = head.content if isinstance(head, HttpContent) else b""
        for part in more:
            if isinstance(part, FileRegion):
                content += part.read(0, part.count)
                part.release()
            else:
                content += part.content if isinstance(part, HttpContent) else part
        return head, content

    return ask


def shown(answer: Any) -> tuple[int, bytes, dict[str, str]]:
    """Status, content, fields."""
    head, content = answer
    return head.status, content, {name: head.headers[name] for name in head.headers}


async def test_a_file_is_sent_with_all_that_a_browser_asks_of_it(get: Get) -> None:
    """Type with charset, length, tag, date; and what it may not guess."""
    assert (
        200,
        DIGITS,
        {
            "content-type": "text/plain; charset=utf-8",
            "x-content-type-options": "nosniff",
            "cache-control": "no-cache",
            "etag": TAG,
            "last-modified": DATE,
            "accept-ranges": "bytes",
            "content-length": "100",
        },
    ) == shown(await get("/digits.txt?query"))


async def test_head_has_the_fields_and_no_content(get: Get) -> None:
    """The same ones."""
    head, content = await get("/digits.txt", "HEAD")
    assert (200, b"", "100", TAG) == (head.status, content, head.headers["content-length"], head.headers["etag"])


@pytest.mark.parametrize(
    ("uri", "status", "content", "location"),
    [
        ("/", 200, b"<h1>hello</h1>", None),
        ("/index.html", 200, b"<h1>hello</h1>", None),
        ("/with/", 200, b"index of with", None),
        ("/with", 301, b"", "/with/"),
        ("/with?a=b", 301, b"", "/with/?a=b"),
        ("/sub/", 404, b"404: there is nothing here\n", None),
        ("/sub/page.html/", 404, b"404: there is nothing here\n", None),
        ("/empty.bin", 200, b"", None),
        ("http://any.example/with/?a", 200, b"index of with", None),
        ("http://any.example", 200, b"<h1>hello</h1>", None),
        ("/none", 404, b"404: there is nothing here\n", None),
        ("/.secret", 404, b"404: there is nothing here\n", None),
        ("/../x", 404, b"404: there is nothing here\n", None),
        ("/%2e%2e/x", 404, b"404: there is nothing here\n", None),
        ("//with", 404, b"404: there is nothing here\n", None),
    ],
)
async def test_paths(get: Get, uri: str, status: int, content: bytes, location: str | None) -> None:
    """A folder is its index, with the slash; nothing hidden, nothing outside, no other host."""
    head, found = await get(uri)
    assert (status, content, location) == (head.status, found, head.headers.get("location"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.html", "text/html; charset=utf-8"),
        ("a.js", "text/javascript; charset=utf-8"),
        ("a.json", "application/json; charset=utf-8"),
        ("a.svg", "image/svg+xml; charset=utf-8"),
        ("a.PNG", "image/png"),
        ("a.woff2", "font/woff2"),
        ("a.wasm", "application/wasm"),
        ("a.tar.gz", "application/gzip"),
        ("a.unknown", "application/octet-stream"),
        ("a", "application/octet-stream"),
    ],
)
async def test_types(get: Get, root: Path, name: str, kind: str) -> None:
    """By name, the same on every system."""
    (root / name).write_bytes(b"x")
    assert kind == (await get(f"/{name}"))[0].headers["content-type"]


@pytest.mark.parametrize(
    ("fields", "status", "content", "content_range"),
    [
        ({"Range": "bytes=10-19"}, 206, b"0123456789", "bytes 10-19/100"),
        ({"Range": "bytes=-5"}, 206, b"56789", "bytes 95-99/100"),
        ({"Range": "bytes=98-"}, 206, b"89", "bytes 98-99/100"),
        ({"Range": "bytes=100-"}, 416, b"", "bytes */100"),
        ({"Range": "nonsense"}, 200, DIGITS, None),
        ({"Range": "bytes=0-1", "If_Range": TAG}, 206, b"01", "bytes 0-1/100"),
        ({"Range": "bytes=0-1", "If_Range": DATE}, 206, b"01", "bytes 0-1/100"),
        ({"Range": "bytes=0-1", "If_Range": '"other"'}, 200, DIGITS, None),
        ({"Range": "bytes=0-1", "If_None_Match": TAG}, 304, b"", None),
        ({"Range": ",".join(["bytes=0-0"] + ["1-1"] * 8)}, 200, DIGITS, None),
    ],
)
async def test_parts(get: Get, fields: dict[str, str], status: int, content: bytes, content_range: str | None) -> None:
    """One part as it is, the whole where that is simpler, and 416 where there is none."""
    head, found = await get("/digits.txt", **fields)
    assert (status, content, content_range) == (head.status, found, head.headers.get("content-range"))
    if status != 304:
        assert str(len(content)) == head.headers["content-length"]


async def test_several_parts_come_in_one_answer(get: Get, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each with its head; the length is that of all."""
    monkeypatch.setattr("secrets.token_hex", lambda size: "b")
    head, content = await get("/digits.txt", Range="bytes=0-1,-2")
    expected = (
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 0-1/100\r\n\r\n01\r\n"
        b"--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes 98-99/100\r\n\r\n89\r\n--b--\r\n"
    )
    assert (206, expected, "multipart/byteranges; boundary=b") == (head.status, content, head.headers["content-type"])
    assert str(len(expected)) == head.headers["content-length"]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"If_None_Match": TAG}, 304),
        ({"If_Modified_Since": DATE}, 304),
        ({"If_Match": '"other"'}, 412),
        ({"If_None_Match": '"other"'}, 200),
    ],
)
async def test_what_a_client_has_already_is_not_sent(get: Get, fields: dict[str, str], status: int) -> None:
    """304 says again what it is kept by, and nothing of a content that it has not."""
    head, content = await get("/digits.txt", **fields)
    assert (status, b"" if status != 200 else DIGITS) == (head.status, content)
    if status == 304:
        assert ["x-content-type-options", "cache-control", "etag", "last-modified"] == head.headers.names()


@pytest.mark.parametrize(
    ("accepted", "coding", "content"),
    [("br, gzip", "br", b"br"), ("gzip", "gzip", b"gz"), ("gzip;q=0", None, b"css" * 100), (None, None, b"css" * 100)],
)
async def test_files_that_were_compressed_ahead(get: Get, accepted: str | None, coding: str | None, content: bytes) -> None:
    """Under the name and the type of the one that is asked for, each with a tag of its own."""
    head, found = await get("/style.css", **({} if accepted is None else {"Accept_Encoding": accepted}))
    fields = head.headers
    assert (coding, content, "Accept-Encoding") == (fields.get("content-encoding"), found, fields["vary"])
    assert "text/css; charset=utf-8" == fields["content-type"]
    if coding is not None:
        assert (await get("/style.css"))[0].headers["etag"] != fields["etag"]
    plain = await get("/style.css", options={"precompressed": False}, Accept_Encoding="br")
    assert (b"css" * 100, None) == (plain[1], plain[0].headers.get("vary"))


async def test_a_folder_is_listed_where_that_is_wanted(get: Get) -> None:
    """Names are text there, whatever they are; hidden ones are not shown."""
    head, content = await get("/sub/", options={"lists_folders": True})
    assert b'<li><a href="./%3Cb%3E.txt">&lt;b&gt;.txt</a></li>\n<li><a href="./page.html">page.html</a></li>' in content
    assert ("text/html; charset=utf-8", "default-src 'none'") == (head.headers["content-type"], head.headers["content-security-policy"])
    _, content = await get("/", options={"lists_folders": True, "index": ""})
    assert b".secret" not in content
    assert b"sub/" in content


async def test_other_requests_go_on(get: Get) -> None:
    """Other methods, other paths; and what is not there, where that is wanted."""
    assert await get("/digits.txt", "POST", options={"passes_on_missing": True}) is None
    assert await get("/digits.txt", "POST", options={"prefix": "/static"}) is None
    head, _ = await get("/digits.txt", "POST")
    assert (405, "GET, HEAD") == (head.status, head.headers["allow"])
    assert await get("/digits.txt", options={"prefix": "/static"}) is None
    assert await get("/staticx/digits.txt", options={"prefix": "/static"}) is None
    assert await get("/none", options={"passes_on_missing": True}) is None
    assert DIGITS == (await get("/static/digits.txt", options={"prefix": "/static"}))[1]
    assert "/static/" == (await get("/static", options={"prefix": "/static"}))[0].headers["location"]
    assert b"secret" == (await get("/.secret", options={"allow_hidden": True}))[1]


async def test_answers_come_in_the_order_of_the_requests(root: Path) -> None:
    """Though each waits for a disk; the content of a request that is answered here is dropped."""
    channel = EmbeddedChannel(HttpStaticFileHandler(root), loop=asyncio.get_running_loop())
    channel.write_inbound(HttpRequest("GET", "/digits.txt"), DefaultHttpContent(b"why"), EMPTY_LAST_CONTENT)
    channel.write_inbound(*(FullHttpRequest("GET", path) for path in ("/none", "/index.html")))
    channel.write_inbound(HttpObject())
    while channel.read_inbound() is None:
        await asyncio.to_thread(int)
    heads = [message for message in channel.outbound_messages() if isinstance(message, HttpResponse)]
    assert [200, 404, 200] == [head.status for head in heads]
    assert ["100", "27", "14"] == [head.headers["content-length"] for head in heads]
    for message in channel.outbound_messages():
        if isinstance(message, FileRegion):
            message.release()


def test_a_mistake_is_told_when_the_handler_is_made(tmp_path: Path) -> None:
    """And not with the first request."""
    with pytest.raises(ValueError, match="is no folder"):
        HttpStaticFileHandler(tmp_path / "none")
    with pytest.raises(ValueError, match="begins with /"):
        HttpStaticFileHandler(tmp_path, prefix="static")


async def test_a_file_that_was_opened_for_a_client_who_left_is_closed(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where the disk was slower than the client."""
    may_open, is_asked, opened = threading.Event(), threading.Event(), []

    def slow(path: Path) -> Any:
        is_asked.set()
        assert may_open.wait(20)
        opened.append(open_file(path))
        return opened[-1]

    monkeypatch.setattr("pyboot.components.netty.handler.http.static_files.open_file", slow)
    channel = EmbeddedChannel(HttpStaticFileHandler(root), loop=asyncio.get_running_loop())
    channel.write_inbound(FullHttpRequest("GET", "/digits.txt"))
    await asyncio.to_thread(is_asked.wait, 20)
    channel.abort()
    await channel.close_future
    may_open.set()
    while not opened or not opened[0][0].closed:
        await asyncio.to_thread(int)
    assert [] == channel.outbound_messages()
