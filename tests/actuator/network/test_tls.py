"""The endpoint tls."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from tests.actuator.management_client import managed
from tests.actuator.network.connected import LineServer, Shout


async def test_bundles_are_told_with_their_ends_and_their_users(tmp_path: Path) -> None:
    """One that expires soon, one of trust alone, one that nobody can read; and which settings name each."""
    authority = trustme.CA(organization_name="Authority", organization_unit_name="Tests")
    soon = tmp_path / "soon.pem"
    ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=3)
    issued = authority.issue_cert(
        "localhost", "127.0.0.1", common_name="localhost", organization_name="Shop, Ltd", organization_unit_name="Till", not_after=ends
    )
    issued.private_key_and_cert_chain_pem.write_to_path(str(soon))
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    properties = {
        "ssl.bundles.web.keystore.certificate": str(soon),
        "ssl.bundles.web.reload-on-update": "true",
        "ssl.bundles.trust.truststore.certificate": str(trusted),
        "ssl.bundles.gone.keystore.certificate": str(tmp_path / "gone.pem"),
        "netty.servers.lines.tls.bundle": "web",
        "netty.http-clients.shop.tls.bundle": "trust",
    }
    async with managed(LineServer, Shout, properties=properties) as (client, _):
        told = (await client.get("/tls")).json()

    names = {
        "subject": "CN=localhost,OU=Till,O=Shop\\, Ltd",
        "issuer": "OU=Tests,O=Authority",
        "subjectAlternativeNames": ["DNS:localhost", "IP Address:127.0.0.1"],
    }
    both = ["TLSv1.2", "TLSv1.3"]
    assert {
        "web": {
            "certificate": {"file": str(soon), "notAfter": ends.isoformat(), "validity": "WILL_EXPIRE_SOON", **names},
            "truststore": None,
            "protocols": both,
            "reloadOnUpdate": True,
            "usedBy": ["netty.servers.lines"],
        },
        "trust": {
            "certificate": None,
            "truststore": str(trusted),
            "protocols": both,
            "reloadOnUpdate": False,
            "usedBy": ["netty.http-clients.shop"],
        },
        "gone": {
            "certificate": {"file": str(tmp_path / "gone.pem"), "notAfter": None, "validity": "UNREADABLE"},
            "truststore": None,
            "protocols": both,
            "reloadOnUpdate": False,
            "usedBy": [],
        },
    } == told["bundles"]


async def test_an_application_without_bundles_tells_of_none() -> None:
    """And is well."""
    async with managed() as (client, _):
        assert {"bundles": {}} == (await client.get("/tls")).json()
