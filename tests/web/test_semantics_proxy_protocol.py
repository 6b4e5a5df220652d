"""The client that a trusted proxy names is who applications and endpoints see."""

import asyncio
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pyboot.boot import Bean, Configuration, Import, PyBootApplication, start
from pyboot.netty import NettyServers


async def tell(request: Request) -> JSONResponse:
    """Who asks."""
    return JSONResponse(request.scope["client"])


@Configuration
class Web:
    """One application."""

    @Bean
    def application(self) -> Starlette:
        """Make it."""
        return Starlette(routes=[Route("/tell", tell)])


@PyBootApplication(scan=())
@Import(Web)
class App:
    """Has it."""


async def answer(address: Any, first: bytes) -> bytes:
    """What comes of a request behind *first*."""
    reader, writer = await asyncio.open_connection(*address)
    writer.write(first + b"GET /tell HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_the_scope_has_the_client_of_the_proxy() -> None:
    """And the filter of addresses judges it."""
    settings = {
        "netty.servers.web.port": "0",
        "netty.servers.web.proxy-protocol.trusted[0]": "127.0.0.1",
        "netty.servers.web.proxy-protocol.required": "true",
        "netty.servers.web.pipeline[0].ip-filter.deny[0]": "203.0.113.66",
        "netty.servers.web.pipeline[1]": "http-server",
    }
    async with start(App, properties=settings) as context:
        address = context.get(NettyServers).address()
        told = await answer(address, b"PROXY TCP4 203.0.113.7 10.0.0.1 56324 443\r\n")
        assert ["203.0.113.7", 56324] == json.loads(told.rpartition(b"\r\n\r\n")[2])
        assert b"" == await answer(address, b"PROXY TCP4 203.0.113.66 10.0.0.1 56324 443\r\n")
        assert b"" == await answer(address, b"")
        assert {"proxy-protocol": 1, "address-filter": 1} == dict(context.get(NettyServers).peer_faults())
