"""The decoder keeps the contract of all decoders, and the encoder writes what it reads."""

from records import Record, RecordDecoder, RecordEncoder

from pyboot.netty import TooLongFrameError
from pyboot.testing import check_decoder, check_round_trip

STREAM = b"\x01\x00\x02hi" + b"\x02\x00\x00"
RECORDS = [Record(1, b"hi"), Record(2, b"")]


def test_records_are_the_same_however_the_bytes_are_cut() -> None:
    """And one that is too long is refused before its payload is collected."""
    check_decoder(RecordDecoder, STREAM, RECORDS, wrong={b"\x01\xff\xff": TooLongFrameError})


def test_what_is_written_can_be_read() -> None:
    """By the decoder of the other end."""
    check_round_trip(RecordEncoder(), RecordDecoder(), RECORDS)
