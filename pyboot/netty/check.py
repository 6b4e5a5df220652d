"""The check of all pipelines of an application, before anything is bound: one report of everything that is wrong. No I/O here."""

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple, final

from pyboot.boot import ApplicationContext, BeanDefinition, Blueprint
from pyboot.boot.errors import BindError
from pyboot.boot.model.registrar import KnownSettings
from pyboot.boot.model.stereotype import ApplicationLabel
from pyboot.components.netty import UnpooledByteBufferAllocator

from .allocators import NettyAllocators
from .annotations import ChannelHandlerBeanLabel, NettyClientLabel
from .assembly import ServerPlan, plan_servers
from .errors import AssemblyError, EmptyPipelineError, PipelineCheckError, UnknownResourceError, UnknownServerError
from .observers.edges import check_observers
from .pipeline.beans import owners_in
from .pipeline.check import check_pipeline
from .pipeline.codec import CodecLabel
from .pipeline.forgotten import forgetting, forgotten_handlers, misnamed_pipeline, modules_below
from .pipeline.kinds import BUFFER, DATAGRAM
from .pipeline.problem import Problem
from .pipeline.registry import CodecRegistry
from .pipeline.steps import HandlerBean
from .properties import NettyProperties, ServerProperties
from .refusals import Refusals
from .specs import ServerBean, in_effect, server_beans, server_names

if TYPE_CHECKING:
    from .client.plan import ClientPlan

_log = logging.getLogger("pyboot.netty")


@final
class Checked(NamedTuple):
    """An application that was looked at: its *servers* and *clients* before they are bound and opened, as far as they can be planned.

    *errors*: where labels and settings do not make a server or a client at all; *problems*: what is wrong with pipelines.
    """

    servers: list[ServerPlan]
    clients: "list[ClientPlan]"
    problems: list[Problem]
    errors: list[AssemblyError]


def checked(application: Blueprint | ApplicationContext) -> Checked:
    """Return what the servers and clients of *application* would be, and everything that is wrong with them.

    No bean is made, nothing is bound, and no certificate of a server is loaded.
    """
    definitions, environment = application.graph.index.definitions, application.environment
    refusals, clients = Refusals(), list["ClientPlan"]()
    codecs = CodecRegistry(entry.target for entry in definitions if entry.labels(CodecLabel))
    handlers = [HandlerBean(label, entry.bean_class, _not_made) for entry in definitions for label in entry.labels(ChannelHandlerBeanLabel)]
    properties, in_doubt = _settings(environment)
    properties = in_effect(properties, definitions, environment)
    owners = owners_in(definitions, server_names(definitions, properties))
    servers = server_beans(definitions, properties, lambda entry: getattr(entry.bean_class, "pipeline", ()))
    allocators = NettyAllocators(UnpooledByteBufferAllocator.DEFAULT, properties.allocators)
    plans = plan_servers(servers, handlers, properties, codecs, allocators, owners=owners_in(definitions, ()), refusals=refusals)
    heard = check_observers(definitions, owners, refusals)
    problems = [*written_in_vain(definitions, servers, handlers), *problems_of(plans, heard)]
    if owners.clients:
        from .client.check import checked_clients  # only applications with clients pay for it, as in the start

        clients, more = checked_clients(definitions, environment, handlers, codecs, properties, refusals)
        problems += more
    refusals.take(*in_doubt)
    return Checked(plans, clients, problems, refusals.errors)


def _settings(environment: KnownSettings) -> tuple[NettyProperties, Sequence[type[AssemblyError]]]:
    """Return the settings of servers, and the kinds of errors that say nothing, since some settings do not fit.

    What does not fit is told by who binds it as a bean. A server whose own settings do not fit counts as switched off.
    """
    with suppress(BindError):
        return environment.bind("netty", NettyProperties), ()
    servers: dict[str, ServerProperties] = {}
    for name in environment.entries("netty.servers"):
        servers[name] = ServerProperties.model_construct(enabled=False)
        with suppress(BindError):
            servers[name] = environment.bind(f"netty.servers.{name}", ServerProperties, judged=False)
    return NettyProperties.model_construct(servers=servers), (UnknownResourceError, UnknownServerError)


def _of_empty(refusals: Refusals) -> list[Problem]:
    """Take the errors of empty pipelines out of *refusals*: what is written in vain beside them is mostly why they are empty."""
    taken = refusals.take(EmptyPipelineError)
    return [Problem(f"the server '{error.server}'", str(error), error.action) for error in taken]


def problems_of(plans: Iterable[ServerPlan], heard: Collection[str] = ()) -> list[Problem]:
    """Return what is wrong with the pipelines of servers; instances of a server have one.

    Whose channels are *heard* of need not have anybody in the pipeline who answers.
    """
    kinds = {id(plan.steps): plan for plan in reversed(list(plans))}
    return [
        problem
        for plan in reversed(kinds.values())
        for problem in check_pipeline(
            f"the server '{plan.name}'",
            plan.steps,
            DATAGRAM if plan.transport == "udp" else BUFFER,
            answers=plan.name.partition(".")[0] not in heard,
        )
    ]


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


def refuse(problems: Sequence[Problem], refusals: Refusals, look: Callable[[], Checked]) -> None:
    """Raise one error for what was noted in *refusals* and all *problems*, if one of them is fatal; else warn of each.

    Servers and clients start one after the other: where one is refused, *look* tells what the others would be refused for.

    Raises:
        PipelineCheckError: pipelines are certain to be wrong; the certain comes first.
        AssemblyError: labels and settings do not make a server or a client, or several of all these, at once.
    """
    if refusals.count or any(problem.is_fatal for problem in problems):
        found = look()
        refusals.add(found.errors)
        wrong = list(dict.fromkeys([*problems, *found.problems]))
        if any(problem.is_fatal for problem in wrong):
            ordered = sorted([*wrong, *_of_empty(refusals)], key=lambda problem: not problem.is_fatal)
            refusals.add([PipelineCheckError([(problem.pipeline, problem.text, problem.remedy) for problem in ordered])])
        refusals.settle()
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
