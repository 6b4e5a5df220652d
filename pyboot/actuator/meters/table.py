"""The table of all meters that the framework brings: what binders observe, and what the reference page is made of."""

from typing import Final, NamedTuple

from .meter import BYTES, SECONDS, MeterKind, MeterSpec


class BuiltIn(NamedTuple):
    """One row: what it is, and the names of its tags."""

    spec: MeterSpec
    tags: tuple[str, ...] = ()


def _row(name: str, kind: MeterKind, unit: str, tags: str, description: str) -> BuiltIn:
    merge = "max" if name in _LARGEST else "sum"
    return BuiltIn(MeterSpec(name, kind, unit, description, merge), tuple(tags.split()))


_COUNTER, _GAUGE, _TIMER = MeterKind.COUNTER, MeterKind.GAUGE, MeterKind.TIMER

_LARGEST: Final = frozenset(
    {
        "application.started.time",
        "application.ready.time",
        "application.startup.step.time",
        "scheduled.last",
        "scheduled.next",
        "process.uptime",
        "process.start.time",
        "system.cpu.count",
        "system.load.average.1m",
        "jvm.memory.max",
        "cluster.nodes",
        "cluster.echo",
    }
)
"""The gauges that do not add up over several workers: the largest counts."""

ROWS: Final = (
    _row("netty.server.connections", _GAUGE, "", "server", "Connections that are open."),
    _row("netty.server.connections.max", _GAUGE, "", "server listener", "Connections that a listener allows; 0 for any number."),
    _row("netty.server.connections.accepted", _COUNTER, "", "server listener", "Clients taken from the system's queue, refused ones too."),
    _row("netty.server.connections.opened", _COUNTER, "", "server", "Connections that were opened."),
    _row("netty.server.connections.closed", _COUNTER, "", "server reason", "Connections that have ended, by why: `CloseReason`."),
    _row("netty.server.connections.rejected", _COUNTER, "", "server listener reason", "Clients closed at once, by `RefusalReason`."),
    _row("netty.server.connection.duration", _TIMER, SECONDS, "server", "The time that ended connections were open."),
    _row(
        "netty.server.bytes",
        _COUNTER,
        BYTES,
        "server direction",
        "Bytes that came (in) and went (out), in all.",
    ),
    _row("netty.server.messages", _COUNTER, "", "server direction", "Messages that decoders made (in), and the network took (out)."),
    _row("netty.server.reads", _COUNTER, "", "server", "Reads from the network."),
    _row("netty.server.writes", _COUNTER, "", "server", "Runs of messages that were handed to the network."),
    _row("netty.server.flushes", _COUNTER, "", "server", "Flushes of channels."),
    _row("netty.server.errors", _COUNTER, "", "server", "Errors that callbacks of handlers have raised."),
    _row("netty.handler.errors", _COUNTER, "", "server listener handler", "The same by handler."),
    _row("netty.server.peer.faults", _COUNTER, "", "server listener reason", "What peers did that the log tells of, by its reason."),
    _row("netty.channel.pending.bytes", _GAUGE, BYTES, "server", "Bytes that were written and not taken by the network."),
    _row("netty.channel.unwritable", _GAUGE, "", "server", "Connections past their high water mark."),
    _row("netty.channel.mailbox.full", _GAUGE, "", "server", "Mailboxes of coroutine handlers without room."),
    _row("netty.channel.mailbox.bytes", _GAUGE, BYTES, "server", "Bytes that wait in mailboxes of coroutine handlers."),
    _row("netty.tls.handshake", _TIMER, SECONDS, "server listener outcome", "TLS handshakes, success and failure, and the time they took."),
    _row("netty.client.connected", _GAUGE, "", "client", "1 while there is a connection."),
    _row("netty.client.connects", _COUNTER, "", "client outcome", "Attempts to connect that succeeded or failed."),
    _row("netty.client.reconnects", _COUNTER, "", "client", "Connections that were made after the first one."),
    _row("netty.client.lost", _COUNTER, "", "client", "Connections that were lost."),
    _row("netty.client.queued", _GAUGE, "", "client", "Messages that wait for a connection."),
    _row("netty.client.queued.bytes", _GAUGE, BYTES, "client", "Bytes that wait for a connection."),
    _row("netty.eventloop.lag", _TIMER, SECONDS, "loop", "The delay of a timer of the loop, ten times a second."),
    _row("netty.eventloop.ready", _GAUGE, "", "loop", "Callbacks that wait for their turn; asyncio's loop alone tells."),
    _row("netty.eventloop.tasks", _GAUGE, "", "loop", "Tasks of asyncio that have not ended."),
    _row("netty.eventloop.channels", _GAUGE, "", "loop", "Channels that live on the loop."),
    _row("netty.eventloop.blocked", _COUNTER, "", "callback", "Callbacks that have blocked their loop, by name."),
    _row(
        "http.server.requests",
        _TIMER,
        SECONDS,
        "method uri status outcome exception",
        "Requests that servers have answered, until the response was handed to the network; uri is the template of the path.",
    ),
    _row(
        "http.client.requests",
        _TIMER,
        SECONDS,
        "client.name method uri status outcome exception",
        "Requests of the beans of HttpClient, until the head of the response; client.name is the host.",
    ),
    _row("netty.memory.held", _GAUGE, BYTES, "", "Bytes that all channels hold: not taken by the network, or in full mailboxes."),
    _row("netty.memory.limit", _GAUGE, BYTES, "", "The limit of it, `netty.memory-limit`; 0 for none."),
    _row("netty.memory.stopped", _GAUGE, "", "", "Channels that do not read because of the limit."),
    _row("netty.allocator.buffers", _GAUGE, "", "allocator", "Buffers that were made and not released, lost ones included."),
    _row("netty.allocator.cached", _GAUGE, BYTES, "allocator", "Bytes of blocks that wait to be used again."),
    _row("netty.allocator.blocks", _COUNTER, "", "allocator source", "Blocks that were made, or reused."),
    _row("netty.leaks", _COUNTER, "", "", "Places in the program that have lost buffers; the log has each."),
    _row("application", MeterKind.INFO, "", "name python version", "What runs: the application's name, Python's and pyboot's version."),
    _row("application.started.time", _GAUGE, SECONDS, "", "The time that the start took until the servers were up."),
    _row("application.ready.time", _GAUGE, SECONDS, "", "The time until the application was ready."),
    _row("application.startup.step.time", _GAUGE, SECONDS, "step", "The steps of the start, with the time inside each."),
    _row("scheduled.runs", _COUNTER, "", "task outcome", "Runs of scheduled methods, by success and failure."),
    _row("scheduled.last", _GAUGE, SECONDS, "task", "When a scheduled method ran last, in seconds since the epoch."),
    _row("scheduled.next", _GAUGE, SECONDS, "task", "When it will run next."),
    _row("executor.active", _GAUGE, "", "", "Background tasks that have not ended."),
    _row("executor.queued", _GAUGE, "", "", "Work in the worker threads that waits or runs."),
    _row("executor.pool.max", _GAUGE, "", "", "Worker threads at most."),
    _row("cluster.up", _GAUGE, "", "", "1 while the node is up, which has its engine and its lease."),
    _row("cluster.nodes", _GAUGE, "", "", "Nodes that this one sees, itself included."),
    _row("cluster.echo", _GAUGE, SECONDS, "", "The time that the node's last heartbeat took to the engine and back."),
    _row("cluster.losses", _COUNTER, "", "", "How often the engine was lost."),
    _row("cluster.queue.messages", _GAUGE, "", "", "Messages for other nodes that wait for the engine."),
    _row("cluster.queue.bytes", _GAUGE, BYTES, "", "Their bytes."),
    _row("cluster.queue.dropped", _COUNTER, "", "", "Messages that were dropped there for want of room or time."),
    _row("cluster.frames.unknown", _COUNTER, "", "", "Frames that this version does not know."),
    _row("cluster.strangers", _COUNTER, "", "", "Messages that were not heeded because their sender has no lease."),
    _row("cluster.sessions", _GAUGE, "", "", "Sessions of this node."),
    _row("cluster.sessions.kicked", _COUNTER, "", "", "Sessions of this node that a later claim has ended."),
    _row("cluster.group.members", _GAUGE, "", "group", "Members of a group on this node."),
    _row("cluster.group.sent", _COUNTER, "", "group", "Messages of this node to a group."),
    _row("cluster.group.missed", _COUNTER, "", "group", "Messages of other nodes to a group that did not arrive."),
    _row("cluster.group.duplicates", _COUNTER, "", "group", "Messages that came twice and were heard once."),
    _row("cluster.group.dropped", _COUNTER, "", "group", "Messages that members here did not get because they did not read."),
    _row("logging.events", _COUNTER, "", "level", "Records that were logged."),
    _row("process.uptime", _GAUGE, SECONDS, "", "The time that the process has run."),
    _row("process.start.time", _GAUGE, SECONDS, "", "When the process began, in seconds since the epoch."),
    _row("process.cpu.time", _COUNTER, SECONDS, "", "Processor time that the process has used."),
    _row("process.cpu.usage", _GAUGE, "", "", "The share of all processors that the process had since somebody asked last, 0 to 1."),
    _row("process.files.open", _GAUGE, "", "", "Descriptors that are open."),
    _row("process.files.max", _GAUGE, "", "", "Descriptors that may be open."),
    _row("process.threads", _GAUGE, "", "", "Threads of the process."),
    _row("process.memory.resident", _GAUGE, BYTES, "", "Memory of the process that is in use."),
    _row("system.cpu.count", _GAUGE, "", "", "Processors that the process may use."),
    _row(
        "system.cpu.usage", _GAUGE, "", "", "The share of all processors of the machine that was in use since somebody asked last, 0 to 1."
    ),
    _row("system.load.average.1m", _GAUGE, "", "", "Processes that ran or waited to, in the last minute."),
    _row("python.gc.collections", _COUNTER, "", "generation", "Runs of the collector."),
    _row("python.gc.collected", _COUNTER, "", "generation", "Objects that it has freed."),
    _row("python.gc.uncollectable", _COUNTER, "", "generation", "Objects that it could not free."),
    _row(
        "jvm.memory.used",
        _GAUGE,
        BYTES,
        "area",
        "The resident memory: what is the process's own is heap, what it shares is nonheap; so named for Spring Boot Admin.",
    ),
    _row("jvm.memory.max", _GAUGE, BYTES, "area", "The memory of the control group, or of the machine; as above, -1 for no limit."),
    _row("jvm.memory.committed", _GAUGE, BYTES, "area", "As jvm.memory.used."),
    _row("jvm.gc.pause", _TIMER, SECONDS, "", "Runs of Python's collector, while nothing else ran; as above."),
    _row("jvm.threads.live", _GAUGE, "", "", "Python's threads; as above."),
    _row("jvm.threads.daemon", _GAUGE, "", "", "Those that the process does not wait for; as above."),
    _row("jvm.threads.peak", _GAUGE, "", "", "The most of them that were seen; as above."),
    _row("pyboot.workers", _GAUGE, "", "state", "Processes of the application, by state; where there are several."),
    _row("pyboot.worker.restarts", _COUNTER, "", "worker", "How often a worker has ended unasked and was followed by another one."),
    _row("pyboot.worker.silent", _GAUGE, "", "worker", "1 for a worker that has not answered in time: what it told before is in the sums."),
    _row("meters.failed", _COUNTER, "", "", "Meters that could not be read when somebody asked."),
    _row("meters.refused", _COUNTER, "", "name", "Meters that were not kept because their name has too many, by name."),
)

BY_NAME: Final = {row.spec.name: row for row in ROWS}


def spec_of(name: str) -> MeterSpec:
    """Return what the table says of the meter *name*."""
    return BY_NAME[name].spec


def group_of(name: str) -> str:
    """Return the heading that the meter *name* stands below."""
    parts = name.split(".")
    return ".".join(parts[:2]) if parts[0] == "netty" else parts[0]


def has_buckets(name: str) -> bool:
    """Tell whether the timer *name* has buckets where no setting says so."""
    return name == "netty.eventloop.lag"


def page() -> str:
    """Return the reference page of all meters: names, kinds and tags as the endpoints tell them, and what Prometheus calls them."""
    from .exposition import named_family
    from .meter import Distribution, Family, Sample

    lines = [_HEAD]
    group = ""
    for row in ROWS:
        spec = row.spec
        if (own := group_of(spec.name)) != group:
            group = own
            lines.append(f"\n## {group}\n\n| meter | kind | tags | Prometheus | |\n|---|---|---|---|---|\n")
        value = Distribution(0, 0.0, 0.0, [(1.0, 0)] if has_buckets(spec.name) else []) if spec.kind is MeterKind.TIMER else 0
        named = named_family(Family(spec, [Sample((), value)]))
        suffix = {"counter": "_total", "info": "_info", "summary": "_count, _sum, _max", "histogram": "_bucket, _count, _sum, _max"}
        shown = f"`{named.name}` {suffix[named.type]}" if spec.kind is MeterKind.TIMER else f"`{named.name}{suffix.get(named.type, '')}`"
        kind = f"{spec.kind}, {spec.unit}" if spec.unit else str(spec.kind)
        tags = ", ".join(f"`{tag}`" for tag in row.tags)
        lines.append(f"| `{spec.name}` | {kind} | {tags} | {shown} | {spec.description} |\n")
    return "".join(lines)


_HEAD: Final = """# The meters

All that the framework tells by itself where the starter `pyboot-starter-actuator` is installed. The endpoint `metrics` calls them as in
the first column, Prometheus as in the fourth. A counter only rises while the application runs: connections and servers that have ended
are in it. What has not happened, with any of its tags, is left out. [How to measure and scrape](../howto/measure-and-scrape.md) has the
rest.

This page is made of the table in the code: `uv run python -m pyboot.actuator.meters.table > docs/reference/meters.md`.
"""

if __name__ == "__main__":
    print(page(), end="")
