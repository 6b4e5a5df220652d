"""The meters of servers: connections, bytes and messages of each, summed over all that it has had."""

from collections.abc import Callable, Iterable, Iterator
from itertools import batched
from typing import Any, Final, final

from pyboot.components.netty import ServerSocketChannel
from pyboot.components.netty.channel.close_reason import CloseReason, RefusalReason
from pyboot.components.netty.channel.fault import log_of
from pyboot.components.netty.channel.traffic import Traffic
from pyboot.netty.binder import BoundServer
from pyboot.netty.servers import NettyServers

from .meter import Distribution
from .registry import MeterRegistry
from .table import spec_of

# Adding up a channel takes a tenth of a microsecond compiled and three uncompiled; looking at its mailboxes another one.
_CHANNELS_PER_STEP: Final = 50

_KNOWN_REASONS: Final = frozenset({*CloseReason, *RefusalReason})
_MOST_FAULTS: Final = 50  # reasons of faults that are no reasons of closing: names of errors, which are few

type Values = Iterable[tuple[dict[str, object], Any]]


@final
class _Snapshot:
    """The counts of one server at one moment."""

    def __init__(self) -> None:
        self.open = self.opened = 0
        self.closed: dict[str, int] = {}
        self.seconds_open = self.longest = 0.0
        self.traffic = Traffic()
        self.pending = self.unwritable = self.mailed = self.full_mailboxes = 0


@final
class ServerMeters:
    """Observes all servers that listen; the counts of one that has stopped stay until the application ends."""

    def __init__(self, servers: NettyServers) -> None:
        """Take the servers."""
        self._servers = servers
        self._seen: dict[str, BoundServer] = {}
        self._snapshots: dict[str, _Snapshot] = {}

    def bind_to(self, registry: MeterRegistry, /) -> None:
        """Observe them."""
        registry.add_source(self)
        one, listeners = self._of_servers, self._of_listeners
        for name, read in {
            "connections": one(lambda shot: [({}, shot.open)]),
            "connections.opened": one(lambda shot: [({}, shot.opened)]),
            "connections.closed": one(lambda shot: [({"reason": reason}, count) for reason, count in shot.closed.items()]),
            "connection.duration": one(lambda shot: [({}, Distribution(sum(shot.closed.values()), shot.seconds_open, shot.longest))]),
            "bytes": one(lambda shot: _directions(shot.traffic.bytes_in, shot.traffic.bytes_out)),
            "messages": one(lambda shot: _directions(shot.traffic.messages_in, shot.traffic.messages_out)),
            "reads": one(lambda shot: [({}, shot.traffic.reads)]),
            "writes": one(lambda shot: [({}, shot.traffic.writes)]),
            "flushes": one(lambda shot: [({}, shot.traffic.flushes)]),
            "errors": one(lambda shot: [({}, shot.traffic.errors)]),
            "connections.max": listeners(lambda channel: _if_listening(channel, "max_connections")),
            "connections.accepted": listeners(lambda channel: _if_listening(channel, "accepted")),
            "connections.rejected": listeners(_rejected),
            "peer.faults": listeners(_faults),
        }.items():
            registry.observe(spec_of(f"netty.server.{name}"), read)
        registry.observe(spec_of("netty.handler.errors"), listeners(_errors))
        registry.observe(spec_of("netty.tls.handshake"), listeners(_handshakes))
        registry.observe(spec_of("netty.channel.pending.bytes"), one(lambda shot: [({}, shot.pending)]))
        registry.observe(spec_of("netty.channel.unwritable"), one(lambda shot: [({}, shot.unwritable)]))
        registry.observe(spec_of("netty.channel.mailbox.full"), one(lambda shot: [({}, shot.full_mailboxes)]))
        registry.observe(spec_of("netty.channel.mailbox.bytes"), one(lambda shot: [({}, shot.mailed)]))

    def prepare(self) -> Iterator[None]:
        """Add up each server's channels, some at a time: a sum over ten thousand must not hold up the loop."""
        self._seen.update(self._servers.bound)
        for name, server in list(self._seen.items()):
            counted, shot = server.connections.counted(), _Snapshot()
            total = counted.departed
            shot.opened, shot.closed, shot.open = counted.opened, dict(counted.closed), len(counted.channels)
            shot.seconds_open, shot.longest = counted.seconds_open, counted.longest
            for some in batched(counted.channels, _CHANNELS_PER_STEP):
                total.add_all(some)
                for channel in some:
                    shot.mailed += channel.reading.mailed_bytes
                    shot.full_mailboxes += channel.reading.full_mailboxes
                yield
            shot.traffic, shot.pending, shot.unwritable = total.traffic(), int(total.pending), int(total.unwritable)
            self._snapshots[name] = shot

    def _of_servers(self, read: Callable[[_Snapshot], Values]) -> Callable[[], Values]:
        def values() -> Values:
            for name, shot in list(self._snapshots.items()):
                for tags, value in read(shot):
                    yield {"server": name, **tags}, value

        return values

    def _of_listeners(self, read: Callable[[Any], Values]) -> Callable[[], Values]:
        def values() -> Values:
            for name, server in list(self._seen.items()):
                for key, channel in server.channels.items():
                    for tags, value in read(channel):
                        yield {"server": name, "listener": key or "main", **tags}, value

        return values


def _directions(came: int, went: int) -> Values:
    return [({"direction": "in"}, came), ({"direction": "out"}, went)]


def _if_listening(channel: Any, attribute: str) -> Values:
    return [({}, getattr(channel, attribute))] if isinstance(channel, ServerSocketChannel) else []


def _rejected(channel: Any) -> Values:
    return [({"reason": reason}, count) for reason, count in channel.refused.items()] if isinstance(channel, ServerSocketChannel) else []


def _faults(channel: Any) -> Values:
    counts = dict(log_of(channel).counts)
    known = [reason for reason in counts if reason in _KNOWN_REASONS]
    others = [reason for reason in counts if reason not in _KNOWN_REASONS]
    return [({"reason": reason}, counts[reason]) for reason in [*known, *others[:_MOST_FAULTS]]]


def _errors(channel: Any) -> Values:
    return [({"handler": handler}, int(count)) for handler, count in log_of(channel).tally.counts("error").items()]


def _handshakes(channel: Any) -> Values:
    tally = log_of(channel).tally
    seconds = tally.counts("tls.handshake.seconds")
    counts = tally.counts("tls.handshake")
    return [({"outcome": each}, Distribution(int(count), seconds.get(each, 0.0), 0.0)) for each, count in counts.items()]
