"""Runners: beans that are called once with the command line, when the application has started."""

import inspect
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable, Sequence
from functools import partial
from typing import Any, get_origin

from pyboot.boot.config.names import join_key
from pyboot.boot.config.read.arguments import read_arguments
from pyboot.boot.config.tree import leaves
from pyboot.boot.container.callbacks import Step, take
from pyboot.boot.container.context import ApplicationContext
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.key import BeanKey
from pyboot.boot.model.origin import origin_of
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
    def run(self, arguments: ApplicationArguments, /) -> Awaitable[None] | None:
        """Do the work, as ``def`` or ``async def``; an exception fails the start."""


def check_runners(unlabelled: Iterable[type], definitions: Iterable[BeanDefinition]) -> None:
    """Refuse runners that would not run: those of *definitions* that do not take the arguments, and classes without a label.

    A class that some bean derives from may be left without one, and so may all where a function promises an `ApplicationRunner`.

    Raises:
        DefinitionError: there is such a runner.
    """
    provided: list[Any] = [entry.provides for entry in definitions]
    kinds = [kind for kind in (get_origin(hint) or hint for hint in provided) if isinstance(kind, type)]
    for kind in kinds:
        if issubclass(kind, ApplicationRunner) and not _takes_arguments(kind):
            reason = "it is called with the arguments of the command line: write run(self, arguments)"
            raise DefinitionError(f"{kind.__qualname__}.run", str(origin_of(kind.run)), reason)
    if ApplicationRunner in kinds:
        return
    used = {base for kind in kinds for base in kind.__mro__}
    for target in unlabelled:
        if issubclass(target, ApplicationRunner) and target not in used and not inspect.isabstract(target):
            raise DefinitionError(target.__qualname__, str(origin_of(target)), "it is a runner that never runs: label the class @Component")


def _takes_arguments(kind: type[ApplicationRunner]) -> bool:
    method = inspect.getattr_static(kind, "run")
    if not inspect.isfunction(method):  # a static method, a partial: what it takes is seen when it runs
        return True
    try:
        inspect.signature(method).bind("self", "arguments")
    except TypeError:
        return False
    return True


def has_runners(context: ApplicationContext) -> bool:
    """Tell whether the application has work of its own to do at the start."""
    return any(entry.inherited is None for entry in context.graph.index.offering(BeanKey(ApplicationRunner)))


async def call_runners(context: ApplicationContext, step: Step = take) -> None:
    """Call the runners of *context*, one after the other, each by *step*, which may raise; those of a parent have run already."""
    arguments = context.get(ApplicationArguments)
    for definition in context.graph.index.offering(BeanKey(ApplicationRunner)):
        if definition.inherited is None:
            await step(f"running '{definition.name}'", partial(context.bean(definition).run, arguments))
