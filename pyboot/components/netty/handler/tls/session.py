"""SslSession: what the two sides of a connection have agreed on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

if TYPE_CHECKING:
    import ssl

__all__ = ["SslSession"]


@final
class SslSession:
    """A view of one side; everything is None until the handshake is over."""

    def __init__(self, ssl_object: ssl.SSLObject) -> None:
        self._ssl_object = ssl_object

    @property
    def version(self) -> str | None:
        """``"TLSv1.3"``, for instance."""
        return self._ssl_object.version()

    @property
    def cipher(self) -> str | None:
        """The suite, as OpenSSL names it."""
        chosen = self._ssl_object.cipher()
        return None if chosen is None else chosen[0]

    @property
    def application_protocol(self) -> str | None:
        """The protocol that ALPN has chosen (RFC 7301); None where the sides share nothing, or one of them does not ask."""
        return self._ssl_object.selected_alpn_protocol()

    @property
    def peer_certificate(self) -> dict[str, Any] | None:
        """The peer's certificate, as ``ssl.SSLSocket.getpeercert`` gives it; None if there is none, empty if it was not checked."""
        try:
            return self._ssl_object.getpeercert()
        except ValueError:
            return None  # the handshake is not over

    @property
    def peer_certificate_der(self) -> bytes | None:
        """The same in DER form, checked or not; what a fingerprint is made of."""
        try:
            return self._ssl_object.getpeercert(binary_form=True)
        except ValueError:
            return None

    @property
    def is_resumed(self) -> bool | None:
        """True if the peers knew each other from an earlier connection."""
        return self._ssl_object.session_reused

    def __repr__(self) -> str:
        return f"<SslSession {self.version} {self.cipher} {self.application_protocol}>"
