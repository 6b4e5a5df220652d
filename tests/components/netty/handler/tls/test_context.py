"""Contexts: safe where nobody asked for anything, and refused with advice where they are of no use."""

import logging
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.context import ClientAuth, ssl_context_for_client, ssl_context_for_server


def test_a_server_is_safe_by_default(certificates: Any) -> None:
    """TLS 1.2 at least, forward secrecy, no renegotiation, no compression, no questions to clients."""
    context = ssl_context_for_server(certificates.certfile, certificates.keyfile)

    assert ssl.TLSVersion.TLSv1_2 == context.minimum_version
    assert ssl.CERT_NONE == context.verify_mode
    assert context.options & ssl.OP_NO_RENEGOTIATION
    assert context.options & ssl.OP_NO_COMPRESSION
    names = [cipher["name"] for cipher in context.get_ciphers()]
    assert all("GCM" in name or "CHACHA20" in name for name in names)
    assert all(name.startswith(("TLS_", "ECDHE-")) for name in names)


def test_a_client_checks_chain_and_name_by_default(certificates: Any) -> None:
    """Against the system's authorities, or the given one alone."""
    system, own = ssl_context_for_client(), ssl_context_for_client(certificates.ca)

    for context in (system, own):
        assert (True, ssl.CERT_REQUIRED, ssl.TLSVersion.TLSv1_2) == (context.check_hostname, context.verify_mode, context.minimum_version)
        assert context.options & ssl.OP_NO_RENEGOTIATION
    assert 1 == own.cert_store_stats()["x509_ca"]


def test_authorities_come_as_file_folder_or_text(certificates: Any, tmp_path: Path) -> None:
    """What is no path begins like a certificate."""
    assert 1 == ssl_context_for_client(certificates.ca.read_text()).cert_store_stats()["x509_ca"]
    assert ssl_context_for_client(tmp_path).check_hostname


def test_clients_are_asked_where_there_is_an_authority(certificates: Any) -> None:
    """Or as it is said."""
    ours = (certificates.certfile, certificates.keyfile)

    assert ssl.CERT_REQUIRED == ssl_context_for_server(*ours, ca=certificates.ca).verify_mode
    assert ssl.CERT_OPTIONAL == ssl_context_for_server(*ours, ca=certificates.ca, client_auth=ClientAuth.OPTIONAL).verify_mode
    assert ssl.CERT_NONE == ssl_context_for_server(*ours, ca=certificates.ca, client_auth=ClientAuth.NONE).verify_mode


def test_a_key_may_stand_beside_its_certificate_and_be_encrypted(certificates: Any, tmp_path: Path) -> None:
    """In one file; with a password, or a function that gives it."""
    both = tmp_path / "both.pem"
    both.write_bytes(certificates.certfile.read_bytes() + certificates.keyfile.read_bytes())
    encrypted = encrypt(certificates.keyfile, tmp_path)

    assert ssl_context_for_server(both).cert_store_stats()
    assert ssl_context_for_server(certificates.certfile, encrypted, password="open sesame").get_ciphers()
    assert ssl_context_for_server(certificates.certfile, encrypted, password=lambda: "open sesame").get_ciphers()


def encrypt(key: Path, folder: Path) -> Path:
    """The same key, with a password."""
    encrypted = folder / "encrypted.key"
    command = ["openssl", "pkcs8", "-topk8", "-in", key, "-out", encrypted, "-passout", "pass:open sesame"]
    subprocess.run(command, check=True, capture_output=True)
    encrypted.chmod(0o600)
    return encrypted


def damaged(path: Path, folder: Path) -> Path:
    """The same with its content turned round."""
    lines = path.read_text().splitlines()
    changed = folder / f"damaged-{path.name}"
    changed.write_text("\n".join([lines[0], lines[1][::-1], *lines[2:]]))
    changed.chmod(0o600)
    return changed


REFUSALS: dict[str, tuple[Callable[[Any, Path], object], str]] = {
    "no certificate": (
        lambda c, at: ssl_context_for_server(at / "none.pem", c.keyfile),
        "certificate .*none.pem does not exist: create it",
    ),
    "no key": (lambda c, at: ssl_context_for_server(c.certfile, at / "none.key"), "private key .*none.key does not exist"),
    "a folder": (lambda c, at: ssl_context_for_server(at, c.keyfile), "cannot be read .Is a directory"),
    "key as certificate": (lambda c, at: ssl_context_for_server(c.keyfile, c.keyfile), "holds no certificate: it holds EC PRIVATE KEY"),
    "certificate as key": (
        lambda c, at: ssl_context_for_server(c.certfile),
        "holds no private key: it holds CERTIFICATE; pass the key with keyfile=",
    ),
    "another's key": (
        lambda c, at: ssl_context_for_server(c.certfile, c.other_keyfile),
        "other.key is not that of the certificate in .*server.pem",
    ),
    "encrypted": (lambda c, at: ssl_context_for_server(c.certfile, encrypt(c.keyfile, at)), "is encrypted: pass password="),
    "wrong password": (
        lambda c, at: ssl_context_for_server(c.certfile, encrypt(c.keyfile, at), password="no"),
        "the password does not open .*: correct password=",
    ),
    "damaged certificate": (lambda c, at: ssl_context_for_server(damaged(c.certfile, at), c.keyfile), "certificate in .* is damaged"),
    "damaged key": (lambda c, at: ssl_context_for_server(c.certfile, damaged(c.keyfile, at)), "private key in .* is damaged"),
    "no authority": (lambda c, at: ssl_context_for_client(at / "none.pem"), "certificates of authorities .* does not exist"),
    "damaged authority": (lambda c, at: ssl_context_for_client(damaged(c.ca, at)), "holds a certificate that cannot be read"),
    "damaged text": (
        lambda c, at: ssl_context_for_client("-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----"),
        "ca holds a certificate",
    ),
    "asking in vain": (
        lambda c, at: ssl_context_for_server(c.certfile, c.keyfile, client_auth=ClientAuth.REQUIRE),
        "client_auth=REQUIRE without ca: .*: pass ca=",
    ),
    "key without certificate": (lambda c, at: ssl_context_for_client(keyfile=c.keyfile), "without a certificate: pass certfile= too"),
    "no cipher": (lambda c, at: ssl_context_for_client(ciphers="none"), "ciphers='none' names no cipher"),
    "old version": (lambda c, at: ssl_context_for_client(minimum_version="TLSv1.1"), "'TLSv1.1' is unsafe or unknown: use 'TLSv1.2'"),
    "old enum": (lambda c, at: ssl_context_for_client(minimum_version=ssl.TLSVersion.TLSv1), "is unsafe or unknown"),
    "no protocol": (lambda c, at: ssl_context_for_client(alpn=[""]), "alpn='' is no name of a protocol"),
}


@pytest.mark.parametrize("what", REFUSALS)
def test_what_is_of_no_use_is_refused_with_advice(what: str, certificates: Any, tmp_path: Path) -> None:
    """When the context is made, not by the first peer; and never by a question on the terminal."""
    make, said = REFUSALS[what]

    with pytest.raises(SslContextError, match=said) as refused:
        make(certificates, tmp_path)

    assert refused.value.description
    assert refused.value.action


def test_a_text_that_is_no_pem_is_refused(certificates: Any, tmp_path: Path) -> None:
    """The certificate in another form, for instance."""
    der = tmp_path / "server.der"
    der.write_bytes(ssl.PEM_cert_to_DER_cert(certificates.certfile.read_text()))

    with pytest.raises(SslContextError, match=r"is not in PEM form: convert it"):
        ssl_context_for_server(der, certificates.keyfile)


def test_a_key_that_all_can_read_is_told_of(certificates: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One line, with what to do."""
    key = tmp_path / "open.key"
    key.write_bytes(certificates.keyfile.read_bytes())
    key.chmod(0o644)

    with caplog.at_level(logging.WARNING):
        ssl_context_for_server(certificates.certfile, key)

    assert [f"private key {key} can be read by every user of this machine: chmod 600 it"] == caplog.messages


def test_keys_are_logged_where_the_environment_asks(certificates: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SSLKEYLOGFILE, as browsers and curl know it."""
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "keys"))

    assert str(tmp_path / "keys") == ssl_context_for_server(certificates.certfile, certificates.keyfile).keylog_filename
    assert str(tmp_path / "keys") == ssl_context_for_client(certificates.ca).keylog_filename
