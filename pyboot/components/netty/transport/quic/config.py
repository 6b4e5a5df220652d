"""Settings of QUIC connections: what a server and a client are told beside the options of channels, checked when it is told.

Sizes are bytes, times seconds. Windows are what a peer may have sent that nobody has read yet, of one stream and of a whole connection.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, final

from aioquic.quic.configuration import SMALLEST_MAX_DATAGRAM_SIZE, QuicConfiguration
from aioquic.tls import SessionTicket, load_pem_private_key, load_pem_x509_certificates

from pyboot.components.netty.errors import SslContextError

from .machine import ID_LENGTH

__all__ = ["QuicClientConfig", "QuicConfig", "QuicServerConfig"]

type Source = str | os.PathLike[str] | bytes  # a file in PEM form, or its content

LARGEST_DATAGRAM: Final = 65_507  # an IPv4 packet less the headers of IP and UDP
_ALGORITHMS: Final = ("reno", "cubic")


@dataclass(frozen=True, kw_only=True)
class QuicConfig:
    """The settings that both sides have.

    Args:
        alpn: the protocols above, the best first; who shares none with the peer gets no connection (RFC 9001 8.1).
        idle_timeout: a peer that is silent for so long is given up.
        handshake_timeout: how long a handshake may take; 0: as long as the peer is not silent.
        max_streams: bidirectional streams that the peer may have open at a time.
        max_unidirectional_streams: the same of unidirectional ones; HTTP/3 needs three.
        max_resets: streams that the peer may break off within 30 s before the connection is closed; 0: any number.
        stream_window: bytes of one stream that are held until somebody reads them.
        connection_window: the same of all streams of a connection together.
        max_datagram_frame_bytes: the longest datagram that is taken (RFC 9221); 0: datagrams are not taken.
        max_packet_bytes: the longest packet that is sent, without the headers of IP and UDP; every path takes 1200.
        congestion_control: the algorithm.
        early_data: whether sessions are resumed, and what the client sends with its first packet is taken (0-RTT). It can be
            played back by who has heard it: only for requests that do no harm when they come twice (RFC 9001 9.2).
    """

    alpn: Sequence[str]
    idle_timeout: float = 30.0
    handshake_timeout: float = 10.0
    max_streams: int = 100
    max_unidirectional_streams: int = 100
    max_resets: int = 200
    stream_window: int = 256 * 1024
    connection_window: int = 1024 * 1024
    max_datagram_frame_bytes: int = 0
    max_packet_bytes: int = SMALLEST_MAX_DATAGRAM_SIZE
    congestion_control: Literal["reno", "cubic"] = "cubic"
    early_data: bool = False

    def __post_init__(self) -> None:
        """Refuse what no connection could keep; raises ValueError."""
        if isinstance(self.alpn, str) or not self.alpn or not all(name.isascii() and 1 <= len(name) <= 255 for name in self.alpn):
            raise ValueError(f"alpn={self.alpn!r}: allowed is a list of names, 1 to 255 ASCII characters each, at least one")
        for name, seconds in (("idle_timeout", 0.1), ("handshake_timeout", 0.0)):
            _require(name, getattr(self, name), seconds)
        for name in ("max_streams", "max_unidirectional_streams", "max_resets", "max_datagram_frame_bytes"):
            _require_whole(name, getattr(self, name), 0)
        for name in ("stream_window", "connection_window"):
            _require_whole(name, getattr(self, name), 16 * 1024)
        _require_whole("max_packet_bytes", self.max_packet_bytes, SMALLEST_MAX_DATAGRAM_SIZE, LARGEST_DATAGRAM)
        if self.congestion_control not in _ALGORITHMS:
            raise ValueError(f"congestion_control={self.congestion_control!r}: allowed is {' or '.join(_ALGORITHMS)}")

    def _configuration(self, *, is_client: bool) -> QuicConfiguration:
        return QuicConfiguration(
            alpn_protocols=list(self.alpn),
            connection_id_length=ID_LENGTH,
            congestion_control_algorithm=self.congestion_control,
            idle_timeout=self.idle_timeout,
            is_client=is_client,
            max_data=self.connection_window,
            max_datagram_frame_size=self.max_datagram_frame_bytes or None,
            max_datagram_size=self.max_packet_bytes,
            max_stream_data=self.stream_window,
        )


def _require(name: str, value: Any, least: float) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value >= least:
        raise ValueError(f"{name}={value!r}: allowed are seconds, {least:g} or more")


def _require_whole(name: str, value: Any, least: int, most: int | None = None) -> None:
    if isinstance(value, bool) or not isinstance(value, int) or value < least or (most is not None and value > most):
        raise ValueError(f"{name}={value!r}: allowed is a whole number, {least} {'or more' if most is None else f'to {most}'}")


@final
@dataclass(frozen=True, kw_only=True)
class QuicServerConfig(QuicConfig):
    """The settings of a server.

    Args:
        certificate: the certificate and its chain, own certificate first: a PEM file, or its content as bytes.
        key: its private key; in *certificate* if it is left out.
        password: of the key.
        retry_above: handshakes under way above which clients have to show first that their address is theirs, at the price of a round
            trip (Retry, RFC 9000 8.1.2); 0: all of them have to. Without it a peer gets three times as many bytes as it has sent.
    """

    certificate: Source
    key: Source | None = None
    password: str | None = None
    retry_above: int = 64

    def __post_init__(self) -> None:
        """Refuse what no connection could keep; raises ValueError."""
        super().__post_init__()
        _require_whole("retry_above", self.retry_above, 0)

    def configuration(self) -> QuicConfiguration:
        """Load certificate and key, and return what aioquic is told. Raises `SslContextError` for whatever is of no use."""
        configuration = self._configuration(is_client=False)
        certificate = _read(self.certificate, "certificate")
        key = certificate if self.key is None else _read(self.key, "private key")
        try:
            chain = load_pem_x509_certificates(_only(certificate, b"CERTIFICATE"))
        except ValueError as error:
            raise SslContextError(f"{_named(self.certificate)} holds a certificate that cannot be read", "write it in PEM form") from error
        if not chain:
            raise SslContextError(f"{_named(self.certificate)} holds no certificate", "write it in PEM form")
        try:
            private_key = load_pem_private_key(_only(key, b"KEY"), None if self.password is None else self.password.encode())
        except (ValueError, TypeError) as error:
            raise SslContextError(
                f"the private key in {_named(self.key or self.certificate)} cannot be read: {error}", "check the file and its password"
            ) from error
        if chain[0].public_key() != private_key.public_key():
            raise SslContextError("the private key does not belong to the certificate", "pass the key that the certificate was made for")
        configuration.certificate, configuration.certificate_chain, configuration.private_key = chain[0], chain[1:], private_key
        return configuration


@final
@dataclass(frozen=True, kw_only=True)
class QuicClientConfig(QuicConfig):
    """The settings of a client.

    Args:
        ca: who may sign the server's certificate: a file, a folder, or certificates as bytes; by default whom the system trusts.
        server_name: the name in the certificate; the host of the address by default.
        verify: False takes any certificate: for tests alone.
        session_ticket: of a `QuicSessionTicket` event of an earlier connection.
    """

    ca: Source | None = None
    server_name: str | None = None
    verify: bool = True
    session_ticket: SessionTicket | None = None

    def configuration(self, host: str) -> QuicConfiguration:
        """Return what aioquic is told, for a connection to *host*. Raises `SslContextError` for authorities that are of no use."""
        configuration = self._configuration(is_client=True)
        configuration.server_name = self.server_name or host
        configuration.session_ticket = self.session_ticket
        if not self.verify:
            configuration.verify_mode = ssl.CERT_NONE
        elif isinstance(self.ca, bytes):
            configuration.cadata = self.ca
        elif self.ca is not None:
            path = Path(self.ca)
            if path.is_dir():
                configuration.capath = str(path)
            else:
                configuration.cadata = _read(path, "certificates of authorities")
        else:
            found = ssl.get_default_verify_paths()
            configuration.cafile, configuration.capath = found.cafile, found.capath
        return configuration


def _named(source: Source) -> str:
    return "what was passed" if isinstance(source, bytes) else str(source)


def _read(source: Source, what: str) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return Path(source).read_bytes()
    except OSError as error:
        raise SslContextError(f"the {what} {source} cannot be read: {error.strerror}", "check the path") from error


def _only(pem: bytes, kind: bytes) -> bytes:
    """Return those blocks of *pem* whose label ends with *kind*; comments, and blocks of other kinds, are left out."""
    blocks: list[bytes] = []
    block: list[bytes] | None = None
    for line in pem.splitlines(keepends=True):
        text = line.strip()
        if text.startswith(b"-----BEGIN ") and text.endswith(kind + b"-----"):
            block = []
        if block is not None:
            block.append(text + b"\n")
            if text.startswith(b"-----END "):
                blocks.append(b"".join(block))
                block = None
    return b"".join(blocks)
