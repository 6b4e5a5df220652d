"""The check of all pipelines of an application, before anything is bound: one report of everything that is wrong. No I/O here."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, final

from pyboot.boot import BeanDefinition, Blueprint
from pyboot.boot.model.stereotype import ApplicationLabel
from pyboot.components.netty import UnpooledByteBufferAllocator

from .allocators import NettyAllocators
from .annotations import ChannelHandlerBeanLabel, NettyClientLabel
from .assembly import ServerPlan, plan_servers
from .errors import EmptyPipelineError, PipelineCheckError
from .observers.edges import check_observers
from .pipeline.beans import owners_in
from .pipeline.check import check_pipeline
from .pipeline.codec import CodecLabel
from .pipeline.forgotten import forgetting, forgotten_handlers, misnamed_pipeline, modules_below
from .pipeline.kinds import BUFFER, DATAGRAM, Kind
from .pipeline.problem import Problem
from .pipeline.registry import CodecRegistry
from .pipeline.steps import HandlerBean, Step
from .properties import NettyProperties
from .specs import ServerBean, in_effect, server_beans, server_names

if TYPE_CHECKING:
    from .client.plan import ClientPlan

_log = logging.getLogger("pyboot.netty")

type CheckedPipeline = tuple[str, Sequence[Step], Kind]  # whose it is, what stands in it, and what the network gives


@final
class Checked(NamedTuple):
    """An application that was looked at: its *servers* and *clients* before they are bound and opened, and all *problems* of pipelines."""

    servers: list[ServerPlan]
    clients: "list[ClientPlan]"
    problems: list[Problem]


def checked(blueprint: Blueprint) -> Checked:
    """Return what the servers and clients of the application of *blueprint* would be, and what is wrong with their pipelines.

    For commands that look into an application: no bean is made, nothing is bound.

    Raises:
        AssemblyError: labels and settings do not make servers, or clients, at all.
    """
    definitions = blueprint.graph.index.definitions
    codecs = CodecRegistry(entry.target for entry in definitions if entry.labels(CodecLabel))
    handlers = [HandlerBean(label, entry.bean_class, _not_made) for entry in definitions for label in entry.labels(ChannelHandlerBeanLabel)]
    properties = in_effect(blueprint.environment.bind("netty", NettyProperties), definitions, blueprint.environment)
    servers, problems = _checked_servers(definitions, handlers, codecs, properties)
    check_observers(definitions, owners_in(definitions, server_names(definitions, properties)))
    if not owners_in(definitions, ()).clients:
        return Checked(servers, [], problems)
    from .client.check import checked_clients  # only applications with clients pay for it, as in the start

    clients, more = checked_clients(blueprint, handlers, codecs, properties)
    return Checked(servers, clients, [*problems, *more])


def _checked_servers(
    definitions: Sequence[BeanDefinition], handlers: Sequence[HandlerBean], codecs: CodecRegistry, properties: NettyProperties
) -> tuple[list[ServerPlan], list[Problem]]:
    servers = server_beans(definitions, properties, lambda entry: getattr(entry.bean_class, "pipeline", ()))
    problems = written_in_vain(definitions, servers, handlers)
    allocators = NettyAllocators(UnpooledByteBufferAllocator.DEFAULT, properties.allocators)
    try:
        plans = plan_servers(servers, handlers, properties, codecs, allocators, owners=owners_in(definitions, ()))
    except EmptyPipelineError as error:
        return [], [*problems, Problem(f"the server '{error.server}'", str(error), error.action)]
    return plans, [*problems, *problems_of(pipelines_of(plans))]


def problems_of(pipelines: Iterable[CheckedPipeline], *, answers: bool = True) -> list[Problem]:
    """Return what is wrong with *pipelines*, each with its owner and its steps; those of clients need not have anybody that *answers*."""
    return [problem for owner, steps, network in pipelines for problem in check_pipeline(owner, steps, network, answers=answers)]


def pipelines_of(plans: Iterable[ServerPlan]) -> list[CheckedPipeline]:
    """Return the pipelines of servers, each with its owner, ``the server 'echo'``, and its steps; instances of a server have one."""
    kinds = {id(plan.steps): plan for plan in reversed(list(plans))}
    return [(f"the server '{plan.name}'", plan.steps, DATAGRAM if plan.transport == "udp" else BUFFER) for plan in reversed(kinds.values())]


def written_in_vain(definitions: Iterable[BeanDefinition], servers: Sequence[ServerBean], handlers: Sequence[HandlerBean]) -> list[Problem]:
    """Return what the application has written for pipelines and none of them has: ``pipelines = ...``, handlers without a label."""
    misnamed = [
        problem
        for server in servers
        if server.target is not None
        for problem in misnamed_pipeline(f"the server '{server.name}'", server.target, "@NettyServer")
    ]
    if not servers:
        return misnamed
    definitions = list(definitions)
    pipelines = [server.pipeline for server in servers] + [
        getattr(entry.bean_class, "pipeline", ()) for entry in definitions if entry.labels(NettyClientLabel)
    ]
    standing = {handler.target for handler in handlers} | {each for pipeline in pipelines for each in _classes_in(pipeline)}
    forgotten = forgotten_handlers(_scanned(definitions), standing)
    return [*misnamed, *forgetting(f"the server '{servers[0].name}'", forgotten)]


def refuse(problems: Sequence[Problem]) -> None:
    """Raise one error for all *problems* if one of them is fatal, else warn of each.

    Raises:
        PipelineCheckError: something is certain to be wrong; the certain comes first.
    """
    if any(problem.is_fatal for problem in problems):
        ordered = sorted(problems, key=lambda problem: not problem.is_fatal)
        raise PipelineCheckError([(problem.pipeline, problem.text, problem.remedy) for problem in ordered])
    for problem in problems:
        _log.warning("%s: %s", problem.pipeline, problem)


def _classes_in(pipeline: object) -> Iterator[type[Any]]:
    """The handler classes that a pipeline names."""
    for entry in pipeline if isinstance(pipeline, list | tuple) else ():
        yield entry if isinstance(entry, type) else type(entry)


def _scanned(definitions: Iterable[BeanDefinition]) -> list[ModuleType]:
    """The modules in which the application's classes were looked for."""
    bases: list[str] = []
    for entry in definitions:
        for label in entry.labels(ApplicationLabel):
            if label.scan is not None:
                bases += [base if isinstance(base, str) else base.__name__ for base in label.scan]
            elif "<locals>" not in entry.bean_class.__qualname__:
                module = entry.bean_class.__module__
                bases.append(module.rpartition(".")[0] or module)
    return modules_below(bases)


def _not_made(store: object) -> Any:
    raise RuntimeError("the application is only looked at: no handler is made")
