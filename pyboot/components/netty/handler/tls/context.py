"""Contexts of TLS: what both ends of our connections accept, with safe values for what nobody asked for.

TLS 1.2 is the oldest version; renegotiation and compression are off; a client checks the peer's chain and name; a server
offers the forward-secret suites of Mozilla's intermediate list alone. Whatever is wrong with a file is told when the context is
made, not by the first peer. Source: Netty's ``SslContextBuilder``.
"""

from __future__ import annotations

import logging
import os
import ssl
import stat
from collections.abc import Callable, Iterable
from enum import Enum
from pathlib import Path
from typing import Final

from pyboot.components.netty.errors import SslContextError

from .expiry import EXPIRY_WARNING_DAYS, warn_if_expiring
from .pem import check_certificate, check_key, explain_refusal, read_pem

__all__ = ["ClientAuth", "can_restrict_groups", "ssl_context_for_client", "ssl_context_for_server"]

_log = logging.getLogger(__name__)

type Password = str | Callable[[], str]
type Version = ssl.TLSVersion | str

# TLS 1.2's part of Mozilla's intermediate list, without the suites that need parameters of their own; those of 1.3 are all fine.
_SERVER_CIPHERS: Final = (
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305"
)
_GROUPS: Final = "X25519:prime256v1:secp384r1"
_POST_QUANTUM_GROUP: Final = "X25519MLKEM768"
_PEM_BEGIN: Final = "-----BEGIN"


class ClientAuth(Enum):
    """The demand of a server for certificates of its clients: none, welcome, or necessary; the values are those of ``ssl``."""

    NONE = ssl.CERT_NONE
    OPTIONAL = ssl.CERT_OPTIONAL
    REQUIRE = ssl.CERT_REQUIRED


def ssl_context_for_server(
    certfile: str | os.PathLike[str],
    keyfile: str | os.PathLike[str] | None = None,
    *,
    password: Password | None = None,
    ca: str | os.PathLike[str] | None = None,
    client_auth: ClientAuth | None = None,
    alpn: Iterable[str] = (),
    minimum_version: Version = ssl.TLSVersion.TLSv1_2,
    ciphers: str | None = None,
    expiry_warning_days: float = EXPIRY_WARNING_DAYS,
) -> ssl.SSLContext:
    """The context of a server that shows the certificate in *certfile*, which holds the chain too, own certificate first.

    Args:
        keyfile: the private key; in *certfile* if it is left out.
        password: of the key, or what gives it; it is never asked for on the terminal.
        ca: who may sign certificates of clients: a file, a folder, or the text of certificates.
        client_auth: whether clients are asked for certificates; REQUIRE where *ca* is given, else NONE.
        alpn: names of protocols, the best first; a client that shares none goes on without.
        minimum_version: ``"TLSv1.3"`` leaves out everything older.
        ciphers: of TLS 1.2, as OpenSSL names them.
        expiry_warning_days: how long before its end the log warns of the certificate; 0 never.

    Raises:
        SslContextError: for whatever is of no use, with what to do.
    """
    auth = client_auth if client_auth is not None else ClientAuth.NONE if ca is None else ClientAuth.REQUIRE
    if auth is not ClientAuth.NONE and ca is None:
        raise SslContextError(f"client_auth={auth.name} without ca: nobody could have signed a client's certificate", "pass ca=")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    _restrict(context, minimum_version, ciphers or _SERVER_CIPHERS)
    _restrict_groups(context)
    _load_identity(context, certfile, keyfile, password, expiry_warning_days)
    if ca is not None:
        _load_authorities(context, ca)
    context.verify_mode = ssl.VerifyMode(auth.value)
    _offer(context, alpn)
    return context


def ssl_context_for_client(
    ca: str | os.PathLike[str] | None = None,
    *,
    certfile: str | os.PathLike[str] | None = None,
    keyfile: str | os.PathLike[str] | None = None,
    password: Password | None = None,
    alpn: Iterable[str] = (),
    minimum_version: Version = ssl.TLSVersion.TLSv1_2,
    ciphers: str | None = None,
    expiry_warning_days: float = EXPIRY_WARNING_DAYS,
) -> ssl.SSLContext:
    """The context of a client: the server's certificate must be signed by *ca*, or by whom the system trusts, and be of the right host.

    *certfile* and *keyfile* are the client's own, for servers that ask. The rest as `ssl_context_for_server`, which raises
    `SslContextError` too.
    """
    if certfile is None and (keyfile is not None or password is not None):
        raise SslContextError("a key or password without a certificate", "pass certfile= too")
    # With authorities of its own a client trusts nobody else: the default context would trust the system's too.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if ca is not None else ssl.create_default_context()
    context.verify_flags |= ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN
    _restrict(context, minimum_version, ciphers)
    if ca is not None:
        _load_authorities(context, ca)
    if certfile is not None:
        _load_identity(context, certfile, keyfile, password, expiry_warning_days)
    _offer(context, alpn)
    return context


def _restrict(context: ssl.SSLContext, minimum: Version, ciphers: str | None) -> None:
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    context.minimum_version = _version(minimum)
    if ciphers is not None:
        try:
            context.set_ciphers(ciphers)
        except ssl.SSLError as error:
            raise SslContextError(f"ciphers={ciphers!r} names no cipher of TLS 1.2", "`openssl ciphers -v` lists them") from error
    if context.keylog_filename is None and (path := os.environ.get("SSLKEYLOGFILE")):
        context.keylog_filename = path


def _version(wanted: Version) -> ssl.TLSVersion:
    allowed = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}
    version = allowed.get(wanted) if isinstance(wanted, str) else wanted
    if version is None or version not in allowed.values():
        raise SslContextError(f"minimum_version={wanted!r} is unsafe or unknown", "use 'TLSv1.2' or 'TLSv1.3'")
    return version


def can_restrict_groups() -> bool:
    """True if this Python can say which groups of the key exchange a server takes: from 3.15 on (``SSLContext.set_groups``)."""
    return hasattr(ssl.SSLContext, "set_groups")


def _restrict_groups(context: ssl.SSLContext) -> None:
    """Mozilla's intermediate groups, where they can be set; ``set_ecdh_curve`` takes one alone, which would leave X25519 out."""
    if can_restrict_groups():
        try:
            context.set_groups(_POST_QUANTUM_GROUP + ":" + _GROUPS)  # type: ignore[attr-defined]  # of Python 3.15
        except ssl.SSLError:  # OpenSSL before 3.5
            context.set_groups(_GROUPS)  # type: ignore[attr-defined]  # as above


def _load_identity(
    context: ssl.SSLContext,
    certfile: str | os.PathLike[str],
    keyfile: str | os.PathLike[str] | None,
    password: Password | None,
    expiry_warning_days: float,
) -> None:
    """Load certificate and key, told apart when something is wrong with one of them."""
    certificate, key = Path(certfile), Path(certfile if keyfile is None else keyfile)
    check_certificate(certificate, text := read_pem(certificate, "certificate"))
    check_key(key, read_pem(key, "private key"), has_password=password is not None)
    if os.name == "posix" and key.stat().st_mode & stat.S_IROTH:
        _log.warning("private key %s can be read by every user of this machine: chmod 600 it", key)
    try:
        context.load_cert_chain(certificate, key, password=password if password is not None else _no_password)
    except (ssl.SSLError, ValueError) as error:
        raise explain_refusal(certificate, key, error) from error
    warn_if_expiring(certificate, text, expiry_warning_days)


def _no_password() -> str:
    """Stands where OpenSSL would ask on the terminal, for ever."""
    return ""


def _load_authorities(context: ssl.SSLContext, ca: str | os.PathLike[str]) -> None:
    """Trust *ca*: a folder as ``openssl rehash`` leaves it, a file, or the text of certificates."""
    text = ca if isinstance(ca, str) and _PEM_BEGIN in ca else None
    if text is None and Path(ca).is_dir():
        context.load_verify_locations(capath=ca)
        return
    named = "ca" if text is not None else str(ca)
    if text is None:
        check_certificate(Path(ca), text := read_pem(Path(ca), "certificates of authorities"))
    try:
        context.load_verify_locations(cadata=text)
    except ssl.SSLError as error:
        raise SslContextError(f"{named} holds a certificate that cannot be read ({error.reason})", "write it in PEM form") from error


def _offer(context: ssl.SSLContext, protocols: Iterable[str]) -> None:
    names = [protocols] if isinstance(protocols, str) else list(protocols)
    for name in names:
        if not name.isascii() or not 1 <= len(name) <= 255:
            raise SslContextError(f"alpn={name!r} is no name of a protocol", "names are 1 to 255 ASCII characters (RFC 7301)")
    if names:
        context.set_alpn_protocols(names)
