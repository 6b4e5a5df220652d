"""Envelopes under any bytes: an envelope or None, and nothing else."""

from hypothesis import given, strategies as st

from pyboot.cluster.envelope import Content, Envelope, Kind, decode, encode

envelopes = st.builds(
    Envelope,
    st.sampled_from(Kind),
    st.text(max_size=60),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.binary(max_size=200),
    st.sampled_from(Content),
    st.integers(0, 255),
)


@given(st.binary(max_size=120))
def test_any_bytes_are_an_envelope_or_none(data: bytes) -> None:
    """And one that is read has the same meaning when it is written."""
    envelope = decode(data)
    if envelope is not None:
        assert envelope == decode(encode(envelope))


@given(envelopes)
def test_what_is_written_is_read(envelope: Envelope) -> None:
    """With the same facts."""
    assert envelope == decode(encode(envelope))


@given(envelopes, st.data())
def test_a_changed_byte_gives_an_envelope_or_none(envelope: Envelope, data: st.DataObject) -> None:
    """Whichever it is."""
    written = bytearray(encode(envelope))
    written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
    decode(bytes(written[: data.draw(st.integers(0, len(written)))]))
