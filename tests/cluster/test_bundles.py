"""The TLS of an engine's connection."""

import ssl
from pathlib import Path

import pytest
import trustme

from pyboot.boot import Component
from pyboot.cluster.bundles import client_context
from pyboot.cluster.errors import EngineBundleError
from pyboot.netty.autoconfigure import NettyAutoConfiguration
from pyboot.testing import ContextRunner


@Component
class Lone:
    """Something to start."""


async def test_a_bundle_is_a_context_that_verifies(tmp_path: Path) -> None:
    """One that is not there is refused."""
    authority = tmp_path / "authority.pem"
    trustme.CA().cert_pem.write_to_path(authority)
    runner = ContextRunner().with_beans(Lone).with_auto(NettyAutoConfiguration)
    async with runner.with_property("ssl.bundles.redis.truststore.certificate", str(authority)).run() as context:
        made = client_context(context, "redis")
        assert ssl.CERT_REQUIRED is made.verify_mode
        with pytest.raises(EngineBundleError, match=r"SSL bundle 'other', which is not there\. There are: redis"):
            client_context(context, "other")
