"""Starts an application inside a test, on free ports, with other settings and other beans where the test wants them."""

from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

from pyboot.boot import ApplicationContext, start
from pyboot.netty import NettyServers

from .loopback import client

NOTHING: Mapping[Any, Any] = MappingProxyType({})


@asynccontextmanager
async def running(
    app: type, *, properties: Mapping[str, object] = NOTHING, profiles: Sequence[str] = (), beans: Mapping[Any, object] = NOTHING
) -> AsyncIterator[ApplicationContext]:
    """Start *app* and stop it in order; every server listens on a free port unless *properties* say otherwise.

    Args:
        app: the class labelled ``@PyBootApplication``.
        properties: settings of this start, ``{"netty.servers.greet.backlog": 1}``; they win over all others.
        profiles: the active profiles, instead of those that the settings name.
        beans: objects to put in place of beans, by type or by bean name, before anything is made.
    """
    async with start(
        app, properties={"netty.port": 0, "management.server.port": 0, **properties}, profiles=profiles, beans=beans
    ) as context:
        yield context


@asynccontextmanager
async def connect(context: ApplicationContext, server: str | None = None) -> AsyncIterator[tuple[StreamReader, StreamWriter]]:
    """Connect a plain client to *server*, which may be left out where there is one."""
    host, port = context.get(NettyServers).address(server)
    async with client(host, port) as streams:
        yield streams
