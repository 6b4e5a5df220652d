"""Frames of XML in a pipeline."""

from __future__ import annotations

from pyboot.components.netty.wire.xml_document import XmlDocumentReader

from .frames import FrameDecoder

__all__ = ["XmlFrameDecoder"]


class XmlFrameDecoder(FrameDecoder):
    """Cuts the byte stream into XML documents; each becomes a `ByteBuffer`, for a parser behind it.

    Args:
        max_frame_length: longest document, in bytes.
        max_depth: most elements within each other.
        max_attributes: most attributes of one element.

    A longer one goes to exception_caught as `TooLongFrameError`; what is no XML, a DOCTYPE, more depth or attributes as
    `CorruptedFrameError`, and nothing behind it is read. Raises ValueError for a limit below 1. Source: Netty's class of that name.
    """

    def __init__(self, max_frame_length: int = 1024 * 1024, max_depth: int = 128, max_attributes: int = 256) -> None:
        super().__init__(XmlDocumentReader(max_frame_length, max_depth, max_attributes))
