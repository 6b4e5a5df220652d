"""PEM files: what is in one, told before OpenSSL is asked. How contexts tell it: `test_context.py`."""

from pathlib import Path

import pytest

from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.handler.tls.pem import check_certificate, check_key, is_encrypted, read_pem

KEY = "-----BEGIN PRIVATE KEY-----\n"
ENCRYPTED = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
OLD_ENCRYPTED = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
CERTIFICATE = "-----BEGIN CERTIFICATE-----\n"


def test_an_encrypted_key_is_told_from_an_open_one() -> None:
    """In both forms there are."""
    assert [False, True, True] == [is_encrypted(text) for text in (KEY, ENCRYPTED, OLD_ENCRYPTED)]


def test_what_is_in_a_file_is_named() -> None:
    """By the label that its first block has."""
    where = Path("a.pem")
    check_certificate(where, KEY + CERTIFICATE)
    check_key(where, CERTIFICATE + ENCRYPTED, has_password=True)

    with pytest.raises(SslContextError, match=r"a.pem holds no certificate: it holds PRIVATE KEY"):
        check_certificate(where, KEY)
    with pytest.raises(SslContextError, match=r"a.pem is encrypted"):
        check_key(where, ENCRYPTED, has_password=False)


def test_a_file_that_may_not_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With whose right is missing."""

    def refuse(_: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)

    with pytest.raises(SslContextError, match=r"cannot be read \(Permission denied\): let the user who runs this process read it"):
        read_pem(tmp_path / "secret.key", "private key")
