"""The check of the pipelines of clients, in the start and for commands that look into an application. No I/O but reading certificates."""

from collections.abc import Iterable, Sequence

from pyboot.boot import BeanDefinition
from pyboot.boot.model.registrar import KnownSettings
from pyboot.components.netty import UnpooledByteBufferAllocator
from pyboot.netty.allocators import NettyAllocators
from pyboot.netty.bundles import SslProperties
from pyboot.netty.pipeline.beans import owners_in
from pyboot.netty.pipeline.belonging import belonging
from pyboot.netty.pipeline.check import check_pipeline
from pyboot.netty.pipeline.problem import Problem
from pyboot.netty.pipeline.registry import CodecRegistry
from pyboot.netty.pipeline.steps import HandlerBean
from pyboot.netty.properties import NettyProperties
from pyboot.netty.refusals import Refusals
from pyboot.netty.specs import server_names

from .plan import ClientPlan, plan_clients
from .specs import client_specs


def checked_clients(
    definitions: Sequence[BeanDefinition],
    environment: KnownSettings,
    handlers: Sequence[HandlerBean],
    codecs: CodecRegistry,
    properties: NettyProperties,
    refusals: Refusals,
) -> tuple[list[ClientPlan], list[Problem]]:
    """Return what the clients of the application of *definitions* would be, and what is wrong with their pipelines; no bean is made.

    Where labels and settings do not make a client at all is noted in *refusals*.
    """
    specs = [spec for spec in client_specs(definitions, environment) if spec.is_enabled]
    labelled = {spec.name: spec.labelled.bean_class for spec in specs if spec.labelled is not None}  # their pipelines stand in the classes
    noted = Refusals()  # what is wrong with servers is no doubt of a client
    behind = belonging(handlers, owners_in(definitions, server_names(definitions, properties)), noted).clients
    allocators = NettyAllocators(UnpooledByteBufferAllocator.DEFAULT, properties.allocators)
    bundles = environment.bind("ssl", SslProperties).bundles
    plans = plan_clients(specs, labelled, behind, codecs, allocators, bundles, refusals=noted, groups=list(properties.groups))
    refusals.add(noted.errors)
    return plans, client_problems(plans)


def client_problems(plans: Iterable[ClientPlan]) -> list[Problem]:
    """Return what is wrong with the pipelines of *plans*, once for each kind: its instances have one pipeline."""
    kinds = {plan.name.partition(".")[0]: plan for plan in plans}
    return [
        problem for name, plan in kinds.items() for problem in check_pipeline(f"the client '{name}'", plan.pipeline.steps, answers=False)
    ]
