"""A certificate that ends soon is told of before it is too late."""

import datetime
import logging
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.handler.tls.context import ssl_context_for_client, ssl_context_for_server
from pyboot.components.netty.handler.tls.expiry import expires_at, warn_if_expiring

UNTIL = datetime.datetime(2031, 3, 4, 5, 6, 7, tzinfo=datetime.UTC)
DAY = 86_400.0


def issued(certificates: Any, folder: Path, until: datetime.datetime, name: str = "x.test") -> tuple[Path, Path]:
    """A certificate until then, and its key."""
    made = certificates.authority.issue_cert(name, not_after=until)
    certificate, key = folder / "x.pem", folder / "x.key"
    certificate.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    key.chmod(0o600)
    return certificate, key


@pytest.mark.parametrize("year", [2031, 2049, 2050, 2199])
def test_the_end_of_a_certificate_is_read(year: int, certificates: Any, tmp_path: Path) -> None:
    """Up to 2049 with two digits for the year, later with four (RFC 5280, 4.1.2.5)."""
    certificate, _ = issued(certificates, tmp_path, UNTIL.replace(year=year))
    assert UNTIL.replace(year=year) == expires_at(certificate.read_text())


@pytest.mark.parametrize(
    "text", ["", "nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\n!\n-----END"]
)
def test_what_is_no_certificate_has_no_end(text: str) -> None:
    """OpenSSL says what is wrong with it."""
    assert expires_at(text) is None


def test_any_cut_of_a_certificate_has_no_end_or_the_right_one(certificates: Any, tmp_path: Path) -> None:
    """And never another error."""
    text = issued(certificates, tmp_path, UNTIL)[0].read_text()
    for length in range(0, len(text), 7):
        assert expires_at(text[:length]) in (None, UNTIL)


@pytest.mark.parametrize(
    ("days_left", "days", "said"),
    [
        (15, 14, []),
        (13.5, 14, ["the certificate in x.pem expires on 2031-03-04 05:06 UTC, in 13 days: renew it"]),
        (13.5, 0, []),
        (-1, 14, ["the certificate in x.pem expired on 2031-03-04 05:06 UTC: no peer accepts it any more, renew it"]),
    ],
)
def test_the_log_warns_in_time(
    days_left: float, days: float, said: list[str], certificates: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An end that is past is an error."""
    certificate, _ = issued(certificates, tmp_path, UNTIL)
    warn_if_expiring(Path("x.pem"), certificate.read_text(), days, lambda: UNTIL.timestamp() - days_left * DAY)
    assert said == caplog.messages
    assert all(record.levelno >= logging.WARNING for record in caplog.records)


def test_contexts_of_both_sides_warn_when_they_are_made(certificates: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of their own certificate, unless told not to."""
    until = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3, minutes=5)
    certificate, key = issued(certificates, tmp_path, until)
    ssl_context_for_server(certificate, key)
    ssl_context_for_client(certificates.ca, certfile=certificate, keyfile=key)
    ssl_context_for_server(certificate, key, expiry_warning_days=0)
    assert [True, True] == ["in 3 days: renew it" in message for message in caplog.messages]
