"""The messages of SMTP."""

from pyboot.components.netty.wire.smtp.message import LastSmtpContent, SmtpContent, SmtpRequest, SmtpResponse


def test_messages_are_values() -> None:
    """Commands in any case; the last piece of a mail is no other piece."""
    assert SmtpRequest("mail", "FROM:<>") == SmtpRequest("MAIL", "FROM:<>")
    assert SmtpRequest("MAIL") != SmtpRequest("MAIL", "x")
    assert SmtpResponse(250, "ok") == SmtpResponse(250, ["ok"])
    assert SmtpContent(b"a") == SmtpContent(b"a")
    assert LastSmtpContent(b"a") != SmtpContent(b"a")
    assert 1 == len({SmtpRequest("A"), SmtpRequest("a")}) == len({SmtpContent(b""), SmtpContent(b"")})


def test_secrets_are_not_shown() -> None:
    """What follows AUTH is one, and so may be what a mail says."""
    assert "SmtpRequest('AUTH', ...)" == repr(SmtpRequest("AUTH", "PLAIN AGEAYg=="))
    assert "SmtpRequest('MAIL', 'FROM:<a@b>')" == repr(SmtpRequest("mail", "FROM:<a@b>"))
    assert "SmtpResponse(250, ['ok'])" == repr(SmtpResponse(250, "ok"))
    assert "LastSmtpContent(6 bytes)" == repr(LastSmtpContent(b"secret"))
