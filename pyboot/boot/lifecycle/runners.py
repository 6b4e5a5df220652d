"""Runners: beans that are called once with the command line, when the application has started."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Sequence
from functools import partial

from pyboot.boot.config.names import join_key
from pyboot.boot.config.read.arguments import read_arguments
from pyboot.boot.config.tree import leaves
from pyboot.boot.container.callbacks import Step, take
from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.model.key import BeanKey
from pyboot.boot.record import Record


class ApplicationArguments(Record):
    """The command line as a bean: all of it, and the arguments that are no ``--name=value``."""

    raw: tuple[str, ...] = ()
    positional: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()

    def __repr__(self) -> str:
        return f"<ApplicationArguments {', '.join(name for name, _ in self.options)}>"  # not their values, which may be secrets

    @classmethod
    def of(cls, arguments: Sequence[str]) -> "ApplicationArguments":
        """Read *arguments*."""
        tree, others = read_arguments(arguments)
        return cls(tuple(arguments), others, tuple((join_key(path), leaf.text or "") for path, leaf in leaves(tree)))


class ApplicationRunner(ABC):
    """A bean that does its work once at the start, in the order of ``@Order``; an application of runners alone ends after them."""

    @abstractmethod
    def run(self, arguments: ApplicationArguments) -> Awaitable[None] | None:
        """Do the work, as ``def`` or ``async def``; an exception fails the start."""


def has_runners(context: ApplicationContext) -> bool:
    """Tell whether the application has work of its own to do at the start."""
    return any(entry.inherited is None for entry in context.graph.index.offering(BeanKey(ApplicationRunner)))


async def call_runners(context: ApplicationContext, step: Step = take) -> None:
    """Call the runners of *context*, one after the other, each by *step*, which may raise; those of a parent have run already."""
    arguments = context.get(ApplicationArguments)
    for definition in context.graph.index.offering(BeanKey(ApplicationRunner)):
        if definition.inherited is None:
            await step(f"running '{definition.name}'", partial(context.bean(definition).run, arguments))
