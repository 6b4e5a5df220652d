"""XML documents, one behind the other."""

import pytest
from hypothesis import given, strategies as st

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.xml_document import XmlDocumentReader
from pyboot.testing.codec import read_frames


def reader(size: int = 1000, depth: int = 3, attributes: int = 2) -> XmlDocumentReader:
    """With small limits."""
    return XmlDocumentReader(size, depth, attributes)


@pytest.mark.parametrize(
    "document",
    [
        b"<a/>",
        b"<a></a>",
        b"<a>x</a>",
        b"<a ></a >",
        b"<a b='1' c=\"2\"/>",
        b"<a><b/><b><c/></b></a>",
        b'<a b=">">x</a>',  # Netty ends the tag at the first >
        b"<a b='</a>'/>",
        b"<a><!-- </a> -- > --></a>",
        b"<a><![CDATA[</a>]]]]></a>",
        b"<a><?php > </a> ?></a>",
        b"<?xml version='1.0'?>\n<!-- <a> -->\n<a/>",
        b"\xef\xbb\xbf<a/>",
        b"<\xc3\xa4>\xe2\x82\xac</\xc3\xa4>",
        b"<_:a/>",
        b"<a>&lt;&amp;&#1234;</a>",
        b"<a>]]></a>",
        b"<a b='/'></a>",
    ],
)
def test_documents_at_every_cut(document: bytes) -> None:
    """Blanks between them are nobody's."""
    stream = b" \r\n" + document + b"\t" + document
    assert [document, document] == read_frames(reader(), stream)
    assert [document, document] == read_frames(reader(), *(stream[at : at + 1] for at in range(len(stream))))
    for cut in range(len(stream)):
        assert [document, document] == read_frames(reader(), stream[:cut], stream[cut:]), cut


@pytest.mark.parametrize(
    "stream",
    [
        b"x<a/>",
        b"</a>",
        b"<a></a></a>",
        b"<>",
        b"< a/>",
        b"<1/>",
        b"<a <b>",
        b"<a/>x",
        b"<![CDATA[x]]><a/>",
        b"<!ELEMENT a>",
        b"<!ENTITY a 'b'>",
        b"<a><!x></a>",
        b"<!doctype a><a/>",
        b"\xef\xbb<a/>",
        b"<a b='1' c='2' d='3'/>",
        b"<a><b><c><d></d></c></b></a>",
        # CVE-2026-56817: a million laughs, a file, a server
        b'<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>',
        b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/">]><a>&x;</a>',
    ],
)
def test_what_is_no_document_ends_the_stream(stream: bytes) -> None:
    """Whole and byte by byte; nothing behind it is taken for one."""
    for chunks in ((stream,), tuple(stream[at : at + 1] for at in range(len(stream)))):
        machine = reader()
        assert CorruptedFrameError == next(each for each in read_frames(machine, *chunks) if isinstance(each, type))
        assert [] == read_frames(machine, b"<a/>")
        assert 0 == machine.held_bytes()


def test_documents_have_a_limit() -> None:
    """As soon as they are longer, whatever they are made of."""
    assert [b"<a>345</a>"] == read_frames(reader(10), b"<a>345</a>")
    for stream in (b"<a>3456</a>", b"<a>" + b"x" * 8, b"<a b='" + b"x" * 8, b"<!-- " + b"x" * 8, b"<a><![CDATA["):
        assert [TooLongFrameError] == read_frames(reader(10), stream)[:1], stream


def test_self_closing_elements_count_no_depth() -> None:
    """Those that hold nothing are on the level of what is around them."""
    assert [b"<a><b><c><d/></c></b></a>"] == read_frames(reader(), b"<a><b><c><d/></c></b></a>")


def test_a_document_in_many_pieces_costs_no_more_than_its_bytes() -> None:
    """200 KiB of text in single bytes are looked at once."""
    machine = XmlDocumentReader()
    stream = b"<a b='" + b"x" * 70_000 + b"'>" + b"y" * 70_000 + b"<!--" + b"-" * 60_000 + b"--></a>"
    frames = read_frames(machine, *(stream[at : at + 1] for at in range(len(stream))))

    assert [stream] == frames


def test_what_is_held_is_known() -> None:
    """And given back."""
    machine = reader()
    assert [b"<a/>"] == read_frames(machine, b"<a/> <b")
    assert (2, False) == (machine.held_bytes(), machine.is_between_frames())
    assert machine.begun() is not None
    assert b"<b" == machine.unread()
    assert [b"<c/>"] == read_frames(machine, b"<c/>")
    assert machine.is_between_frames()


@pytest.mark.parametrize("limits", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_limits_are_at_least_1(limits: tuple[int, int, int]) -> None:
    """Each of them."""
    with pytest.raises(ValueError, match="each must be at least 1"):
        XmlDocumentReader(*limits)


PIECES = st.sampled_from(
    [b"<a>", b"</a>", b"<a/>", b"<", b">", b"'", b'"', b"<!--", b"-->", b"<![CDATA[", b"]]>", b"<?x", b"?>", b" ", b"x", b"/"]
)


@given(st.lists(PIECES, max_size=12), st.integers(0, 60))
def test_the_cuts_change_nothing(pieces: list[bytes], cut: int) -> None:
    """The same documents and the same error."""
    stream = b"".join(pieces)

    assert read_frames(reader(), stream) == read_frames(reader(), stream[:cut], stream[cut:])
