"""The error of SMTP."""

from pyboot.components.netty.errors import CorruptedFrameError
from pyboot.components.netty.wire.smtp.errors import CorruptedSmtpError


def test_the_error_knows_its_reply() -> None:
    """And whether anything may follow."""
    error = CorruptedSmtpError(500, "a line of rubbish", is_fatal=True)

    assert "the peer sent a line of rubbish (reply 500)" == str(error)
    assert (500, True, False) == (error.code, error.is_fatal, CorruptedSmtpError(501, "x").is_fatal)
    assert isinstance(error, CorruptedFrameError)
