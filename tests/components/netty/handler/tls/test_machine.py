"""The machine: two of them, and nothing between but bytes."""

import ssl
from typing import Any

import pytest

from pyboot.components.netty.errors import NotSslRecordError, SslContextError, SslError, SslHandshakeError, SslTruncationError
from pyboot.components.netty.handler.tls.machine import RECORD_BYTES, PeerClosed, Plaintext, TlsEvent, TlsMachine


def machines(certificates: Any, hostname: str = "server.test") -> tuple[TlsMachine, TlsMachine]:
    """A server's and a client's."""
    server = TlsMachine(certificates.server_context(), server_side=True, server_hostname=None)
    return server, TlsMachine(certificates.client_context(), server_side=False, server_hostname=hostname)


def carry(sender: TlsMachine, receiver: TlsMachine) -> list[TlsEvent]:
    """What one has to say, to the other; gives the events of it."""
    return list(receiver.feed(sender.take_outgoing()))


def begun(certificates: Any, hostname: str = "server.test") -> tuple[TlsMachine, TlsMachine]:
    """Two of which the client has said its first word."""
    server, client = machines(certificates, hostname)
    server.start()
    client.start()
    assert client.next_event() is None
    return server, client


def shaken(certificates: Any) -> tuple[TlsMachine, TlsMachine]:
    """Two that have shaken hands."""
    server, client = begun(certificates)
    assert [] == carry(client, server)
    assert "[Handshaken()]" == repr(carry(server, client))
    assert "[Handshaken()]" == repr(carry(client, server))
    assert [] == carry(server, client)  # tickets for another time
    return server, client


def states(machine: TlsMachine) -> tuple[str, str]:
    """Of our direction and of theirs."""
    return machine.ours.value, machine.theirs.value


def test_each_direction_has_its_state(certificates: Any) -> None:
    """A close_notify ends one of them alone."""
    server, client = machines(certificates)
    assert ("start", "start") == states(client)
    server, client = begun(certificates)
    assert ("handshake", "handshake") == states(client)
    server, client = shaken(certificates)
    assert ("open", "open") == states(client) == states(server)
    assert [] != list(server.feed(client.close()))
    assert [("closed", "open"), ("open", "closed")] == [states(client), states(server)]
    server.encrypt(b"still here")
    assert "[Plaintext(b'still here')]" == repr(carry(server, client))
    assert "[PeerClosed(None)]" == repr(list(client.feed(server.close())))
    assert ("closed", "closed") == states(client) == states(server)
    client.end()
    assert ("ended", "ended") == states(client)


def test_what_does_not_happen_is_no_move(certificates: Any) -> None:
    """A handshake begins once."""
    _, client = begun(certificates)

    with pytest.raises(KeyError):
        client.start()


def test_plaintext_comes_out_record_by_record(certificates: Any) -> None:
    """At most 16 KiB a time, nothing lost; what is not asked for stays encrypted."""
    server, client = shaken(certificates)
    sent = bytes(range(256)) * 160
    client.encrypt(memoryview(sent))
    client.encrypt(b"")
    events = server.feed(client.take_outgoing())
    first = next(events)

    assert isinstance(first, Plaintext)
    assert server.has_unread()
    pieces = [first.data, *(event.data for event in events if isinstance(event, Plaintext))]
    assert [RECORD_BYTES, RECORD_BYTES, len(sent) - 2 * RECORD_BYTES] == [len(piece) for piece in pieces]
    assert sent == b"".join(pieces)
    assert (None, False) == (server.next_event(), server.has_unread())


def test_records_may_be_cut_anywhere(certificates: Any) -> None:
    """Half of one is no event."""
    server, client = shaken(certificates)
    client.encrypt(b"cut")
    events = [event for byte in client.take_outgoing() for event in server.feed(bytes((byte,)))]

    assert "[Plaintext(b'cut')]" == repr(events)


def test_close_notify_comes_behind_everything(certificates: Any) -> None:
    """What was encrypted before it leaves with it; nothing can be after it."""
    server, client = shaken(certificates)
    client.encrypt(b"before")

    assert "[Plaintext(b'before'), PeerClosed(None)]" == repr(list(server.feed(client.close())))
    assert [] == list(server.feed(client.close()))
    with pytest.raises(SslError, match=r"nothing can be encrypted: our direction is closed"):
        client.encrypt(b"after")


def test_what_follows_close_notify_is_left(certificates: Any) -> None:
    """For a protocol that goes on in clear."""
    server, client = shaken(certificates)
    list(server.feed(client.close()))

    assert [] == list(server.feed(b"in clear"))
    assert b"in clear" == server.take_unread()


def test_an_end_without_close_notify_is_a_cut(certificates: Any) -> None:
    """Whole records are still given, and our direction is open as ever."""
    server, client = shaken(certificates)
    client.encrypt(b"whole")
    carry_later = client.take_outgoing()
    server.feed(carry_later)
    whole, cut = server.feed_eof()

    assert "Plaintext(b'whole')" == repr(whole)
    assert isinstance(cut, PeerClosed)
    assert isinstance(cut.error, SslTruncationError)
    assert "without close_notify" in str(cut.error)
    assert (("open", "cut"), None) == (states(server), server.next_event())


def test_first_bytes_that_are_no_record_are_refused(certificates: Any) -> None:
    """Before the handshake has begun too; while that cannot be told, they are kept."""
    server, other = machines(certificates)
    assert [] == list(other.feed(b"\x16"))
    assert b"\x16" == other.take_unread()

    with pytest.raises(NotSslRecordError, match=r"b'GET / HTTP/1.1.*the client should use https"):
        server.feed(b"GET / HTTP/1.1\r\n")


def test_a_refused_handshake_leaves_an_alert(certificates: Any) -> None:
    """The other side hears why."""
    server, client = begun(certificates, "wrong.test")
    carry(client, server)

    with pytest.raises(SslHandshakeError, match=r"peer's certificate is refused: Hostname mismatch.*wrong.test") as refused:
        carry(server, client)
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    with pytest.raises(SslHandshakeError, match=r"the peer says: bad certificate"):
        carry(client, server)


def test_a_changed_record_is_refused(certificates: Any) -> None:
    """Whichever byte it is."""
    server, client = shaken(certificates)
    client.encrypt(b"secret")
    record = bytearray(client.take_outgoing())
    record[-1] ^= 1

    with pytest.raises(SslError, match=r"decryption failed or bad record mac"):
        list(server.feed(bytes(record)))
    assert server.outgoing_bytes > 0


def test_a_close_before_the_handshake_says_nothing(certificates: Any) -> None:
    """There is no key to say it with."""
    _, client = machines(certificates)

    assert b"" == client.close()


def test_a_context_of_no_use_is_refused(certificates: Any) -> None:
    """Of the other side, without a name to check, with a name that is none, and what is no context."""
    with pytest.raises(SslContextError, match=r"of no use to a client .*: make it with ssl_context_for_client\(\)"):
        TlsMachine(certificates.server_context(), server_side=False, server_hostname=None)
    with pytest.raises(SslContextError, match=r"of no use to a server"):
        TlsMachine(certificates.client_context(), server_side=True, server_hostname=None)
    with pytest.raises(SslContextError, match=r"checks the name of the server, and none is given: pass server_hostname="):
        TlsMachine(certificates.client_context(), server_side=False, server_hostname=None)
    with pytest.raises(SslContextError, match=r"'.test' is no name of a host"):
        TlsMachine(certificates.client_context(), server_side=False, server_hostname=".test")
    with pytest.raises(TypeError, match=r"'x' is not an ssl.SSLContext: ssl_context_for_server\(\)"):
        TlsMachine("x", server_side=True, server_hostname=None)  # type: ignore[arg-type]  # that is the point
