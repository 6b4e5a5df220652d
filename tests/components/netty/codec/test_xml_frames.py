"""Frames of XML in a pipeline."""

import xml.etree.ElementTree as ET

from pyboot.components.netty.codec.xml_frames import XmlFrameDecoder
from pyboot.components.netty.errors import CorruptedFrameError, PrematureCloseError, TooLongFrameError
from pyboot.testing.codec import check_decoder, decode


def test_documents_keep_the_contract() -> None:
    """Netty's, and those that it would cut in the middle."""
    check_decoder(
        lambda: XmlFrameDecoder(100, 2, 1),
        b"<?xml version='1.0'?><a><b/></a> <c d='>'></c>",
        [b"<?xml version='1.0'?><a><b/></a>", b"<c d='>'></c>"],
        wrong={
            b"<a>" + b"x" * 100: TooLongFrameError,
            b"<a><a><a>": CorruptedFrameError,
            b"<a b='' c=''>": CorruptedFrameError,
            b"<!DOCTYPE a>": CorruptedFrameError,
            b"<a>": PrematureCloseError,
        },
    )


def test_a_parser_takes_each_frame() -> None:
    """As bytes of a document."""
    (frame,) = decode(XmlFrameDecoder(), [b"<m><to>b</to>", b"</m>"]).messages

    assert "b" == ET.fromstring(frame.get_readable_bytes()).findtext("to")
