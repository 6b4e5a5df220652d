"""The engine: two of them, and nothing between but bytes."""

import ssl
from typing import Any

import pytest

from pyboot.components.netty.errors import SslContextError, SslError, SslHandshakeError, SslTruncationError
from pyboot.components.netty.handler.tls.engine import RECORD_BYTES, TlsEngine


def engines(certificates: Any, hostname: str = "server.test") -> tuple[TlsEngine, TlsEngine]:
    """A server's and a client's."""
    server = TlsEngine(certificates.server_context(), server_side=True, server_hostname=None)
    return server, TlsEngine(certificates.client_context(), server_side=False, server_hostname=hostname)


def carry(sender: TlsEngine, receiver: TlsEngine) -> None:
    """What one has to say, to the other."""
    receiver.feed(sender.take_outgoing())


def shaken(certificates: Any) -> tuple[TlsEngine, TlsEngine]:
    """Two that have shaken hands."""
    server, client = engines(certificates)
    assert [False, False] == [client.shake_hands(), server.shake_hands()]
    carry(client, server)
    assert not server.shake_hands()
    carry(server, client)
    assert client.shake_hands()
    carry(client, server)
    assert server.shake_hands()
    carry(server, client)
    assert client.read() is None  # tickets for another time
    return server, client


def test_plaintext_comes_out_record_by_record(certificates: Any) -> None:
    """At most 16 KiB a time, nothing lost."""
    server, client = shaken(certificates)
    sent = bytes(range(256)) * 160
    client.encrypt(memoryview(sent))
    client.encrypt(b"")
    carry(client, server)

    assert server.has_unread()
    pieces = [server.read(), server.read(), server.read()]
    assert [RECORD_BYTES, RECORD_BYTES, len(sent) - 2 * RECORD_BYTES] == [len(piece or b"") for piece in pieces]
    assert sent == b"".join(piece or b"" for piece in pieces)
    assert (None, False) == (server.read(), server.has_unread())


def test_the_last_word_is_heard_on_both_sides(certificates: Any) -> None:
    """Empty bytes tell of it, before and after the own one."""
    server, client = shaken(certificates)
    client.encrypt(b"before")
    client.say_goodbye()
    carry(client, server)

    assert [b"before", b""] == [server.read(), server.read()]
    server.say_goodbye()
    carry(server, client)
    assert b"" == client.read()
    with pytest.raises(SslError):
        client.encrypt(b"after")


def test_what_follows_the_last_word_is_left(certificates: Any) -> None:
    """For a protocol that goes on in clear."""
    server, client = shaken(certificates)
    client.say_goodbye()
    carry(client, server)
    server.feed(b"in clear")

    assert b"" == server.read()
    assert b"in clear" == server.take_unread()


def test_an_end_without_the_last_word_is_a_cut(certificates: Any) -> None:
    """Whole records are still given."""
    server, client = shaken(certificates)
    client.encrypt(b"whole")
    carry(client, server)
    server.feed_eof()

    assert b"whole" == server.read()
    with pytest.raises(SslTruncationError, match=r"without close_notify"):
        server.read()


def test_a_refused_handshake_leaves_an_alert(certificates: Any) -> None:
    """The other side hears why."""
    server, client = engines(certificates, "wrong.test")
    client.shake_hands()
    carry(client, server)
    server.shake_hands()
    carry(server, client)

    with pytest.raises(SslHandshakeError, match=r"peer's certificate is refused: Hostname mismatch.*wrong.test") as refused:
        client.shake_hands()
    assert isinstance(refused.value.__cause__, ssl.SSLCertVerificationError)
    carry(client, server)
    with pytest.raises(SslHandshakeError, match=r"the peer says: bad certificate"):
        server.shake_hands()


def test_a_changed_record_is_refused(certificates: Any) -> None:
    """Whichever byte it is."""
    server, client = shaken(certificates)
    client.encrypt(b"secret")
    record = bytearray(client.take_outgoing())
    record[-1] ^= 1
    server.feed(bytes(record))

    with pytest.raises(SslError, match=r"decryption failed or bad record mac"):
        server.read()
    assert server.take_outgoing()


def test_goodbye_before_the_handshake_says_nothing(certificates: Any) -> None:
    """There is no key to say it with."""
    _, client = engines(certificates)
    client.say_goodbye()

    assert b"" == client.take_outgoing()


def test_a_context_of_no_use_is_refused(certificates: Any) -> None:
    """Of the other side, without a name to check, with a name that is none, and what is no context."""
    with pytest.raises(SslContextError, match=r"of no use to a client .*: make it with ssl_context_for_client\(\)"):
        TlsEngine(certificates.server_context(), server_side=False, server_hostname=None)
    with pytest.raises(SslContextError, match=r"of no use to a server"):
        TlsEngine(certificates.client_context(), server_side=True, server_hostname=None)
    with pytest.raises(SslContextError, match=r"checks the name of the server, and none is given: pass server_hostname="):
        TlsEngine(certificates.client_context(), server_side=False, server_hostname=None)
    with pytest.raises(SslContextError, match=r"'.test' is no name of a host"):
        TlsEngine(certificates.client_context(), server_side=False, server_hostname=".test")
    with pytest.raises(TypeError, match=r"'x' is not an ssl.SSLContext: ssl_context_for_server\(\)"):
        TlsEngine("x", server_side=True, server_hostname=None)  # type: ignore[arg-type]  # that is the point
