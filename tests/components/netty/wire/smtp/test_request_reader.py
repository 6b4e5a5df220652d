"""Commands and content, and those who would smuggle one into the other."""

import pytest
from hypothesis import given, strategies as st

from pyboot.components.netty.errors import TooLongFrameError
from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError
from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest
from pyboot.components.netty.wire.smtp.request_reader import SmtpRequestReader
from pyboot.testing.codec import read_frames


def in_content(**limits: int) -> SmtpRequestReader:
    """A reader whose server has just let the content come."""
    reader = SmtpRequestReader(**limits)
    assert [SmtpRequest("DATA")] == read_frames(reader, b"DATA\r\n")
    reader.replied(354)
    return reader


def content(reader: SmtpRequestReader, *chunks: bytes) -> list[object]:
    """What comes of *chunks*, pieces joined: the content as far as it is there, whether it is whole, errors, commands."""
    found: list[object] = []
    for frame in read_frames(reader, *chunks):
        if isinstance(frame, SmtpContent) and found and isinstance(found[-1], bytes):
            found[-1] += frame.content
        else:
            found.append(frame.content if isinstance(frame, SmtpContent) else frame)
        if isinstance(frame, LastSmtpContent):
            found.append("end")
    return found


def test_commands() -> None:
    """In any case, with what follows them; several in one packet (PIPELINING)."""
    assert [
        SmtpRequest("EHLO", "example.org"),
        SmtpRequest("MAIL", "FROM:<ä@example.org> SMTPUTF8"),
        SmtpRequest("RCPT", "TO:<b@example.org>"),
        SmtpRequest("NOOP"),
    ] == read_frames(
        SmtpRequestReader(), b"EHLO example.org\r\nmail FROM:<\xc3\xa4@example.org> SMTPUTF8\r\nRCPT TO:<b@example.org>  \r\nNOOP\r\n"
    )


@pytest.mark.parametrize("line", [b"\r\n", b" x\r\n", b"1\r\n", b"\xff\r\n", b"GET/ x\r\n", b"A" * 21 + b"\r\n", b"MAIL \xff\r\n"])
def test_a_line_that_is_none_is_told_and_the_next_is_read(line: bytes) -> None:
    """The client gets its reply and may go on."""
    assert [CorruptedSmtpError, SmtpRequest("QUIT")] == read_frames(SmtpRequestReader(), line + b"QUIT\r\n")


@pytest.mark.parametrize("line", [b"NOOP\nQUIT\r\n", b"\n", b"NO\rOP\r\n", b"NOOP x\0y\r\n", b"NOOP\r\r\n"])
def test_a_line_ends_with_cr_lf_and_nothing_else(line: bytes) -> None:
    """A bare LF or CR is fatal: who would end the line there might be next (RFC 5321, 2.3.8)."""
    reader = SmtpRequestReader()
    reader.feed(line + b"QUIT\r\n")
    with pytest.raises(CorruptedSmtpError) as caught:
        reader.next_frame()
    assert (500, True) == (caught.value.code, caught.value.is_fatal)
    assert reader.next_frame() is None


def test_long_lines_are_skipped() -> None:
    """The limit is in bytes, without the end."""
    reader = SmtpRequestReader(10)
    assert [SmtpRequest("NOOP", "12345")] == read_frames(reader, b"NOOP 12345\r\n")
    assert [TooLongFrameError, SmtpRequest("QUIT")] == read_frames(reader, b"NOOP 123456\r\nQUIT\r\n")
    assert [TooLongFrameError, SmtpRequest("QUIT")] == read_frames(reader, b"NOOP 1234567", b"890" * 100, b"\r\nQUIT\r\n")
    assert reader.is_between_frames()


@pytest.mark.parametrize(
    ("sent", "mail"),
    [
        (b".\r\n", b""),
        (b"a\r\n.\r\n", b"a\r\n"),
        (b"a\r\n..\r\n.\r\n", b"a\r\n.\r\n"),
        (b"..a\r\n.b\r\n\r\n...\r\n.\r\n", b".a\r\nb\r\n\r\n..\r\n"),
        (b"..\r\n.\r\n", b".\r\n"),
        (b"\r\n.\r\n", b"\r\n"),
        (b"a.\r\n.\r\n", b"a.\r\n"),
        (b"\r\n\r\n.\r\n", b"\r\n\r\n"),
    ],
)
def test_the_dots_of_the_protocol_are_taken_away(sent: bytes, mail: bytes) -> None:
    """At every cut; commands are read behind the lonely one."""
    stream = sent + b"QUIT\r\n"
    for cut in range(len(stream) + 1):
        found = content(in_content(), stream[:cut], stream[cut:])
        assert [mail, "end", SmtpRequest("QUIT")] == found, cut
    assert [mail, "end", SmtpRequest("QUIT")] == content(in_content(), *(stream[at : at + 1] for at in range(len(stream))))


@pytest.mark.parametrize(
    "mail",
    [
        b"a\n.\nMAIL FROM:<evil@example.org>\r\n",  # CVE-2023-51764 (Postfix), 51765 (sendmail), 51766 (Exim)
        b"a\n.\r\nMAIL FROM:<evil@example.org>\r\n",
        b"a\r\n.\nMAIL FROM:<evil@example.org>\r\n",
        b"a\r.\rMAIL FROM:<evil@example.org>\r\n",
        b"a\r\n.\rMAIL FROM:<evil@example.org>\r\n",
        b"a\r.\r\nMAIL FROM:<evil@example.org>\r\n",
        b".\nMAIL FROM:<evil@example.org>\r\n",
        b"a\r\r\n.\r\n",
    ],
)
def test_no_other_line_end_ends_a_mail(mail: bytes) -> None:
    """Smuggling: nothing of it is taken for a command, at no cut, nor handed on to who might."""
    stream = mail + b"\r\n.\r\n"
    for cut in range(len(stream) + 1):
        found = content(in_content(), stream[:cut], stream[cut:])
        assert CorruptedSmtpError == found[-1], (cut, found)
        assert not [each for each in found if isinstance(each, SmtpRequest)]
        assert all(b"\n" not in each.replace(b"\r\n", b"") and b"MAIL" not in each for each in found if isinstance(each, bytes))


@pytest.mark.parametrize("command", [b"DATA\r\n", b"STARTTLS\r\n"])
def test_nothing_may_come_before_the_reply(command: bytes) -> None:
    """CVE-2011-0411: what was slipped in behind STARTTLS is not taken for a part of what is secret."""
    for chunks in ((command + b"RSET\r\n",), (command, b"RSET\r\n")):
        reader = SmtpRequestReader()
        *_, last = read_frames(reader, *chunks)
        assert CorruptedSmtpError == last
        reader.replied(354)
        assert [] == read_frames(reader, b"x\r\n.\r\nQUIT\r\n")


def test_a_refused_data_is_followed_by_commands() -> None:
    """Only 354 lets the content come; a reply to nothing changes nothing."""
    reader = SmtpRequestReader()
    reader.replied(354)
    assert [SmtpRequest("NOOP"), SmtpRequest("DATA")] == read_frames(reader, b"NOOP\r\nDATA\r\n")
    reader.replied(503)
    assert [SmtpRequest("STARTTLS")] == read_frames(reader, b"STARTTLS\r\n")
    reader.replied(354)
    assert [SmtpRequest("RSET")] == read_frames(reader, b"RSET\r\n")


def test_a_mail_has_a_limit() -> None:
    """Counted as it arrives."""
    assert [b"12345\r\n", "end"] == content(in_content(max_content_bytes=7), b"12345\r\n.\r\n")
    reader = in_content(max_content_bytes=7)
    reader.feed(b"123456\r\n.\r\n")
    with pytest.raises(CorruptedSmtpError) as caught:
        reader.next_frame()
    assert (552, True) == (caught.value.code, caught.value.is_fatal)


def test_limits_are_at_least_1() -> None:
    """Both."""
    for limits in ((0, 1), (1, 0)):
        with pytest.raises(ValueError, match="each must be at least 1"):
            SmtpRequestReader(*limits)


def test_what_is_held_is_known() -> None:
    """And given back as it came."""
    reader = in_content()
    assert (0, False, reader) == (reader.held_bytes(), reader.is_between_frames(), reader.begun())
    reader.feed(b".")
    assert reader.next_frame() is None
    assert 1 == reader.held_bytes()
    assert b"." == reader.unread()
    assert SmtpRequestReader().begun() is None


@given(
    st.lists(st.sampled_from([b"\r\n", b"\r", b"\n", b".", b"a", b"\r\n.\r\n", b"DATA\r\n", b"QUIT\r\n"]), max_size=12), st.integers(0, 60)
)
def test_the_cuts_change_nothing(pieces: list[bytes], cut: int) -> None:
    """The same mail, the same errors, the same commands."""
    stream = b"".join(pieces)
    whole, halves = (content(in_content(), *chunks) for chunks in ((stream,), (stream[:cut], stream[cut:])))
    if any(isinstance(each, type) for each in (*whole, *halves)):  # what came of a content before its error depends on the pieces
        whole, halves = ([each for each in found if not isinstance(each, bytes)] for found in (whole, halves))
    assert whole == halves
