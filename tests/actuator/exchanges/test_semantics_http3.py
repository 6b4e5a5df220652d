"""Exchanges over HTTP/3 are recorded as any others."""

from pyboot.netty import NettyServers
from pyboot.web import GetMapping, RestController
from tests.actuator.management_client import managed
from tests.components.netty.transport.quic.conftest import Pki, pki
from tests.netty.test_quic import settings
from tests.netty.test_semantics_http3 import over_http3

__all__ = ["pki", "settings"]


@RestController("/prices")
class Prices:
    """Answers."""

    @GetMapping("/{name}")
    async def price(self, name: str) -> dict[str, str]:
        """Tell one."""
        return {"name": name}


async def test_a_request_over_quic_is_told_with_where_it_came_from(settings: dict[str, object], pki: Pki) -> None:
    """Encrypted, so by https."""
    own = {"netty.servers.web.tls.bundle": "web", "netty.servers.web.http3.enabled": True, "netty.servers.web.port": 0}
    own |= {"management.httpexchanges.recording.enabled": True}
    own |= {"management.httpexchanges.recording.include": "remote-address,request-headers,time-taken"}
    async with managed(Prices, properties={**settings, **own}) as (client, context):
        await over_http3(pki, context.get(NettyServers).address("web.http3"), "/prices/tea", cookie="session=hunter2")
        (told,) = (await client.get("/httpexchanges")).json()["exchanges"]

    assert ("GET", "127.0.0.1", 200) == (told["request"]["method"], told["request"]["remoteAddress"], told["response"]["status"])
    assert told["request"]["uri"].startswith("https://")
    assert told["request"]["uri"].endswith("/prices/tea")
    assert "hunter2" not in str(told)
