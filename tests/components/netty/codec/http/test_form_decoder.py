"""Forms: Netty's tests of HttpPostRequestDecoder in Python's terms, and the forms of multipart-form-data-conformance."""

import base64
import json
import logging
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given, strategies

from pyboot.components.netty.codec.http.form_data import FileUpload, FormAttribute, HttpData, HttpDataFactory
from pyboot.components.netty.codec.http.form_decoder import FormLimits, HttpPostRequestDecoder
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.message import DefaultHttpContent, DefaultLastHttpContent, FullHttpRequest, HttpRequest

MULTIPART = "multipart/form-data; boundary=x"
URLENCODED = "application/x-www-form-urlencoded"
FORM = (
    b"--x\r\n"
    b'Content-Disposition: form-data; name="title"\r\n'
    b"\r\n"
    b"A picture\r\n"
    b"--x\r\n"
    b'Content-Disposition: form-data; name="file"; filename="a b.png"\r\n'
    b"Content-Type: image/png\r\n"
    b"X-More: yes\r\n"
    b"\r\n"
    b"\x00\r\n--\r\n--y\r\r\n"
    b"--x--\r\n"
)
PARTS = [("title", None, "text", b"A picture"), ("file", "a b.png", "image/png", b"\x00\r\n--\r\n--y\r")]


def decode(content_type: str, *chunks: bytes, limits: FormLimits | None = None) -> HttpPostRequestDecoder:
    """A decoder that has got the chunks, and the end."""
    decoder = HttpPostRequestDecoder(HttpRequest("POST", "/", {"Content-Type": content_type}), limits)
    for chunk in chunks:
        decoder.offer(DefaultHttpContent(chunk))
    decoder.offer(DefaultLastHttpContent())
    assert decoder.is_finished
    return decoder


def shown(part: HttpData) -> tuple[str, str | None, str, bytes]:
    """What a part is."""
    if isinstance(part, FileUpload):
        return part.name, part.filename, part.content_type, part.content
    assert isinstance(part, FormAttribute)
    return part.name, None, "text", part.content


def test_a_multipart_form_is_read_however_it_is_cut() -> None:
    """Whole, byte by byte, and at every cut."""
    for chunks in ([FORM], [FORM[at : at + 1] for at in range(len(FORM))], *([FORM[:at], FORM[at:]] for at in range(len(FORM)))):
        decoder = decode(MULTIPART, *chunks)
        assert PARTS == [shown(part) for part in decoder.data]
        file = decoder.get("file")
        assert isinstance(file, FileUpload)
        assert "yes" == file.headers["x-more"]
        decoder.release()


def test_parts_are_given_as_they_are_complete() -> None:
    """And kept, to be asked for by name."""
    decoder = HttpPostRequestDecoder(HttpRequest("POST", "/", {"Content-Type": MULTIPART}))
    cut = FORM.index(b"Content-Type")
    assert ["title"] == [part.name for part in decoder.offer(DefaultHttpContent(FORM[:cut]))]
    assert not decoder.is_finished
    assert ["file"] == [part.name for part in decoder.offer(DefaultLastHttpContent(FORM[cut:]))]
    assert (["title", "file"], None) == ([part.name for part in decoder.data], decoder.get("none"))
    assert [decoder.get("title")] == decoder.get_all("title")
    decoder.release()
    decoder.release()
    assert [] == decoder.data


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", []),
        (b"a=1&b=two+words&a=%C3%A4", [("a", "1"), ("b", "two words"), ("a", "ä")]),
        (b"&&a&=b&", [("a", ""), ("", "b")]),
        (b"a=1;b=2", [("a", "1;b=2")]),
        (b"a=\xc3\xa4", [("a", "ä")]),
    ],
)
def test_pairs_are_read_however_they_are_cut(body: bytes, expected: list[tuple[str, str]]) -> None:
    """Of a full request they are there at once."""
    for chunks in ([body], [body[at : at + 1] for at in range(len(body))]):
        decoder = decode(URLENCODED, *chunks)
        assert expected == [(part.name, part.value) for part in decoder.data if isinstance(part, FormAttribute)]
    full = HttpPostRequestDecoder(FullHttpRequest("POST", "/", body, {"Content-Type": f"{URLENCODED}; charset=UTF-8"}))
    assert (True, False, len(expected)) == (full.is_finished, full.is_multipart, len(full.data))


def test_the_charset_of_the_form_is_its_texts() -> None:
    """Or that of a part."""
    decoder = decode(f"{URLENCODED}; charset=ISO-8859-1", b"a=%E4")
    assert isinstance(decoder.data[0], FormAttribute)
    assert "ä" == decoder.data[0].value
    part = b'--x\r\nContent-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=latin-1\r\n\r\n\xe4\r\n--x--\r\n'
    decoder = decode(MULTIPART, part)
    assert isinstance(decoder.data[0], FormAttribute)
    assert "ä" == decoder.data[0].value


def part(head: bytes, body: bytes = b"v") -> bytes:
    """A form of one part."""
    return b"--x\r\n" + head + b"\r\n\r\n" + body + b"\r\n--x--\r\n"


DISPOSITION = b'Content-Disposition: form-data; name="a"'


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/plain", b"", 415),
        ("", b"", 415),
        (f"{URLENCODED}; charset=zlib", b"a=1", 415),
        (f"{URLENCODED}; charset=none", b"a=1", 415),
        ("multipart/form-data", b"", 400),
        ("multipart/form-data; boundary=" + "x" * 71, b"", 400),
        ('multipart/form-data; boundary="x "', b"", 400),
        (MULTIPART, b"", 400),
        (MULTIPART, FORM[:-5], 400),
        (MULTIPART, b"rubbish", 400),
        (MULTIPART, part(b'Content-Disposition: form-data; filename="a"'), 400),
        (MULTIPART, part(b'Content-Disposition: attachment; name="a"'), 400),
        (MULTIPART, part(b"Content-Type: text/plain"), 400),
        (MULTIPART, part(DISPOSITION + b"\r\n" + DISPOSITION), 400),
        (MULTIPART, part(b'Content-Disposition: form-data; name="a"; name="b"'), 400),
        (MULTIPART, part(b'Content-Disposition: form-data; name="\xff"'), 400),
        (MULTIPART, part(DISPOSITION + b"\r\nContent-Transfer-Encoding: base64"), 400),
        (MULTIPART, part(DISPOSITION + b"\r\nX: a\x00b"), 400),
        (MULTIPART, part(DISPOSITION + b"\r\n folded: 1"), 400),
        (MULTIPART, part(DISPOSITION + b"\r\nX: " + b"y" * 5000), 400),
        (MULTIPART, part(DISPOSITION + b"".join(b"\r\nX%d: y" % n for n in range(20))), 400),
        (MULTIPART, part(DISPOSITION, b"v" * 65), 413),
        (MULTIPART, part(DISPOSITION + b'; filename="f"', b"v" * 129), 413),
        (MULTIPART, part(DISPOSITION + b'; filename="f"', b"v" * 600), 413),
        (MULTIPART, part(DISPOSITION)[:-7] * 4 + b"\r\n--x--\r\n", 413),
        (URLENCODED, b"a=" + b"v" * 63, 413),
        (URLENCODED, b"a=1&b=2&c=3&d=4", 413),
        (URLENCODED, b"a=%zz", 400),
        (URLENCODED, b"a=%ff", 400),
    ],
)
def test_what_is_no_form_or_too_large_is_refused(content_type: str, body: bytes, status: int, caplog: pytest.LogCaptureFixture) -> None:
    """With the answer that a server owes, cut in whatever way; nothing is logged for a peer to fill a disk with."""
    limits = FormLimits(max_fields=3, max_field_bytes=64, max_file_bytes=128, max_form_bytes=6000)
    with caplog.at_level(logging.DEBUG):
        for chunks in ([body], [body[at : at + 1] for at in range(len(body))]):
            with pytest.raises(HttpDecoderError) as caught:
                decode(content_type, *chunks, limits=limits)
            assert status == caught.value.status
    assert [] == caplog.records


def test_the_whole_form_has_a_limit() -> None:
    """Whatever its parts are."""
    with pytest.raises(HttpDecoderError, match="limit 10"):
        decode(URLENCODED, b"a=1&a=1&", b"a=1", limits=FormLimits(max_form_bytes=10))
    with pytest.raises(ValueError, match="at least 1"):
        FormLimits(max_fields=0)


def test_an_error_gives_all_parts_back() -> None:
    """Those that are complete, and the one that is not."""
    made: list[HttpData] = []

    class Factory(HttpDataFactory):
        """Remembers what it made."""

        def create_attribute(self, name: str, charset: str) -> FormAttribute:
            made.append(super().create_attribute(name, charset))
            assert isinstance(made[-1], FormAttribute)
            return made[-1]

    request = HttpRequest("POST", "/", {"Content-Type": MULTIPART})
    decoder = HttpPostRequestDecoder(request, FormLimits(max_field_bytes=4), Factory())
    body = part(DISPOSITION, b"1")[:-7] + b"\r\n" + part(DISPOSITION, b"12345")
    with pytest.raises(HttpDecoderError, match="limit 4"):
        decoder.offer(DefaultHttpContent(body))
    assert (2, []) == (len(made), decoder.data)
    for each in made:
        with pytest.raises(ValueError, match="closed"):
            each.add(b"")


def test_names_are_unquoted_as_browsers_quote_them() -> None:
    """And not as targets are."""
    decoder = decode(MULTIPART, part(b'Content-Disposition: form-data; name="a%22b%0D%0A%41"; filename="C:\\\\x.txt"'))
    assert [('a"b\r\n%41', "C:\\x.txt")] == [shown(each)[:2] for each in decoder.data]


CASES = sorted(
    (case for group in files("multipart_form_data_conformance").joinpath("tests").iterdir() if group.is_dir() for case in group.iterdir()),
    key=lambda case: case.name,
)
# What is for a parser to decide, and is decided here: no preamble, no folded header fields, no line ends but CRLF, no control characters,
# and no field twice, which two programs would read in two ways.
REFUSED = {
    "061-lf-only-lenient",
    "062-mixed-endings",
    "085-header-folding",
    "107-preamble-content",
    "208-duplicate-headers",
    "210-control-chars-in-name",
}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_conformance_data(case: Any) -> None:
    """Each form of the suite, whole and byte by byte."""
    expected = json.loads(case.joinpath("test.json").read_text())["expected"]
    content_type = json.loads(case.joinpath("headers.json").read_text())["content-type"]
    body = case.joinpath("input.raw").read_bytes()
    for chunks in ([body], [body[at : at + 1] for at in range(len(body))]):
        if not expected["valid"] or case.name in REFUSED:
            with pytest.raises(HttpDecoderError):
                decode(content_type, *chunks)
            continue
        decoder = decode(content_type, *chunks)
        found = [shown(each) for each in decoder.data]
        for wanted, (name, filename, _, content) in zip(expected["parts"], found, strict=True):
            assert (wanted["name"], wanted.get("filename_star") or wanted["filename"]) == (name, filename)
            assert wanted["body_size"] == len(content)
            if wanted.get("body_text") is not None:
                assert wanted["body_text"].encode() == content
            if wanted.get("body_base64") is not None:
                assert base64.b64decode(wanted["body_base64"]) == content
        decoder.release()


@given(strategies.binary(max_size=80), strategies.integers(1, 7), strategies.sampled_from([MULTIPART, URLENCODED]))
def test_any_bytes_are_a_form_or_refused(body: bytes, size: int, content_type: str) -> None:
    """And nothing else, the same for every cut."""
    outcomes = []
    for step in (size, len(body) + 1):
        chunks = [body[at : at + step] for at in range(0, len(body), step)]
        try:
            outcomes.append([shown(each) for each in decode(content_type, *chunks).data])
        except HttpDecoderError as error:
            outcomes.append([("", "", "", str(error.status).encode())])
    assert outcomes[0] == outcomes[1]
