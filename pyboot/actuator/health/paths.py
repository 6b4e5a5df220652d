"""HealthPaths: groups of health at paths of the application's own servers, for platforms that ask nowhere else.

``management.endpoint.health.group.<name>.additional-path`` says where, as Spring Boot's: ``server:/healthz`` is on every HTTP server of the
application, ``management:/healthz`` on the management server, beside the path of all endpoints. Who asks there is nobody in particular: it
is told the status, and more only where ``show-details`` is ``always``. A load balancer that asks the port that it sends work to learns
more than one that asks another: whether that port takes anything.

A handler stands before those that answer the application's requests, and passes on what is not meant for it. It stands in connections of
HTTP/1.1; a stream of HTTP/2 is not answered here.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any, Final, NamedTuple, final

from pyboot.actuator.errors import HealthPathError
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.web.media import V3_JSON
from pyboot.actuator.web.server import ManagementServer
from pyboot.boot import Component, Phase
from pyboot.components.netty import Channel, ChannelHandler, ChannelHandlerContext
from pyboot.netty.connections import Connections
from pyboot.netty.servers import NettyServers

from .endpoint import HealthEndpoint
from .properties import HealthProperties

_NAME: Final = "health paths"


@final
class AdditionalPath(NamedTuple):
    """A *path* of the application's servers, or of the management server where *is_managed*, that tells of a *group*."""

    path: str
    is_managed: bool
    group: str


def additional_paths(settings: HealthProperties) -> list[AdditionalPath]:
    """Return the paths that *settings* say, those of the probes with them.

    Raises:
        HealthPathError: two groups have one.
    """
    said = {name: group.additional_path for name, group in settings.group.items() if group.additional_path is not None}
    if settings.probes.enabled and settings.probes.add_additional_paths:
        said = {"liveness": "server:/livez", "readiness": "server:/readyz"} | said
    found = dict[tuple[str, bool], AdditionalPath]()
    for group, text in said.items():
        place, _, path = text.partition(":")
        new = AdditionalPath(path, place == "management", group)
        first = found.setdefault((path, new.is_managed), new)
        if first is not new:
            raise HealthPathError(f"the groups '{first.group}' and '{group}' have one path, {text}")
    return list(found.values())


@final
@Component
class HealthPaths:
    """Puts the handlers into connections from when the servers are up until they end; a lifecycle bean."""

    phase = Phase.SERVERS + 1
    keeps_alive = False

    def __init__(self, health: HealthEndpoint, settings: HealthProperties, servers: NettyServers, management: ManagementServer) -> None:
        """Take what tells, and where."""
        self._health = health
        self._paths = additional_paths(settings)
        self._servers = servers
        self._management = management
        self._filled = ExitStack()

    def start(self) -> None:
        """Stand in connections from here on, those that are open already among them.

        Raises:
            HealthPathError: the application has no server that speaks HTTP.
        """
        own = {each.path: each.group for each in self._paths if not each.is_managed}
        managed = {each.path: each.group for each in self._paths if each.is_managed}
        servers = [each for each in self._servers.bound.values() if "http-server" in {step.title for step in each.plan.steps}]
        if own and not servers:
            raise HealthPathError(f"no server of the application speaks HTTP (http-server), so nobody can ask it for {min(own)}")
        if own:
            for server in servers:
                self._fill(server.connections, own)
        if managed:
            self._fill(self._management.connections, managed)

    def stop(self) -> None:
        """Stand in no new connection."""
        self._filled.close()

    def _fill(self, connections: Connections, groups: Mapping[str, str]) -> None:
        def fill(channel: Channel) -> None:
            from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines  # there is a server of HTTP

            behind = channel.pipeline().find(HttpServerDeadlines)
            if behind is not None and channel.pipeline().find(_NAME) is None:
                channel.pipeline().add_after(behind.name, HealthAnswers(self._health, groups), name=_NAME)

        self._filled.enter_context(connections.also_filled(fill))
        for channel in connections.counted().channels:
            channel.loop.call_soon_threadsafe(_unless_closed, fill, channel)


def _unless_closed(fill: Callable[[Channel], None], channel: Channel) -> None:
    if not channel.close_future.is_done:
        fill(channel)


@final
class HealthAnswers(ChannelHandler[object]):
    """Answers GET and HEAD of the paths of *groups*, and passes on everything else."""

    def __init__(self, health: HealthEndpoint, groups: Mapping[str, str]) -> None:
        """Take what tells, and the groups by path."""
        self._health = health
        self._groups = groups
        self._is_dropping = False

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Any, /) -> None:
        """Answer a request, and drop the rest of it; or pass it on."""
        from pyboot.components.netty.wire.http.message import FullHttpResponse, HttpContent, HttpRequest, LastHttpContent

        if isinstance(msg, HttpRequest):
            group = self._groups.get(msg.uri.partition("?")[0]) if msg.method in ("GET", "HEAD") else None
            if group is None:
                ctx.fire_channel_read(msg)
                return
            self._is_dropping = not isinstance(msg, LastHttpContent)
            status, content = await self._told(group)
            headers = {"content-type": V3_JSON, "cache-control": "no-store", "x-content-type-options": "nosniff"}
            await ctx.write_and_flush(FullHttpResponse(status, content if msg.method == "GET" else b"", headers))
        elif self._is_dropping and isinstance(msg, HttpContent):
            self._is_dropping = not isinstance(msg, LastHttpContent)
        else:
            ctx.fire_channel_read(msg)

    async def _told(self, group: str) -> tuple[int, bytes]:
        from pyboot.actuator.web.body import encoded

        answer = await self._health.health_of((group,), InvocationContext(produces=V3_JSON))
        assert answer is not None, "paths are of groups that are there"
        return answer.status, encoded(answer.body)
