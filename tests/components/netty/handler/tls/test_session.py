"""What the sides have agreed on, before and after they have."""

from collections.abc import Callable
from typing import Any

from pyboot.components.netty.handler.tls.context import ssl_context_for_client, ssl_context_for_server


def test_a_session_tells_what_was_agreed_on(pair: Callable[..., Any], certificates: Any) -> None:
    """On both sides; before the handshake, nothing."""
    ours = ssl_context_for_server(certificates.certfile, certificates.keyfile, ca=certificates.ca, alpn=["h2", "http/1.1"])
    theirs = ssl_context_for_client(
        certificates.ca, certfile=certificates.client_certfile, keyfile=certificates.client_keyfile, alpn=["http/1.1"]
    )
    both = pair({"context": ours}, {"context": theirs})
    session = both.server.handler.session
    before = (session.version, session.cipher, session.application_protocol, session.peer_certificate, session.peer_certificate_der)
    both.exchange()

    assert (None, None, None, None, None) == before
    assert ("TLSv1.3", "TLS_AES_256_GCM_SHA384", "http/1.1") == (session.version, session.cipher, session.application_protocol)
    assert (("email", "client@server.test"),) == (session.peer_certificate or {})["subjectAltName"]
    assert session.peer_certificate_der.startswith(b"\x30")
    assert session.is_resumed is False
    assert "<SslSession TLSv1.3 TLS_AES_256_GCM_SHA384 http/1.1>" == repr(both.client.handler.session)


def test_a_client_need_not_show_a_certificate(pair: Callable[..., Any]) -> None:
    """Then there is none."""
    both = pair()
    both.exchange()

    assert (None, None) == (both.server.handler.session.peer_certificate, both.server.handler.session.peer_certificate_der)
