"""What is wrong with clients is told with what to do."""

import pytest

from pyboot.netty.client.errors import (
    ClientNameClashError,
    ClientSettingError,
    ClientTimeoutError,
    ClientUnavailableError,
    EmptyClientPipelineError,
    NoClientAddressError,
    OutageQueueFullError,
    RequiredClientError,
    UnknownClientError,
)
from pyboot.netty.client.state import ClientState
from pyboot.netty.errors import AssemblyError, TwoOwnersError, UnclearOwnerError


@pytest.mark.parametrize(
    ("error", "description", "action"),
    [
        (UnknownClientError("The handler app.Print", "upstraem", ["upstream"], ["upstream"]),
         "The handler app.Print belongs to the client 'upstraem', which is not there. There are: upstream.", "Did you mean 'upstream'?"),
        (UnknownClientError("The handler app.Print", "upstream", []), "There is no client in the application.",
         "label a class with @NettyClient(name='upstream', host=..., port=...), or set netty.clients.upstream.host and port."),
        (UnclearOwnerError("The handler app.Print", ["the server 'a'", "the client 'b'"], "@ChannelHandlerBean(server='a')"),
         "The handler app.Print does not say what it belongs to, and there are 2: the server 'a', the client 'b'.",
         "Say which one: @ChannelHandlerBean(server='a')."),
        (TwoOwnersError("The handler app.Print", "a", "b"),
         "The handler app.Print says that it belongs to the server 'a' and to the client 'b'.", "leave server= or client= out"),
        (ClientNameClashError("up", "A (a.py:1)", "B (b.py:2)"), "Two classes are the client 'up': A (a.py:1) and B (b.py:2).",
         "netty.clients.up.instances"),
        (NoClientAddressError("up", "host", "a.py:1"), "The client 'up' (a.py:1) has no host to connect to.",
         "Set netty.clients.up.host, or write @NettyClient(host=..., port=...)."),
        (EmptyClientPipelineError("up", "a.py:1"), "The client 'up' (a.py:1) has nothing in its pipeline",
         "Label a handler with @ChannelHandlerBean(client='up')"),
        (ClientSettingError("up", "a.py:1", "its port is 0", "Give it one."), "(a.py:1) cannot be set up like that: its port is 0.",
         "Give it one."),
        (RequiredClientError("up", "there:80", 10.0, "refused"), "is required, and not connected to there:80 after 10 s: refused.",
         "netty.clients.up.required=false"),
    ],
)  # fmt: skip
def test_a_report_says_what_and_what_to_do(error: AssemblyError, description: str, action: str) -> None:
    """Its two halves."""
    assert description in str(error)
    assert action in error.action


def test_an_error_of_a_missing_connection_says_why() -> None:
    """The state, the attempts, the last cause."""
    facts = ("up", "there:80", ClientState.WAITING, 3, ConnectionRefusedError("refused"))

    assert (
        "the client 'up' has no connection to there:80: it waits before it connects again, 3 attempts failed; "
        "the last cause: ConnectionRefusedError: refused" == str(ClientUnavailableError(*facts))
    )
    assert isinstance(ClientTimeoutError(*facts), TimeoutError)
    assert str(OutageQueueFullError(*facts)).endswith("the queue of what waits for it is full")
    assert "it was stopped" in str(ClientUnavailableError("up", "there:80", ClientState.STOPPED, 0, None))


def test_a_queue_that_is_full_while_it_is_sent_does_not_speak_of_an_outage() -> None:
    """There is a connection."""
    error = OutageQueueFullError("upstream", "there:80", ClientState.CONNECTED, 0, None)
    assert "the client 'upstream' still sends to there:80 what has waited for a connection, and its queue is full" == str(error)
