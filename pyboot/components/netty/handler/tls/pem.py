"""Files in PEM form: what is wrong with one, told in words before OpenSSL says "PEM lib"."""

from __future__ import annotations

import os
import ssl
from pathlib import Path

from pyboot.components.netty.errors import SslContextError

__all__ = ["check_certificate", "check_key", "explain_refusal", "is_encrypted", "read_pem"]


def read_pem(path: Path, kind: str) -> str:
    """The text of *path*; raises `SslContextError` that says what of *kind* is wrong with it."""
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except FileNotFoundError as error:
        raise SslContextError(f"{kind} {path} does not exist", f"create it or correct the path (now in {os.getcwd()})") from error
    except OSError as error:
        raise SslContextError(f"{kind} {path} cannot be read ({error.strerror})", "let the user who runs this process read it") from error
    if "-----BEGIN " not in text:
        raise SslContextError(f"{kind} {path} is not in PEM form", "convert it: openssl x509/pkey/pkcs12 with -out file.pem")
    return text


def check_certificate(path: Path, text: str) -> None:
    """Raise unless *text* holds a certificate."""
    if "-----BEGIN CERTIFICATE-----" not in text and "-----BEGIN TRUSTED CERTIFICATE-----" not in text:
        raise SslContextError(f"{path} holds no certificate", f"it holds {_first_label(text)}; was another file meant?")


def check_key(path: Path, text: str, *, has_password: bool) -> None:
    """Raise unless *text* holds a private key that can be opened with what is there."""
    if "PRIVATE KEY-----" not in text:
        raise SslContextError(f"{path} holds no private key", f"it holds {_first_label(text)}; pass the key with keyfile=")
    if not has_password and is_encrypted(text):
        raise SslContextError(f"the private key in {path} is encrypted", "pass password=")


def explain_refusal(certificate: Path, key: Path, error: Exception) -> SslContextError:
    """Explain why OpenSSL refuses a certificate and key that look well formed."""
    reason = getattr(error, "reason", None) or str(error)
    if "MISMATCH" in reason:
        described = f"the private key in {key} is not that of the certificate in {certificate}"
        return SslContextError(described, "pass the pair that belongs together")
    if not _opens(certificate):
        return SslContextError(f"the certificate in {certificate} is damaged ({reason})", "write it again")
    if is_encrypted(read_pem(key, "private key")):
        return SslContextError(f"the password does not open the private key in {key} ({reason})", "correct password=")
    return SslContextError(f"the private key in {key} is damaged ({reason})", "look at it with `openssl pkey -text`, or write it again")


def is_encrypted(text: str) -> bool:
    """True if the private key in *text* wants a password."""
    return "-----BEGIN ENCRYPTED PRIVATE KEY-----" in text or "Proc-Type: 4,ENCRYPTED" in text


def _opens(certificate: Path) -> bool:
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=certificate)
    except ssl.SSLError:
        return False
    return True


def _first_label(text: str) -> str:
    return text.partition("-----BEGIN ")[2].partition("-----")[0] or "nothing"
