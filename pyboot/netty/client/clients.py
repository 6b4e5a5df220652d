"""NettyClients: the clients of the application, which begin before the beans that use them, and stop after those."""

import asyncio
import contextvars
import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import NoReturn, final

from pyboot.boot import Phase
from pyboot.boot.model.nearest import nearest
from pyboot.components.netty import Channel, FixedChannelPool, SocketChannel
from pyboot.components.netty.limited_log import LimitedLog
from pyboot.netty.customizers import BootstrapCustomizer
from pyboot.netty.groups import WorkGroups
from pyboot.netty.servers import nothing_to_await

from .client import NettyClient
from .connector import Connector
from .errors import ClientUnavailableError, RequiredClientError, UnknownClientError
from .feed import EventFeed
from .group import NettyClientGroup
from .plan import ClientPlan
from .specs import ClientSpec
from .state import ClientState
from .wiring import Wiring

_log = logging.getLogger("pyboot.netty")

_REST_SECONDS = 10.0  # how long what clients have begun on loops of groups may go on once all are stopped

type Publish = Callable[[object], Awaitable[None]]


@final
class NettyClients:
    """All clients by name, those of groups as ``group.key``; a lifecycle bean of the application.

    They are there from the beginning, so that beans may have them injected, and connect when everything is decided: the plans of all
    are made before the first connects. Servers begin behind them and end before them, so a handler that answers what it still has may
    use them to the last.
    """

    phase = Phase.CLIENTS

    def __init__(
        self,
        specs: Sequence[ClientSpec],
        plans: Callable[[], Sequence[ClientPlan]],
        publish: Publish,
        groups: WorkGroups,
        customizers: Sequence[BootstrapCustomizer] = (),
        ready: Callable[[], Awaitable[None]] = nothing_to_await,
    ) -> None:
        """Take which clients there are, *plans*, which decides what they will be, what tells the application of their events, the groups
        that some live on, who has the last word on bootstraps, and what is awaited before the plans.
        """
        self._ready = ready
        self._work_groups = groups
        self._plans = plans
        self._publish = publish
        self._customizers = customizers
        self._log = LimitedLog("of the clients")
        enabled = [spec for spec in specs if spec.is_enabled]
        self._clients = {name: NettyClient.wired(name) for spec in enabled for name in spec.members}
        self._groups = {spec.name: self._new_group(spec) for spec in enabled if spec.instances}
        self._lenders = {spec.name: _Lender(spec.name) for spec in enabled if spec.settings.pool is not None}
        self._pools = {spec.name: _new_pool(spec, self._lenders[spec.name]) for spec in enabled if spec.settings.pool is not None}
        self._connectors: dict[str, Connector] = {}
        self._feeds: dict[str, EventFeed] = {}
        self._last_news: set[asyncio.Task[None]] = set()  # of clients that were removed
        self._kept_for: set[str] = set()

    @property
    def keeps_alive(self) -> bool:
        """True if the application waits for them: for those that connect by themselves and are no daemons."""
        return bool(self._kept_for)

    @property
    def names(self) -> list[str]:
        """The names of all clients."""
        return list(self._clients)

    def __getitem__(self, name: str) -> NettyClient:
        """Return the client *name*; raises `UnknownClientError` where there is none."""
        return self._clients[name] if name in self._clients else self._refuse("The client that is asked for", name)

    def __contains__(self, name: object) -> bool:
        return name in self._clients

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._clients))

    def __len__(self) -> int:
        return len(self._clients)

    def group(self, name: str) -> NettyClientGroup:
        """Return the group *name*; raises `UnknownClientError` where there is none."""
        return self._groups[name] if name in self._groups else self._refuse("The group that is asked for", name)

    def pool(self, name: str) -> FixedChannelPool:
        """Return the pool of the client *name*; raises `UnknownClientError` where there is none."""
        return self._pools[name] if name in self._pools else self._refuse("The pool that is asked for", name)

    def _refuse(self, subject: str, name: str) -> NoReturn:
        known = [*self._clients, *self._groups]
        raise UnknownClientError(subject, name, known, nearest(name, known))

    # Life.

    async def start(self) -> None:
        """Decide everything, let all connect, and wait for those that are required.

        Raises:
            AssemblyError: labels and settings do not make a client; nothing has connected.
            RequiredClientError: a client that is required has no connection in time; all are stopped again.
        """
        await self._ready()
        plans = self._plans()
        for plan in plans:
            _log.info("pipeline of the client '%s' to %s: %s", plan.name, plan.where, plan.pipeline)
            self._wire(plan)
        try:
            for plan in plans:
                self._begin(plan)
            await asyncio.gather(*(self._await_required(plan) for plan in plans if plan.settings.required))
        except BaseException:
            await self.stop()
            raise

    def _wire(self, plan: ClientPlan) -> None:
        client = self._clients[plan.name]
        connector = self._connectors[plan.name] = Connector(plan, client, self._customizers)
        feed = self._feeds[plan.name] = EventFeed(self._publish)
        group = plan.settings.group
        loop = None if group is None else self._work_groups.loop_of_client(group)
        client.wire(
            Wiring(
                plan.name,
                plan.where,
                lambda _: connector.connect(),
                connector.connections.close,
                plan.backoff,
                plan.new_queue(),
                feed.add if loop is None else _carried(feed.add),
                self._log,
                loop,
            )
        )
        if plan.name in self._lenders:
            self._lenders[plan.name].begin(plan, connector)

    def _begin(self, plan: ClientPlan) -> None:
        if plan.settings.lazy or plan.settings.pool is not None or self._clients[plan.name].state is ClientState.STOPPED:
            return
        self._clients[plan.name].start()
        if not plan.settings.daemon:
            self._kept_for.add(plan.name)

    async def _await_required(self, plan: ClientPlan) -> None:
        seconds = plan.settings.start_timeout.total_seconds()
        try:
            await self._clients[plan.name].connected(seconds)
        except ClientUnavailableError as error:
            reason = f"{type(error.cause).__name__}: {error.cause}" if error.cause is not None else "no attempt has ended"
            # The report of a failed start begins with the innermost cause, and the error of a connection knows nothing of settings.
            raise RequiredClientError(plan.name, plan.where, seconds, reason) from None

    def _new_group(self, spec: ClientSpec) -> NettyClientGroup:
        members = {key: self._clients[f"{spec.name}.{key}"] for key in spec.instances}
        return NettyClientGroup(spec.name, members, partial(self._add, spec.name), self._remove)

    def _add(self, kind: str, name: str, host: str, port: int) -> NettyClient:
        """Add one more of a *kind* of which there is one at least: all but the address is as with the others."""
        plan = next(plan for plan in self._plans() if plan.name.startswith(f"{kind}."))
        client = self._clients[name] = NettyClient.wired(name)
        plan = plan._replace(name=name, place=(host, port), pipeline=plan.pipeline._replace(owner=f"the client '{name}'"))
        self._wire(plan)
        self._begin(plan)
        return client

    async def _remove(self, client: NettyClient) -> None:
        await client.stop()
        del self._clients[client.name], self._connectors[client.name]
        self._kept_for.discard(client.name)
        feed = self._feeds.pop(client.name)
        news = asyncio.get_running_loop().create_task(feed.finish(), context=contextvars.Context())
        self._last_news.add(news)
        news.add_done_callback(self._last_news.discard)
        await feed.finish()

    async def stop(self) -> None:
        """Stop all: what they have read is finished, what was flushed is delivered, what waits for a connection fails.

        If cancelled, which is what a deadline does, the connections that are left are cut off.
        """
        self._kept_for.clear()
        patience = 0.0  # after the deadline, or an error: what is left is cut off
        try:
            await asyncio.gather(*(pool.close() for pool in self._pools.values()))
            await asyncio.gather(*(client.stop() for client in self._clients.values()))
            patience = _REST_SECONDS
        finally:
            await self._work_groups.end_kept(patience)
            await asyncio.gather(*(feed.finish() for feed in self._feeds.values()), *self._last_news)
            self._log.flush()


def _carried(add: Callable[[object], None]) -> Callable[[object], None]:
    """Return what adds an event on the running loop, in the order of its calls, wherever it is called."""
    home = asyncio.get_running_loop()

    def carry(event: object) -> None:
        home.call_soon_threadsafe(add, event)

    return carry


@final
class _Lender:
    """Connects for the pool of a client, which is there before anything is decided; and says whether a connection is still good."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._plan: ClientPlan | None = None
        self._connector: Connector | None = None

    def begin(self, plan: ClientPlan, connector: Connector) -> None:
        """Connect by *connector* from now on."""
        self._plan, self._connector = plan, connector

    async def connect(self) -> SocketChannel:
        if self._connector is None:
            raise ConnectionError(f"the pool of the client '{self._name}' cannot connect before the application has started its clients")
        return await self._connector.connect()

    def is_healthy(self, channel: Channel) -> bool | Awaitable[bool]:
        """Ask what the client says of it."""
        return channel.is_active if self._plan is None else self._plan.is_healthy(channel)


def _new_pool(spec: ClientSpec, lender: _Lender) -> FixedChannelPool:
    settings = spec.settings.pool
    assert settings is not None
    return FixedChannelPool(
        lender,
        settings.max_connections,
        max_waiting=settings.max_pending,
        acquire_timeout_seconds=settings.acquire_timeout.total_seconds(),
        health_check=lender.is_healthy,
    )
