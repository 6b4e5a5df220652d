"""TlsMachine: one side of TLS without a network, a channel or a loop. Ciphertext goes in, events and ciphertext come out.

Theory of operation. OpenSSL stands between two buffers in memory: `feed` fills one, `next_event` says what is in it, and what is to
be sent, answers and alerts of TLS itself included, collects in the other until `take_outgoing`. Each direction has a state of its own,
since a close_notify ends one of them alone (RFC 8446, 6.1)::

                 ours                     theirs
    start()      START -> HANDSHAKE       START -> HANDSHAKE
    Handshaken   HANDSHAKE -> OPEN        HANDSHAKE -> OPEN
    close()      OPEN -> CLOSED
    PeerClosed                            OPEN -> CLOSED, or CUT where the end came without close_notify
    end()        any -> ENDED             any -> ENDED

Law 1: what was fed and not asked for stays encrypted: each call of `next_event` opens one record at most. Law 2: nothing is
encrypted unless ours is OPEN, and no plaintext comes unless theirs is. Law 3: `Handshaken` comes once, before all plaintext;
`PeerClosed` once, behind all of it. Law 4: an error is final; the alert for the peer is outgoing then, and all that is left is
`end`. Errors of ``ssl`` become ours here and nowhere else.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final, final

from pyboot.components.netty.errors import NotSslRecordError, SslContextError, SslError, SslHandshakeError, SslTruncationError
from pyboot.components.netty.wire.tls_record import begins_tls_record, likely_protocol

__all__ = ["RECORD_BYTES", "Handshaken", "PeerClosed", "Plaintext", "TlsEvent", "TlsMachine", "TlsState"]

# The most plaintext that a record holds (RFC 8446, 5.1), and so the most that one read gives.
RECORD_BYTES: Final = 16 * 1024

# So much of what is no TLS is shown.
_SHOWN_BYTES: Final = 16

_TRUNCATED: Final = "the peer left without close_notify: more may have been on its way"

# How OpenSSL's names for alerts of the peer begin.
_ALERT_VERSIONS: Final = ("sslv3", "tlsv1", "tlsv13")


class TlsState(Enum):
    """The state of one direction of a connection."""

    START = "start"
    HANDSHAKE = "handshake"
    OPEN = "open"
    CLOSED = "closed"
    CUT = "cut"
    ENDED = "ended"


START: Final = TlsState.START
HANDSHAKE: Final = TlsState.HANDSHAKE
OPEN: Final = TlsState.OPEN
CLOSED: Final = TlsState.CLOSED
CUT: Final = TlsState.CUT
ENDED: Final = TlsState.ENDED


class _Step(Enum):
    """The step that moves a direction."""

    START = 1
    HANDSHAKEN = 2
    CLOSE_NOTIFY = 3
    END_WITHOUT_IT = 4
    END = 5


# What is not here does not happen.
_MOVES: Final[Mapping[_Step, Mapping[TlsState, TlsState]]] = {
    _Step.START: {START: HANDSHAKE},
    _Step.HANDSHAKEN: {HANDSHAKE: OPEN},
    _Step.CLOSE_NOTIFY: {OPEN: CLOSED},
    _Step.END_WITHOUT_IT: {OPEN: CUT},
    _Step.END: dict.fromkeys(TlsState, ENDED),
}


@final
class Handshaken:
    """The handshake is over: both directions are open."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Handshaken()"


@final
class Plaintext:
    """The plaintext of one record of the peer; never empty."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __repr__(self) -> str:
        return f"Plaintext({self.data!r})"


@final
class PeerClosed:
    """The peer has ended its direction: by close_notify, or, with *error*, without it, so that more may have been on its way."""

    __slots__ = ("error",)

    def __init__(self, error: SslTruncationError | None = None) -> None:
        self.error = error

    def __repr__(self) -> str:
        return f"PeerClosed({self.error!r})"


type TlsEvent = Handshaken | Plaintext | PeerClosed


@final
class TlsMachine:
    """One side of one connection, between two memory buffers."""

    def __init__(self, context: ssl.SSLContext, *, server_side: bool, server_hostname: str | None) -> None:
        self._incoming = ssl.MemoryBIO()
        self._outgoing = ssl.MemoryBIO()
        self.ssl_object = _wrapped(context, self._incoming, self._outgoing, server_side, server_hostname)
        self.ours: TlsState = START
        self.theirs: TlsState = START
        self._head: bytes | None = b""  # the first bytes of the peer, until it is known that they are TLS

    @property
    def is_established(self) -> bool:
        """True if the handshake is over, and the connection not: either side may have sent its close_notify."""
        return self.ours is OPEN or self.ours is CLOSED

    def start(self) -> None:
        """Begin the handshake; what a client says first is made by the next `next_event`."""
        self._move_ours(_Step.START)
        self._move_theirs(_Step.START)

    def end(self) -> None:
        """Nothing is encrypted or decrypted any more, whatever comes."""
        self._move_ours(_Step.END)
        self._move_theirs(_Step.END)

    # What came from the peer.

    def feed(self, data: bytes) -> Iterator[TlsEvent]:
        """Take ciphertext, cut anywhere; gives the events in it, each of which is made when it is asked for, as by `next_event`.

        Raises:
            NotSslRecordError: for first bytes that begin no record.
        """
        head = self._head
        if head is not None:
            data = self._recognized(head + data)
        self._incoming.write(data)
        return iter(self.next_event, None)

    def feed_eof(self) -> Iterator[TlsEvent]:
        """The peer will send nothing more; the last event is `PeerClosed`, with an error if there was no close_notify."""
        self._incoming.write_eof()
        return iter(self.next_event, None)

    def next_event(self) -> TlsEvent | None:
        """Return the next event in the ciphertext; None while no event has come whole.

        Raises:
            SslHandshakeError: the handshake has failed.
            SslError: a record is broken, or the peer tells of an error.
        """
        # hot path: once for each record and once more for each read from the network.
        # Before and past their direction there is the handshake to go on with, or nothing (law 2).
        if self.theirs is not OPEN:
            return self._shake_hands() if self.ours is HANDSHAKE else None
        try:
            data = self.ssl_object.read(RECORD_BYTES)
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLZeroReturnError:
            data = b""
        except ssl.SSLEOFError as error:
            self._move_theirs(_Step.END_WITHOUT_IT)
            return PeerClosed(_caused(SslTruncationError(_TRUNCATED), error))
        except ssl.SSLError as error:
            raise _caused(SslError(_reason(error)), error) from error
        if data:
            return Plaintext(data)
        self._move_theirs(_Step.CLOSE_NOTIFY)
        return PeerClosed()

    def _shake_hands(self) -> Handshaken | None:
        try:
            self.ssl_object.do_handshake()
        except ssl.SSLWantReadError:
            return None
        except ssl.SSLError as error:
            raise _caused(SslHandshakeError(_reason(error)), error) from error
        self._move_ours(_Step.HANDSHAKEN)
        self._move_theirs(_Step.HANDSHAKEN)
        return Handshaken()

    def _recognized(self, head: bytes) -> bytes:
        """Return the bytes that came so far, once they are known to be TLS; none while that cannot be told."""
        verdict = begins_tls_record(head)
        self._head = head if verdict is None else None
        if verdict is False:
            raise NotSslRecordError(head[:_SHOWN_BYTES], likely_protocol(head))
        return head if verdict else b""

    def has_unread(self) -> bool:
        """True if anything is there that `next_event` has not looked at; it need not be whole."""
        return self._incoming.pending > 0 or self.ssl_object.pending() > 0

    def take_unread(self) -> bytes:
        """The ciphertext that nobody has looked at, for whoever goes on with the stream."""
        head, self._head = self._head or b"", None
        return head + self._incoming.read()

    # What goes to the peer.

    def encrypt(self, data: bytes | memoryview) -> None:
        """Make records of *data*. Raises `SslError`, also where our direction is not open."""
        # hot path: once for each flush.
        if self.ours is not OPEN:
            raise SslError(f"nothing can be encrypted: our direction is {self.ours.value}")
        try:
            written = self.ssl_object.write(data) if data else 0
            while written < len(data):
                written += self.ssl_object.write(memoryview(data)[written:])
        except ssl.SSLError as error:
            raise _caused(SslError(_reason(error)), error) from error

    @property
    def outgoing_bytes(self) -> int:
        """The number of bytes to send."""
        return self._outgoing.pending

    def take_outgoing(self) -> bytes:
        """Take the bytes that are to be sent now; often none."""
        return self._outgoing.read()

    def close(self) -> bytes:
        """End our direction: what is to be sent now, with the close_notify behind it; without one unless our direction is open."""
        if self.ours is OPEN:
            self._move_ours(_Step.CLOSE_NOTIFY)
            # `unwrap` is OpenSSL's SSL_shutdown: it writes our close_notify, and then asks for the peer's, which may not be here.
            try:
                self.ssl_object.unwrap()
            except ssl.SSLError:
                pass  # it wants the peer's, which `next_event` finds
        return self._outgoing.read()

    # Inside.

    def _move_ours(self, step: _Step) -> None:
        self.ours = _MOVES[step][self.ours]

    def _move_theirs(self, step: _Step) -> None:
        self.theirs = _MOVES[step][self.theirs]

    def __repr__(self) -> str:
        return f"<TlsMachine ours={self.ours.value} theirs={self.theirs.value}>"


def _caused[E: Exception](error: E, cause: Exception) -> E:
    """*error* with its cause, which ``raise … from`` sets in interpreted code alone."""
    error.__cause__ = cause
    return error


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
        refusal = SslContextError(f"the context is of no use to a {side} ({_reason(error)})", f"make it with ssl_context_for_{side}()")
        raise _caused(refusal, error) from error
    except ValueError as error:
        refusal = SslContextError(f"server_hostname={server_hostname!r} is no name of a host ({error})", "correct it")
        raise _caused(refusal, error) from error


def _reason(error: Any) -> str:  # Any: an ssl.SSLError, whose reason may be None, which its declared type leaves out
    """The reason of an error in words: OpenSSL's name for it, and what was wrong with a certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the peer's certificate is refused: {error.verify_message}"
    reason: str | None = error.reason
    if reason is None:
        return str(error.args[-1])
    words = reason.lower().replace("_", " ")
    version, _, alert = words.partition(" ")
    return f"the peer says: {alert.removeprefix('alert ')}" if version in _ALERT_VERSIONS else words
