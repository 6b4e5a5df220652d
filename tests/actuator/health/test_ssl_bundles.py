"""The indicator ssl."""

from pathlib import Path

import trustme

from tests.actuator.management_client import managed


async def test_a_certificate_that_cannot_be_read_is_out_of_service(tmp_path: Path) -> None:
    """One that is good is up, and until when is told."""
    good, bad = tmp_path / "good.pem", tmp_path / "bad.pem"
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(good))
    bad.write_text("nothing")
    properties = {
        "ssl.bundles.good.keystore.certificate": str(good),
        "ssl.bundles.bad.keystore.certificate": str(bad),
        "management.endpoint.health.show-details": "always",
    }
    async with managed(properties=properties) as (client, _):
        told = (await client.get("/health/ssl")).json()["components"]
        assert 503 == (await client.get("/health/ssl")).status_code

    assert {"good": "UP", "bad": "OUT_OF_SERVICE"} == {name: each["status"] for name, each in told.items()}
    assert "VALID" == told["good"]["details"]["status"]
    assert told["good"]["details"]["validityEnds"]


async def test_an_application_without_bundles_has_no_such_component() -> None:
    """Nor one for clients that it does not have."""
    async with managed(properties={"management.endpoint.health.show-details": "always"}) as (client, _):
        components = (await client.get("/health")).json()["components"]
    assert {"diskSpace", "eventLoops", "livenessState", "ping", "readinessState", "servers"} == set(components)
