"""A response as a program reads it: text, JSON, once."""

from typing import Any

import pytest


def answer(body: bytes, content_type: str) -> bytes:
    """A response."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: %b\r\ncontent-length: %d\r\n\r\n%b" % (content_type.encode(), len(body), body)


@pytest.mark.parametrize(
    ("body", "content_type", "expected"),
    [
        ("ü".encode(), "text/plain", "ü"),
        ("ü".encode("latin-1"), "text/plain; charset=iso-8859-1", "ü"),
        ("ü".encode("utf-16"), 'text/plain; charset="utf-16"', "ü"),
        (b"\xff", "text/plain; charset=utf-8", "\ufffd"),
        ("ü".encode(), "text/plain; charset=nonsense", "ü"),
        ("ü".encode(), ";;;", "ü"),
    ],
)
async def test_text(body: bytes, content_type: str, expected: str, peer: Any, new_client: Any) -> None:
    """In the encoding that the peer names, as far as there is one."""
    response = await new_client().get((await peer(answer(body, content_type))).url)

    assert expected == await response.text()


async def test_json(peer: Any, new_client: Any) -> None:
    """Of what is none the error is Python's."""
    assert [{"a": "ü"}] == await (await new_client().get((await peer(answer('[{"a":"ü"}]'.encode(), "application/json"))).url)).json()
    with pytest.raises(ValueError, match="Expecting value"):
        await (await new_client().get((await peer(answer(b"<html>", "text/html"))).url)).json()


async def test_trailers(peer: Any, new_client: Any) -> None:
    """They come behind the content, and are never among the headers."""
    server = await peer(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nchecksum: 5\r\n\r\n")
    response = await new_client().get(server.url)

    assert ("5", False) == (response.trailers["checksum"], "checksum" in response.headers)
    assert f"<HttpClientResponse 200 OK to GET {server.url}/>" == repr(response)


async def test_content_is_taken_once(peer: Any, new_client: Any) -> None:
    """Twice is an error that says how; what `read` kept can be read again."""
    server = await peer(answer(b"ok", "text/plain"))
    async with new_client().stream("GET", server.url) as response:
        assert [b"ok"] == [chunk async for chunk in response]
        with pytest.raises(RuntimeError, match=r"was taken already: read\(\) keeps it"):
            await response.read()
