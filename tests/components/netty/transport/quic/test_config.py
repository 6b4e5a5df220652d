"""The configs: what is of no use is told when it is said, or where it is loaded, with what to do."""

from pathlib import Path
from typing import Any

import pytest
import trustme

from pyboot.components.netty.errors import SslContextError
from pyboot.components.netty.transport.quic import QuicClientConfig, QuicServerConfig


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({"alpn": []}, "alpn="),
        ({"alpn": "h3"}, "a list of names"),
        ({"alpn": ["x" * 256]}, "255 ASCII"),
        ({"idle_timeout": 0}, "idle_timeout=0"),
        ({"max_streams": -1}, "max_streams=-1"),
        ({"max_resets": -1}, "max_resets=-1"),
        ({"stream_window": 1}, "stream_window=1"),
        ({"connection_window": True}, "connection_window=True"),
        ({"max_packet_bytes": 1199}, "1200 to 65507"),
        ({"max_packet_bytes": 1200.5}, "max_packet_bytes=1200.5: allowed is a whole number, 1200 to 65507"),
        ({"max_streams": 1.5}, "max_streams=1.5: allowed is a whole number, 0 or more"),
        ({"handshake_timeout": float("nan")}, "handshake_timeout=nan: allowed are seconds, 0 or more"),
        ({"congestion_control": "bbr"}, "congestion_control='bbr': allowed is reno or cubic"),
    ],
)
def test_what_no_connection_could_keep_is_refused(told: dict[str, Any], text: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match=text):
        QuicClientConfig(**{"alpn": ["test"], **told})


def test_a_server_refuses_handshakes_that_cannot_be_counted(pki: Any) -> None:
    """Besides what both sides refuse."""
    for told, text in (({"retry_above": -1}, "retry_above=-1: allowed is a whole number, 0 or more"), ({"alpn": []}, "alpn=")):
        with pytest.raises(ValueError, match=text):
            QuicServerConfig(**{"alpn": ["test"], "certificate": pki.certificate, **told})


def test_a_certificate_is_taken_from_files_and_bytes(pki: Any, tmp_path: Path) -> None:
    """Apart or together, with what else a file holds."""
    (tmp_path / "both.pem").write_bytes(b"a comment\n" + pki.key + pki.certificate)
    (tmp_path / "chain.pem").write_bytes(pki.certificate)
    (tmp_path / "key.pem").write_bytes(pki.key)
    made = [
        QuicServerConfig(alpn=["test"], certificate=tmp_path / "both.pem").configuration(),
        QuicServerConfig(alpn=["test"], certificate=str(tmp_path / "chain.pem"), key=tmp_path / "key.pem").configuration(),
        QuicServerConfig(alpn=["test"], certificate=pki.certificate, key=pki.key).configuration(),
    ]

    assert 1 == len({each.certificate.serial_number for each in made})
    assert all(each.private_key is not None for each in made)


def test_what_cannot_be_loaded_says_so(pki: Any, tmp_path: Path) -> None:
    """Each with its own words."""
    other = trustme.CA().issue_cert("localhost").private_key_pem.bytes()
    cases = {
        "cannot be read": {"certificate": tmp_path / "missing.pem"},
        "holds no certificate": {"certificate": pki.key},
        "a certificate that cannot be read": {"certificate": b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"},
        "private key in what was passed": {"certificate": pki.certificate},
        "does not belong": {"certificate": pki.certificate, "key": other},
    }
    for text, told in cases.items():
        with pytest.raises(SslContextError, match=text):
            QuicServerConfig(alpn=["test"], **told).configuration()


def test_a_client_trusts_whom_it_is_told(pki: Any, tmp_path: Path) -> None:
    """Bytes, a file, a folder, the system, or anybody."""
    (tmp_path / "ca.pem").write_bytes(pki.ca)

    assert pki.ca == QuicClientConfig(alpn=["test"], ca=pki.ca).configuration("host").cadata
    assert pki.ca == QuicClientConfig(alpn=["test"], ca=tmp_path / "ca.pem").configuration("host").cadata
    assert str(tmp_path) == QuicClientConfig(alpn=["test"], ca=tmp_path).configuration("host").capath
    system = QuicClientConfig(alpn=["test"]).configuration("host")
    assert system.cafile or system.capath
    assert QuicClientConfig(alpn=["test"], verify=False).configuration("host").verify_mode == 0
    assert "other" == QuicClientConfig(alpn=["test"], server_name="other").configuration("host").server_name
