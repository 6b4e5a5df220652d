"""Clients of an application: in memory, without a network, and over loopback."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import httpx2
from fastapi import FastAPI

from pyboot.boot import ApplicationContext, start
from pyboot.netty import NettyServers
from pyboot.testing import running

NOTHING: Mapping[str, object] = MappingProxyType({})


@asynccontextmanager
async def in_memory(app: type, **properties: object) -> AsyncIterator[tuple[httpx2.AsyncClient, ApplicationContext]]:
    """Start *app* without its server, and call its controllers' application without a network."""
    settings: dict[str, Any] = {"netty.servers.web.enabled": "false"}
    settings |= {name.replace("__", "."): value for name, value in properties.items()}
    async with start(app, properties=settings) as context:
        transport = httpx2.ASGITransport(context.get(FastAPI), raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://here") as client:
            yield client, context


@asynccontextmanager
async def served(
    app: type, properties: Mapping[str, object] = NOTHING, server: str = "web"
) -> AsyncIterator[tuple[httpx2.AsyncClient, ApplicationContext]]:
    """Start *app* on free ports, and call *server* over loopback."""
    async with running(app, properties=properties) as context:
        host, port = context.get(NettyServers).address(server)
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}") as client:
            yield client, context
