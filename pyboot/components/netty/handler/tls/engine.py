"""TlsEngine: TLS without a network. Ciphertext goes in, plaintext comes out, and the other way round.

Nothing here blocks, waits or closes. What is to be sent, the peer's answers and alerts included, collects until `take_outgoing`;
errors of ``ssl`` become ours here and nowhere else.
"""

from __future__ import annotations

import ssl
from typing import Final, final

from pyboot.components.netty.errors import SslContextError, SslError, SslHandshakeError, SslTruncationError

__all__ = ["RECORD_BYTES", "TlsEngine"]

# The most plaintext that a record holds (RFC 8446, 5.1), and so the most that one read gives.
RECORD_BYTES: Final = 16 * 1024

# How OpenSSL's names for alerts of the peer begin.
_ALERT_VERSIONS: Final = ("sslv3", "tlsv1", "tlsv13")


@final
class TlsEngine:
    """One side of one connection, between two memory buffers."""

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.ssl_object = _wrapped(context, self._incoming, self._outgoing, server_side, server_hostname)

    # What came from the peer.

    def feed(self, data: bytes) -> None:
        """Take ciphertext, cut anywhere."""
        self._incoming.write(data)

    def feed_eof(self) -> None:
        """The peer will send nothing more."""
        self._incoming.write_eof()

    def shake_hands(self) -> bool:
        """Go on with the handshake; tell whether it is over. Raises `SslHandshakeError`; the alert for it is outgoing then."""
        try:
            self.ssl_object.do_handshake()
        except ssl.SSLWantReadError:
            return False
        except ssl.SSLError as error:
            raise SslHandshakeError(_reason(error)) from error
        return True

    def read(self) -> bytes | None:
        """The plaintext of the next record; None while it is not whole, empty after the peer's close_notify. Raises `SslError`."""
        # hot path: once for each record and once more for each read from the network.
        try:
            return self.ssl_object.read(RECORD_BYTES)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            return b""
        except ssl.SSLEOFError as error:
            raise SslTruncationError("the peer left without close_notify: more may have been on its way") from error
        except ssl.SSLError as error:
            raise SslError(_reason(error)) from error

    def has_unread(self) -> bool:
        """Whether anything is there that `read` has not looked at; it need not be whole."""
        return self._incoming.pending > 0 or self.ssl_object.pending() > 0

    def take_unread(self) -> bytes:
        """The ciphertext that nobody has looked at, for whoever goes on with the stream."""
        return self._incoming.read()

    # What goes to the peer.

    def encrypt(self, data: bytes | memoryview) -> None:
        """Make records of *data*. Raises `SslError`."""
        rest = data
        try:
            while rest:
                written = self.ssl_object.write(rest)
                rest = memoryview(rest)[written:]
        except ssl.SSLError as error:
            raise SslError(_reason(error)) from error

    def say_goodbye(self) -> None:
        """Make a close_notify, once; nothing can be encrypted after it."""
        try:
            self.ssl_object.unwrap()
        except ssl.SSLError:
            pass  # it wants the peer's, which `read` finds; or there is no common key to say it with

    def take_outgoing(self) -> bytes:
        """What is to be sent now."""
        return self._outgoing.read()


def _wrapped(
    context: ssl.SSLContext, incoming: ssl.MemoryBIO, outgoing: ssl.MemoryBIO, server_side: bool, server_hostname: str | None
) -> ssl.SSLObject:
    if not isinstance(context, ssl.SSLContext):
        raise TypeError(f"{context!r} is not an ssl.SSLContext: ssl_context_for_server() and ssl_context_for_client() make them")
    if not server_side and context.check_hostname and not server_hostname:
        raise SslContextError(
            "the context checks the name of the server, and none is given",
            "pass server_hostname=; only where names mean nothing, set check_hostname = False on a context of your own",
        )
    try:
        return context.wrap_bio(incoming, outgoing, server_side=server_side, server_hostname=server_hostname)
    except ssl.SSLError as error:  # a client's context on a server, or the other way round
        side = "server" if server_side else "client"
        raise SslContextError(
            f"the context is of no use to a {side} ({_reason(error)})", f"make it with ssl_context_for_{side}()"
        ) from error
    except ValueError as error:
        raise SslContextError(f"server_hostname={server_hostname!r} is no name of a host ({error})", "correct it") from error


def _reason(error: ssl.SSLError) -> str:
    """What happened, in words: OpenSSL's name for it, and what was wrong with a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the peer's certificate is refused: {error.verify_message}"
    reason: str | None = error.reason
    if reason is None:
        return str(error.args[-1])
    words = reason.lower().replace("_", " ")
    version, _, alert = words.partition(" ")
    return f"the peer says: {alert.removeprefix('alert ')}" if version in _ALERT_VERSIONS else words
