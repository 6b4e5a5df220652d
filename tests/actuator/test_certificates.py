"""Certificates of bundles, and how long they are good."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pyboot.actuator.certificates import Validity, certificates
from pyboot.netty.bundles import BundleProperties, KeystoreProperties

UNTIL = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that is good until then."""
    path = tmp_path_factory.mktemp("pem") / "server.pem"
    trustme.CA().issue_cert("localhost", not_after=UNTIL).private_key_and_cert_chain_pem.write_to_path(str(path))
    return path


@pytest.mark.parametrize(
    ("left", "validity"),
    [(timedelta(days=15), Validity.VALID), (timedelta(days=13), Validity.WILL_EXPIRE_SOON), (timedelta(seconds=-1), Validity.EXPIRED)],
)
def test_what_becomes_of_a_certificate_is_told_in_time(pem: Path, left: timedelta, validity: Validity) -> None:
    """By the warning of its bundle."""
    bundles = {"web": BundleProperties(keystore=KeystoreProperties(certificate=str(pem)))}

    assert [("web", str(pem), UNTIL, validity)] == list(certificates(bundles, UNTIL - left))


def test_what_cannot_be_read_is_told_and_what_is_not_there_is_not(tmp_path: Path) -> None:
    """A bundle may hold trust alone."""
    (tmp_path / "rubbish.pem").write_bytes(b"\xff-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----")
    bundles = {
        "gone": BundleProperties(keystore=KeystoreProperties(certificate=str(tmp_path / "gone.pem"))),
        "rubbish": BundleProperties(keystore=KeystoreProperties(certificate=str(tmp_path / "rubbish.pem"))),
        "trust": BundleProperties(),
    }

    assert [("gone", Validity.UNREADABLE), ("rubbish", Validity.UNREADABLE)] == [
        (each.bundle, each.validity) for each in certificates(bundles)
    ]
