"""Events of TLS: done, or failed with a reason."""

from pyboot.components.netty.errors import SslError
from pyboot.components.netty.handler.tls.event import (
    SniCompletionEvent,
    SslCloseCompletionEvent,
    SslCompletionEvent,
    SslHandshakeCompletionEvent,
)


def test_an_event_tells_whether_it_ended_well() -> None:
    """And why not, if not."""
    error = SslError("no")

    assert [True, False] == [SslHandshakeCompletionEvent(cause).is_success for cause in (None, error)]
    assert error is SslCloseCompletionEvent(error).error
    assert "a.test" == SniCompletionEvent(None, "a.test").hostname


def test_all_are_completions() -> None:
    """Who cares for the end of anything asks for the base."""
    assert all(issubclass(kind, SslCompletionEvent) for kind in (SniCompletionEvent, SslCloseCompletionEvent, SslHandshakeCompletionEvent))
