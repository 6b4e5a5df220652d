"""Endpoints: the servers and clients of an application that is only looked at: their pipelines, certificates and addresses."""

import errno
import os
import socket
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, final

from pyboot.boot import Blueprint, BootError
from pyboot.components.netty.address import address_text
from pyboot.netty.assembly import ListenerPlan, ServerPlan, server_context
from pyboot.netty.bundles import SslProperties
from pyboot.netty.check import Checked, checked
from pyboot.netty.errors import BindFailedError, BundleError, PathFailedError, PipelineCheckError
from pyboot.netty.pipeline.problem import Problem
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.properties import NettyProperties
from pyboot.netty.refusals import Refusals

from .finding import Finding, Level

type Analyze = Callable[[BaseException], list[Finding]]

PORTS, CERTIFICATES = "ports", "certificates"


@final
class Endpoint(NamedTuple):
    """A server or a client: its name, its address as people write it, and what stands in its pipeline, from the network inwards."""

    kind: str
    name: str
    address: str
    steps: Sequence[Step]


def endpoints(found: Blueprint) -> list[Endpoint]:
    """Return the servers and clients of *found*; none where the network library is not used.

    Raises:
        AssemblyError: labels and settings do not make one of them; everything at once.
    """
    if not uses_network(found):
        return []
    looked_at, refusals = checked(found), Refusals()
    refusals.add(looked_at.errors)
    refusals.settle()
    return endpoints_of(looked_at)


def endpoints_of(looked_at: Checked) -> list[Endpoint]:
    """Return the servers and clients of what was *looked_at*, as far as they can be planned.

    A listener with a pipeline of its own stands behind its server.
    """
    servers = [endpoint for plan in looked_at.servers for endpoint in _of_server(plan)]
    return servers + [Endpoint("client", plan.name, plan.where, plan.pipeline.steps) for plan in looked_at.clients]


def _of_server(plan: ServerPlan) -> Iterator[Endpoint]:
    shared = [address_text(each.place) for each in plan.listeners if each.steps is None]
    if shared:
        yield Endpoint("server", plan.name, ", ".join(shared), plan.steps)
    for each in plan.listeners:
        if each.steps is not None:
            yield Endpoint("server", f"{plan.name}.{each.key}", address_text(each.place), each.steps)


def uses_network(found: Blueprint) -> bool:
    """Tell whether the auto-configuration of the network library takes part."""
    return any(entry.source.startswith("pyboot.netty.autoconfigure") for entry in found.graph.index.definitions)


def look_through(found: Blueprint, skipped: Collection[str], analyze: Analyze) -> tuple[list[Endpoint], list[Finding]]:
    """Return the servers and clients of *found*, and what is wrong with them; what is *skipped* is not looked at."""
    findings: list[Finding] = []
    if CERTIFICATES not in skipped:
        findings += [finding for error in _certificate_errors(found) for finding in analyze(error)]
    try:
        looked_at = checked(found)
    except BootError as error:
        return [], [*findings, *analyze(error)]
    for refused in looked_at.errors:
        if not (CERTIFICATES in skipped and isinstance(refused, BundleError)):  # of a client, which loads it as it is planned
            findings += analyze(refused)
    findings += map(_of_pipeline, looked_at.problems)
    if PORTS not in skipped:
        findings += [finding for error in taken_addresses(looked_at.servers) for finding in analyze(error)]
    return endpoints_of(looked_at), findings


def _of_pipeline(problem: Problem) -> Finding:
    level = Level.ERROR if problem.is_fatal else Level.WARNING
    return Finding(level, PipelineCheckError.code, f"The pipeline of {problem.pipeline}: {problem.text}", problem.remedy)


def _certificate_errors(found: Blueprint) -> Iterator[BootError]:
    """The errors of loading what the servers encrypt with; one that has expired, or soon will, is logged by who loads it."""
    try:
        servers = found.environment.bind("netty", NettyProperties).servers
        bundles = found.environment.bind("ssl", SslProperties).bundles
    except BootError:  # the settings do not fit, as was found before
        return
    for name, settings in servers.items():
        listeners = {f"{name}.listeners.{key}": listener.tls for key, listener in settings.listeners.items()}
        for place, tls in {name: settings.tls, **listeners}.items() if settings.enabled else ():
            try:
                if tls is not None and tls.enabled:
                    server_context(place, tls, bundles)
            except BootError as error:
                yield error


def taken_addresses(servers: Sequence[ServerPlan]) -> Iterator[BootError]:
    """Iterate over the errors that binding each of *servers* would end with; nothing listens, and every socket is closed again.

    Two sockets that only bind an address do not disturb each other on Linux, so servers with one address are compared.
    """
    first: dict[object, str] = {}
    with ExitStack() as stack:
        for server, listener in ((each, listener) for each in servers for listener in each.listeners):
            place, kind = listener.place, socket.SOCK_DGRAM if server.transport in ("udp", "quic") else socket.SOCK_STREAM
            if not isinstance(place, str) and not place[1]:
                continue  # a free port is free
            if (place, kind) in first:
                reason = f"the server '{first[place, kind]}' listens there as well"
                yield _failure(server, listener, None, reason)
                continue
            first[place, kind] = server.name
            try:
                _bind(place, kind, stack)
            except OSError as error:
                yield _failure(server, listener, error.errno, error.strerror or str(error))


def _failure(server: ServerPlan, listener: ListenerPlan, number: int | None, reason: str) -> BootError:
    if isinstance(listener.place, str):
        return PathFailedError(server.name, listener.place, number, reason, listener.setting)
    return BindFailedError(server.name, *listener.place, number, reason, listener.setting)


def _bind(place: tuple[str, int] | str, of_kind: socket.SocketKind, stack: ExitStack) -> None:
    if isinstance(place, str):
        _look_at_path(Path(place))
        return
    for family, kind, protocol, _, address in socket.getaddrinfo(*place, type=of_kind, flags=socket.AI_PASSIVE):
        bound = stack.enter_context(socket.socket(family, kind, protocol))
        if os.name == "posix" and kind == socket.SOCK_STREAM:  # as a server does, whose predecessor's connections may still be ending
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            bound.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        bound.bind(address)


def _look_at_path(path: Path) -> None:
    """Raise what binding *path* would: nothing is put there to find out."""
    if not path.parent.is_dir():
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    if not path.exists():
        return
    if not path.is_socket():
        raise OSError(errno.EADDRINUSE, "there is a file of that name, which is no socket")
    with socket.socket(socket.AF_UNIX) as peer:
        if peer.connect_ex(str(path)) == 0:
            raise OSError(errno.EADDRINUSE, os.strerror(errno.EADDRINUSE))
