"""Messages to bytes: nothing in one becomes a line of its own (CVE-2025-59419)."""

import pytest
from hypothesis import given, strategies as st

from pyboot.components.netty.errors import EncoderError
from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse
from pyboot.components.netty.wire.smtp.request_reader import SmtpRequestReader
from pyboot.components.netty.wire.smtp.writer import SmtpContentWriter, request_bytes, response_bytes
from pyboot.testing.codec import read_frames


def test_commands_and_replies() -> None:
    """A reply of several lines has dashes in all but the last."""
    assert b"MAIL FROM:<a@example.org>\r\n" == request_bytes(SmtpRequest("mail", "FROM:<a@example.org>"))
    assert b"QUIT\r\n" == request_bytes(SmtpRequest("QUIT"))
    assert b"250-a\r\n250-\r\n250 SIZE 1\r\n" == response_bytes(SmtpResponse(250, ["a", "", "SIZE 1"]))
    assert b"354 \r\n" == response_bytes(SmtpResponse(354, []))


@pytest.mark.parametrize("bad", ["\r\nRCPT TO:<evil@example.org>", "a\nb", "a\rb", "a\0b"])
def test_a_line_end_in_a_message_is_refused(bad: str) -> None:
    """In parameters as in replies."""
    with pytest.raises(EncoderError, match="MAIL with a CR"):
        request_bytes(SmtpRequest("MAIL", bad))
    with pytest.raises(EncoderError, match="250 with a CR"):
        response_bytes(SmtpResponse(250, ["ok", bad]))


@pytest.mark.parametrize("name", ["", "A B", "A\r\nB", "1", "Ä"])
def test_a_command_has_letters(name: str) -> None:
    """And nothing else."""
    with pytest.raises(EncoderError, match="ASCII letters"):
        request_bytes(SmtpRequest(name))


@pytest.mark.parametrize("code", [0, 199, 600, 2500])
def test_a_reply_has_a_code_of_three_digits(code: int) -> None:
    """Others are no replies."""
    with pytest.raises(EncoderError, match="allowed is 200 to 599"):
        response_bytes(SmtpResponse(code))


@pytest.mark.parametrize(
    ("pieces", "sent"),
    [
        ([b""], b".\r\n"),
        ([b"a\r\n"], b"a\r\n.\r\n"),
        ([b"a"], b"a\r\n.\r\n"),
        ([b".\r\n"], b"..\r\n.\r\n"),
        ([b"a\r\n.b\r\n.\r\n"], b"a\r\n..b\r\n..\r\n.\r\n"),
        ([b"a\r", b"\n.b"], b"a\r\n..b\r\n.\r\n"),
        ([b"a\r\n", b".b"], b"a\r\n..b\r\n.\r\n"),
        ([b"a\r\n", b"", b".", b"b"], b"a\r\n..b\r\n.\r\n"),
        ([b"a", b".b"], b"a.b\r\n.\r\n"),
        ([b"a\r", b"\n", b".\r\n"], b"a\r\n..\r\n.\r\n"),
    ],
)
def test_dots_are_put_in(pieces: list[bytes], sent: bytes) -> None:
    """Wherever the content was cut; the next mail begins anew."""
    writer = SmtpContentWriter()
    for _ in range(2):
        made = [*map(SmtpContent, pieces[:-1]), LastSmtpContent(pieces[-1])]
        assert sent == b"".join(map(writer.write, made))


@pytest.mark.parametrize("pieces", [[b"a\nb"], [b"a\rb"], [b"\n.\n"], [b"a\r", b"b"], [b"a\r"], [b"a", b"\nb"], [b"a\r\r\n"], [b"\r\n\n"]])
def test_content_with_other_line_ends_is_refused(pieces: list[bytes]) -> None:
    """Whoever reads it might take them for the end of the mail."""
    writer = SmtpContentWriter()
    made = [*map(SmtpContent, pieces[:-1]), LastSmtpContent(pieces[-1])]
    with pytest.raises(EncoderError, match="no end of a line"):
        list(map(writer.write, made))


@given(st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r\n.", b"..", b""]), max_size=12))
def test_what_is_written_is_read(pieces: list[bytes]) -> None:
    """Any mail, in any pieces; a line that was not ended is."""
    writer = SmtpContentWriter()
    sent = b"".join([*(writer.write(SmtpContent(piece)) for piece in pieces), writer.write(LastSmtpContent(b""))])
    reader = SmtpRequestReader()
    read_frames(reader, b"DATA\r\n")
    reader.replied(354)
    mail = b"".join(pieces)
    read = b"".join(frame.content for frame in read_frames(reader, sent))

    assert read == mail + (b"" if mail.endswith(b"\r\n") or not mail else b"\r\n")
