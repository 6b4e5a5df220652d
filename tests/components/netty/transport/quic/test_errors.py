"""What befalls connections and streams says what was seen."""

import pytest

from pyboot.components.netty.transport.quic import QuicClosedError, QuicDatagramError, QuicStreamResetError, QuicStreamStoppedError


def test_whether_it_is_an_error_says_the_protocol_above() -> None:
    """By its own number for none; another protocol may mean anything by the same one."""
    assert not QuicClosedError(256, "", is_application=True, no_error=256).is_error
    assert QuicClosedError(256, "", is_application=True).is_error
    assert QuicClosedError(256, "", is_application=False, no_error=256).is_error
    assert not QuicClosedError(0, "", is_application=True, no_error=256).is_error


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (QuicClosedError(2, "why", is_application=False), ConnectionError, "the QUIC connection was closed with transport error 0x2: why"),
        (QuicClosedError(256, "", is_application=True), ConnectionError, "the QUIC connection was closed with application error 0x100"),
        (QuicStreamResetError(16), ConnectionResetError, "the peer has reset the stream with error 0x10"),
        (QuicStreamStoppedError(16), ConnectionResetError, "the peer reads the stream no more, error 0x10"),
        (QuicDatagramError(5, 4), ValueError, "datagram of 5 bytes, limit 4: it has to fit into one packet, divide it or use a stream"),
        (QuicDatagramError(5, 0), ValueError, "the peer takes no datagrams: it has to set max_datagram_frame_bytes"),
    ],
)
def test_the_text_is_made_of_facts(error: Exception, kind: type[Exception], text: str) -> None:
    """And who knows Python's errors only catches them too."""
    assert text == str(error)
    assert isinstance(error, kind)
