"""JSON documents in a stream: Netty's JsonObjectDecoderTest, byte for byte."""

import pytest

from pyboot.components.netty.errors import CorruptedFrameError, TooLongFrameError
from pyboot.components.netty.wire.json_object import JsonObjectReader
from pyboot.testing.codec import read_frames as frames


def bytewise(stream: bytes) -> list[bytes]:
    """Each byte a read."""
    return [stream[at : at + 1] for at in range(len(stream))]


@pytest.mark.parametrize(
    "documents",
    [
        [b'{ "foo" : "bar" }'],
        [b'{"a":1}', b'{"b":2}', b"[1, 2, 3]"],
        [b'{"foo":"{\\"bar\\":{}}"}'],
        [b'{"a":"\\\\"}', b'{"b":"\\\\\\""}', b'["}]{["]'],
        [b"{}", b"[]", b"[[{}]]"],
        ['{"ключ":"中文\\u0022"}'.encode()],
    ],
)
def test_documents_however_they_are_cut(documents: list[bytes]) -> None:
    """Netty: testJsonObjectOverMultipleWrites, testMultipleJsonObjectsInOneWrite, testSpecialJsonCharsInString and others."""
    stream = b" \r\n\t".join(documents)

    assert documents == frames(JsonObjectReader(1024), stream)
    assert documents == frames(JsonObjectReader(1024), *bytewise(stream))
    for cut in range(len(stream)):
        assert documents == frames(JsonObjectReader(1024), stream[:cut], stream[cut:])


def test_elements_of_arrays_one_by_one() -> None:
    """Netty: testStreamJsonArrayOverMultipleWrites1; without the white space around them, the empty array giving none."""
    stream = b' [ {"a":[1,2]} , 12 ,"a,]b" , [3,4],\r\n null ] [ ] {"x":[1,2]} [true]'
    elements = [b'{"a":[1,2]}', b"12", b'"a,]b"', b"[3,4]", b"null", b'{"x":[1,2]}', b"true"]

    for chunks in ([stream], bytewise(stream), *([stream[:cut], stream[cut:]] for cut in range(len(stream)))):
        assert elements == frames(JsonObjectReader(1024, stream_array_elements=True), *chunks)


@pytest.mark.parametrize("stream", [b"[1,,2]", b"[1,]", b"[,1]"])
def test_a_missing_element_is_corrupt(stream: bytes) -> None:
    """JSON has no holes."""
    assert CorruptedFrameError in frames(JsonObjectReader(1024, stream_array_elements=True), stream)


def test_what_is_no_json_ends_the_stream() -> None:
    """Netty: testNonJsonContent1, 2; nothing behind it is believed."""
    reader = JsonObjectReader(1024)

    assert [b"{}", CorruptedFrameError] == frames(reader, b"{} garbage", b' {"a":1}')
    assert reader.is_between_frames()


def test_a_document_that_is_too_long_ends_the_stream() -> None:
    """Netty: testMaxObjectLength; its own length counts, not what came before it in the buffer."""
    assert [b"[1,2]", b"[1,2]", TooLongFrameError] == frames(JsonObjectReader(5), b"[1,2] [1,2] [1,23] {}")
    assert [TooLongFrameError] == frames(JsonObjectReader(5), *bytewise(b"[1,23]"), b"{}")


def test_a_document_without_an_end_is_not_kept_for_ever() -> None:
    """Nothing is held past the bound."""
    reader = JsonObjectReader(100)
    found = frames(reader, *[b"[" * 60] * 100)

    assert [TooLongFrameError] == found
    assert b"" == reader.unread()


def test_a_stream_may_end_between_documents_only() -> None:
    """White space is between them."""
    reader = JsonObjectReader(100)
    frames(reader, b"{} ")
    assert reader.is_between_frames()
    frames(reader, b"{")
    assert not reader.is_between_frames()


def test_a_bound_below_one_is_refused() -> None:
    """When the reader is made."""
    with pytest.raises(ValueError, match="max_frame_bytes 0"):
        JsonObjectReader(0)


def test_documents_need_nothing_between_them() -> None:
    """The next one begins with the very next byte."""
    documents = [b"{}", b"[]", b'{"a":1}', b"[1]", b"{}"]
    stream = b"".join(documents)

    for cut in range(len(stream)):
        assert documents == frames(JsonObjectReader(1024), stream[:cut], stream[cut:])


def test_what_ends_an_element_does_not_count_for_its_length() -> None:
    """The comma and the bracket are the array's, also where they come in a read of their own."""
    for stream in ([b"[123,4]"], bytewise(b"[123,4]"), [b"[123", b",4]"], [b"[123,", b"4", b"]"]):
        assert [b"123", b"4"] == frames(JsonObjectReader(3, stream_array_elements=True), *stream)
    assert [b"1"] == frames(JsonObjectReader(1, stream_array_elements=True), b"[1]")


def test_what_is_too_long_is_told_with_both_lengths() -> None:
    """The whole length where the end has come, else the least that it can be."""
    reader = JsonObjectReader(5)
    reader.feed(b"[1,234]")
    with pytest.raises(TooLongFrameError, match="frame of 7 bytes, limit 5"):
        reader.next_frame()

    reader = JsonObjectReader(5)
    reader.feed(b"[1,234")
    with pytest.raises(TooLongFrameError, match="frame of at least 6 bytes, limit 5"):
        reader.next_frame()


@pytest.mark.parametrize("first", [b"X", b"]", b"}", b'"', b"1", b"\x00", b"\xff"])
def test_a_document_begins_with_a_bracket(first: bytes) -> None:
    """The error shows the byte that stands there instead."""
    for elements in (False, True):
        reader = JsonObjectReader(100, stream_array_elements=elements)
        reader.feed(first)
        with pytest.raises(CorruptedFrameError, match=f"not with byte 0x{first.hex()}"):
            reader.next_frame()


def test_a_stream_may_not_end_within_an_array_whose_elements_are_given() -> None:
    """Though all that has come of it was given."""
    reader = JsonObjectReader(100, stream_array_elements=True)

    assert [b"1"] == frames(reader, b"[1,")
    assert not reader.is_between_frames()
    assert [b"2"] == frames(reader, b"2]")
    assert reader.is_between_frames()
