"""HttpPostRequestEncoder: Netty's test of it in Python's terms."""

import io
from pathlib import Path

import pytest

from pyboot.components.netty.buffer.chunked_input import ChunkedInput
from pyboot.components.netty.codec.http.form_decoder import HttpPostRequestDecoder
from pyboot.components.netty.codec.http.form_encoder import HttpPostRequestEncoder
from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, FullHttpRequest, HttpContent, HttpRequest


def request() -> HttpRequest:
    """What is to be sent."""
    return HttpRequest("POST", "/upload", {"Host": "example.org"})


async def contents(encoder: HttpPostRequestEncoder) -> list[HttpContent]:
    """All that it gives."""
    found = []
    while (content := await encoder.read_chunk()) is not None:
        found.append(content)
    encoder.close()
    return found


async def test_a_multipart_form_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the byte; its length is known before a file is read."""
    monkeypatch.setattr("secrets.token_hex", lambda size: "b")
    path = tmp_path / "a.txt"
    path.write_bytes(b"content")
    encoder = HttpPostRequestEncoder(request(), multipart=True)
    assert isinstance(encoder, ChunkedInput)
    encoder.add_body_attribute("title", "Ä")
    encoder.add_body_file_upload("file", path)
    made = encoder.finalize_request()
    found = await contents(encoder)

    expected = (
        b'--b\r\nContent-Disposition: form-data; name="title"\r\n\r\n\xc3\x84\r\n'
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\ncontent\r\n--b--\r\n'
    )
    assert expected == b"".join(content.content for content in found)
    assert found[-1] is EMPTY_LAST_CONTENT
    assert (
        HttpRequest(
            "POST", "/upload", {"Host": "example.org", "content-type": "multipart/form-data; boundary=b", "content-length": len(expected)}
        )
        == made
    )
    assert len(expected) == encoder.length
    with pytest.raises(EncoderError, match="made already"):
        encoder.add_body_attribute("a", "1")
    with pytest.raises(EncoderError, match="made already"):
        encoder.finalize_request()


async def test_pairs_are_one_full_request() -> None:
    """There is nothing more to write."""
    encoder = HttpPostRequestEncoder(request())
    encoder.add_body_attribute("a b", "1&2")
    encoder.add_body_attribute("ä", 3)
    made = encoder.finalize_request()
    assert isinstance(made, FullHttpRequest)
    assert (b"a+b=1%262&%C3%A4=3", "18") == (made.content, made.headers["content-length"])
    assert [] == await contents(encoder)
    with pytest.raises(EncoderError, match="multipart=True"):
        HttpPostRequestEncoder(request()).add_body_file_upload("a", io.BytesIO())


async def test_no_name_can_end_its_line() -> None:
    """Quotes and line breaks are encoded, and read back."""
    encoder = HttpPostRequestEncoder(request(), multipart=True)
    encoder.add_body_attribute('a"\r\nX: y', "1")
    encoder.add_body_file_upload("f", io.BytesIO(b"2"), 'n"\r\n', "text/plain")
    with pytest.raises(EncoderError, match="line break"):
        encoder.add_body_file_upload("f", io.BytesIO(b"2"), "n", "text/plain\r\nX: y")
    made = encoder.finalize_request()
    decoder = HttpPostRequestDecoder(made)
    for content in await contents(encoder):
        decoder.offer(content)
    assert ['a"\r\nX: y', "f"] == [part.name for part in decoder.data]
    assert 'n"\r\n' == getattr(decoder.data[1], "filename", None)


async def test_a_file_is_sent_from_where_it_stands_and_closed() -> None:
    """A large one in pieces."""
    file = io.BytesIO(b"skipped" + b"x" * 100_000)
    file.seek(7)
    encoder = HttpPostRequestEncoder(request(), multipart=True)
    encoder.add_body_file_upload("f", file)
    encoder.finalize_request()
    found = await contents(encoder)
    assert encoder.length == sum(len(content.content) for content in found)
    assert file.closed
    assert max(len(content.content) for content in found) <= 65536
