"""The binding of servers: a plan becomes listening channels, or a channel of datagrams, each with the last word of customizers."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple, final

from pyboot.components.netty import Bootstrap, Channel, ServerBootstrap
from pyboot.components.netty.address import address_text
from pyboot.components.netty.channel.fault import log_of

from .assembly import ListenerPlan, ServerPlan
from .connections import Connections
from .customizers import BootstrapCustomizer, ServerBootstrapCustomizer, customize
from .errors import BindFailedError, NoPortError, PathFailedError
from .groups import Group, WorkGroups

if TYPE_CHECKING:
    from pyboot.components.netty import DatagramChannel, ServerSocketChannel  # transports load when an address asks for them

type Address = tuple[str, int]


@final
class Customizers(NamedTuple):
    """The beans that have the last word, in their order: on *servers*, and on datagram servers and clients."""

    servers: Sequence[ServerBootstrapCustomizer] = ()
    others: Sequence[BootstrapCustomizer] = ()


NO_CUSTOMIZERS: Final = Customizers()


@final
class BoundServer:
    """One server that listens: its channels by the keys of its listeners, what bound them, and its connections."""

    __slots__ = ("_bootstraps", "channels", "connections", "name", "plan")

    def __init__(self, plan: ServerPlan) -> None:
        """Begin with no channel."""
        self.name = plan.name
        self.plan = plan
        self.connections = Connections(plan.pipeline)
        self.channels: dict[str, ServerSocketChannel | DatagramChannel] = {}
        self._bootstraps: list[ServerBootstrap] = []

    async def bind(self, plan: ServerPlan, listener: ListenerPlan, groups: WorkGroups, customizers: Customizers) -> None:
        """Bind one listener of *plan*.

        Raises:
            BindFailedError, PathFailedError: the address is taken, not ours or not allowed.
            CustomizerError: a customizer raised.
        """
        worker = groups.worker(plan.worker)
        try:
            if plan.transport == "udp":
                self.channels[listener.key] = await self._bind_datagrams(listener, worker, customizers.others)
            else:
                boss = groups.boss(plan.boss, worker)
                self.channels[listener.key] = await self._listen(plan, listener, boss, worker, customizers.servers)
        except OSError as error:
            # The report of a failed start begins with the innermost cause, and the system's own error knows nothing of servers.
            reason, place = error.strerror or str(error), listener.setting
            if isinstance(listener.place, str):
                raise PathFailedError(plan.name, listener.place, error.errno, reason, place) from None
            raise BindFailedError(plan.name, *listener.place, error.errno, reason, place) from None

    async def _listen(
        self, plan: ServerPlan, listener: ListenerPlan, boss: Group, worker: Group, customizers: Sequence[ServerBootstrapCustomizer]
    ) -> "ServerSocketChannel":
        bootstrap = ServerBootstrap().group(boss, worker).child_handler(self._filling(plan, listener))
        if (proxies := listener.proxies) is not None and plan.quic is None:  # those of HTTP/3 beside TCP do not come by a stream
            seconds, longest = proxies.timeout.total_seconds(), proxies.max_header
            bootstrap.proxy_protocol(proxies.trusted, timeout_seconds=seconds, max_header_bytes=longest, required=proxies.required)
        if plan.quic is not None:
            plan.quic.prepare(bootstrap.group(worker, worker), self._filling(plan, listener))
        for option, value in plan.options.items():
            bootstrap.option(option, value)
        for option, value in listener.child_options.items():
            bootstrap.child_option(option, value)
        for customizer in customizers:
            await customize(customizer, f"the server '{self.name}'", customizer.customize, self.name, bootstrap)
        channel = await bootstrap.bind(listener.place)
        self._bootstraps.append(bootstrap)
        return channel

    def _filling(self, plan: ServerPlan, listener: ListenerPlan) -> Callable[[Channel], None]:
        """Return what fills the connections of *listener*: as the server's, or with the steps of its own."""
        if listener.steps is None:
            return self.connections.accept
        own = plan.pipeline._replace(steps=listener.steps)
        return lambda channel: self.connections.accept(channel, own)

    async def _bind_datagrams(self, listener: ListenerPlan, worker: Group, customizers: Sequence[BootstrapCustomizer]) -> "DatagramChannel":
        bootstrap = Bootstrap().group(worker).handler(self.connections.accept)
        for option, value in listener.child_options.items():
            bootstrap.option(option, value)
        for customizer in customizers:
            await customize(customizer, f"the server '{self.name}'", customizer.customize, self.name, bootstrap)
        return await bootstrap.bind(listener.place)

    def beside(self, listener: ListenerPlan) -> ListenerPlan:
        """Return *listener*, of a server beside this one, at the port that the listener of the same key has here."""
        port: int = self.channels[listener.key].local_address()[1]
        return listener._replace(place=(listener.place[0], port))

    @property
    def address(self) -> Address:
        """The first host and port that were bound; raises `NoPortError` for a server that listens on paths alone."""
        for channel in self.channels.values():
            place = channel.local_address()
            if not isinstance(place, str):
                return place[0], place[1]
        raise NoPortError(self.name, str(self))

    @property
    def addresses(self) -> dict[str, Any]:  # Any: host and port, two more of IPv6, or a path
        """The address that each listener is bound to, by its key."""
        return {key: channel.local_address() for key, channel in self.channels.items()}

    def peer_faults(self) -> dict[str, int]:
        """The number of times that peers were cut off or told of, by reason; of all listeners."""
        counts: Counter[str] = Counter()
        for channel in self.channels.values():
            counts.update(log_of(channel).counts)
        return dict(counts)

    async def stop_listening(self) -> None:
        """Accept nothing more; connections that are open stay, and so does a channel of datagrams, which is its own connection."""
        for bootstrap in self._bootstraps:
            await bootstrap.close()

    async def shutdown_gracefully(self, timeout_seconds: float) -> None:
        """Wait for what handlers have not seen yet of peers that are gone."""
        for bootstrap in self._bootstraps:
            await bootstrap.shutdown_gracefully(0.0, timeout_seconds)

    def told(self) -> list[Channel]:
        """Return the channels that log what repeats in a while."""
        return list(self.channels.values())

    def __str__(self) -> str:
        return ", ".join(address_text(address) for address in self.addresses.values())
