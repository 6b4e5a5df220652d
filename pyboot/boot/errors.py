"""The errors of the container. They hold facts; what to do about each is written in ``diagnostics``.

::

    BootError
    ├── ApplicationNotFoundError      the target names nothing that can be imported
    │   └── ModuleImportError         one of the user's modules raised while it was imported
    ├── UnguardedRunError             a module runs the application while it is imported
    ├── NestedRunError                the application is run inside a loop that runs already
    ├── UnknownOptionError            the command line has options that nobody knows
    ├── NotAnApplicationError         it can, but nothing there is labelled @PyBootApplication
    ├── ConfigurationError            the settings are wrong
    │   ├── ConfigFileError           a file cannot be read
    │   │   └── ConfigNotFoundError   a file that another one imports is missing
    │   ├── PlaceholderError          ${...} leads nowhere, or in a circle
    │   └── BindError                 values that a properties class refuses, all of them
    ├── DefinitionError               a label is used in a way that means nothing
    ├── BeanClashError                two beans of one name
    ├── GraphError                    everything that is wrong with the graph, at once
    ├── MissingBeanError              nobody offers what is required
    ├── AmbiguousBeanError            several do, and nothing tells them apart
    ├── CircularDependencyError       beans that need each other before they can be made
    ├── ScopeMismatchError            a long-lived bean wants to hold a short-lived one
    ├── BeanCreationError             a constructor or factory raised
    ├── MissingPackageError           a feature is asked for whose library is not installed
    ├── StartupBudgetError            the start took longer than it may
    ├── BeanNotReadyError             asked for synchronously, made asynchronously; or without its store
    ├── LifecycleError                a bean failed to start
    ├── ClosedContextError            the context has been closed
    └── ClosedStoreError              a scope store has been closed
"""

from collections.abc import Sequence
from typing import dataclass_transform

from .record import Record, facts_of, given_facts


@dataclass_transform(eq_default=False)
class BootError(Exception):
    """Root of everything that the container raises; ``code`` is stable and has its entry in the catalogue of errors.

    The annotated names of a subclass are its facts: parameters of its constructor, in their order, and attributes.
    """

    code = "PB-E000"

    def __init__(self, *facts: object, **named: object) -> None:
        super().__init__(*facts)
        if facts_of(type(self), BootError):  # else a class with a constructor of its own
            vars(self).update(given_facts(type(self), BootError, facts, named))


class ApplicationNotFoundError(BootError):
    """The application *target* cannot be imported; *reason* says how the import ended."""

    code = "PB-E001"
    target: str
    reason: str

    def __str__(self) -> str:
        return f"The application '{self.target}' cannot be imported: {self.reason}"


class ModuleImportError(ApplicationNotFoundError):
    """A module of the application raised *reason* at *location* while *target* was imported."""

    code = "PB-E003"
    location: str

    def __str__(self) -> str:
        return f"{self.location} raised while '{self.target}' was imported: {self.reason}"


class UnguardedRunError(BootError):
    """A module that is being imported calls ``run`` at *location*, and would start the application again for each import."""

    code = "PB-E004"
    location: str

    def __str__(self) -> str:
        return f"{self.location} calls run() while its module is imported, so that the application would start twice."


class NestedRunError(BootError):
    """``run`` was called at *location* inside a running event loop, though it makes one of its own."""

    code = "PB-E006"
    location: str

    def __str__(self) -> str:
        return f"{self.location} calls run() inside a running event loop, and run() makes a loop of its own."


class UnknownOptionError(BootError):
    """The command line has *options* that nothing declares or asks for; *near* are known names that resemble them."""

    code = "PB-E005"
    options: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        asked = f"; did you mean {', '.join(self.near)}?" if self.near else ""
        return f"The command line has options that nobody knows: {', '.join(self.options)}{asked}"


class NotAnApplicationError(BootError):
    """*target* was imported, and the classes labelled ``@PyBootApplication`` in it are *found*; one is needed."""

    code = "PB-E002"
    target: str
    found: Sequence[str] = ()

    def __str__(self) -> str:
        if not self.found:
            return f"'{self.target}' holds no class labelled @PyBootApplication"
        return f"'{self.target}' holds several applications: {', '.join(self.found)}"


class ConfigurationError(BootError):
    """The settings are wrong."""


class ConfigFileError(ConfigurationError):
    """A settings file cannot be read: *reason*, at *location*."""

    code = "PB-E101"
    location: str
    reason: str

    def __str__(self) -> str:
        return f"The settings in {self.location} cannot be read: {self.reason}"


class ConfigNotFoundError(ConfigFileError):
    """A file or folder that the settings at *location* import does not exist."""

    code = "PB-E105"

    def __str__(self) -> str:
        return f"The settings in {self.location} lead nowhere: {self.reason}"


class PlaceholderError(ConfigurationError):
    """``${...}`` in *text* cannot be replaced: *reason*."""

    code = "PB-E102"
    text: str
    reason: str
    origin: str = ""

    def __str__(self) -> str:
        where = f" ({self.origin})" if self.origin else ""
        return f"The placeholder in '{self.text}'{where} cannot be replaced: {self.reason}"


class BindProblem(Record):
    """One value that was refused: its origin, its text (masked where it is secret), and the reason."""

    key: str
    value: str | None
    origin: str | None
    reason: str
    near: str | None = None


class BindError(ConfigurationError):
    """The settings below *prefix* do not fit *target*; all *problems* are listed, and without a prefix the settings belong to nobody."""

    code = "PB-E103"
    prefix: str
    target: str
    problems: Sequence[BindProblem]

    def __str__(self) -> str:
        lines = [f"The settings below '{self.prefix}' do not fit {self.target}:" if self.prefix else "Nobody knows these settings:"]
        for problem in self.problems:
            lines += ["", f"    Property: {problem.key}"]
            if problem.value is not None:
                lines.append(f"    Value:    {problem.value}")
            if problem.origin is not None:
                lines.append(f"    Origin:   {problem.origin}")
            lines.append(f"    Reason:   {problem.reason}")
        return "\n".join(lines)


class DefinitionError(BootError):
    """A label or a hint of *subject* at *location* means nothing that the container could do: *reason*."""

    code = "PB-E201"
    subject: str
    location: str
    reason: str

    def __str__(self) -> str:
        where = f" ({self.location})" if self.location else ""
        return f"{self.subject}{where}: {self.reason}"


class BeanClashError(BootError):
    """Two beans are called *name*, defined at *locations*."""

    code = "PB-E202"
    name: str
    locations: Sequence[str]

    def __str__(self) -> str:
        places = "".join(f"\n    - {location}" for location in self.locations)
        return f"Several beans are named '{self.name}':{places}"


class GraphError(BootError):
    """The bean graph is wrong; *problems* is everything that was found before the first bean was made."""

    code = "PB-E300"
    problems: Sequence[BootError]

    def __str__(self) -> str:
        return "\n\n".join(str(problem) for problem in self.problems)


class InjectionPoint(Record):
    """The place that needs something: ``parameter 'greeter' of EchoHandler``, with a file and a line."""

    owner: str
    parameter: str
    location: str

    def __str__(self) -> str:
        return f"Parameter '{self.parameter}' of {self.owner} ({self.location})"


class MissingBeanError(BootError):
    """Nobody offers *required*; *near* are the nearest candidates, *withheld* those that a condition left out, with the reasons."""

    code = "PB-E301"
    required: str
    injection_point: InjectionPoint | None = None
    near: Sequence[str] = ()
    withheld: Sequence[str] = ()

    def __str__(self) -> str:
        text = f"{self.injection_point or 'The application'} required a bean of type {self.required} that could not be found."
        if self.withheld:
            text += "\nIt would be there, but a condition left it out:" + _listed(self.withheld)
        if self.near:
            text += "\nThe nearest candidates:" + _listed(self.near)
        return text


class AmbiguousBeanError(BootError):
    """Several beans offer *required*: *candidates*, each with its place."""

    code = "PB-E302"
    required: str
    candidates: Sequence[str]
    injection_point: InjectionPoint | None = None

    def __str__(self) -> str:
        who = f"{self.injection_point or 'The application'} required a single bean of type {self.required}"
        return f"{who}, but {len(self.candidates)} were found:" + _listed(self.candidates)


class CircularDependencyError(BootError):
    """The beans of *loop* need each other, the last one the first."""

    code = "PB-E303"
    loop: Sequence[str]

    def __str__(self) -> str:
        return "Beans need each other in a circle, so none can be made first: " + " -> ".join((*self.loop, self.loop[0]))


class ScopeMismatchError(BootError):
    """The bean *owner* of scope *owner_scope* wants to hold *wanted* of the shorter scope *wanted_scope*."""

    code = "PB-E304"
    owner: str
    owner_scope: str
    wanted: str
    wanted_scope: str
    injection_point: InjectionPoint

    def __str__(self) -> str:
        return (
            f"{self.injection_point} holds a bean that ends before its owner: "
            f"'{self.owner}' lives in scope {self.owner_scope}, '{self.wanted}' in scope {self.wanted_scope}."
        )


class BeanCreationError(BootError):
    """The making of *bean* failed with the exception that is the cause of this one; *path* is the chain of beans that needed it."""

    code = "PB-E401"
    bean: str
    location: str
    reason: str
    path: Sequence[str] = ()

    def __str__(self) -> str:
        needed = f"\nIt is needed by:{_listed(self.path)}" if self.path else ""
        return f"The bean '{self.bean}' ({self.location}) could not be made: {self.reason}{needed}"


class BeanNotReadyError(BootError):
    """*bean* is made asynchronously and is not there yet, or it lives in a store of the scope *store* and none was given."""

    code = "PB-E402"
    bean: str
    store: str | None = None

    def __str__(self) -> str:
        if self.store is not None:
            wanted = "hand the store over: provider.get(store) or context.get(T, store=store)"
            return f"The bean '{self.bean}' lives in a store of the scope '{self.store}', and none was given; {wanted}"
        return f"The bean '{self.bean}' is made asynchronously and is not there yet; await its making instead"


class LifecycleError(BootError):
    """Bean *bean* failed to start in *phase*: *reason*."""

    code = "PB-E403"
    bean: str
    phase: int
    reason: str

    def __str__(self) -> str:
        return f"The bean '{self.bean}' (phase {self.phase}) could not start: {self.reason}"


class MissingPackageError(BootError):
    """*feature* needs *package*, which is not installed; *setting* names the setting that asks for it, if one does."""

    code = "PB-E405"
    feature: str
    package: str
    setting: str | None = None

    def __str__(self) -> str:
        asked = f" (asked for by {self.setting})" if self.setting else ""
        return f"{self.feature[:1].upper()}{self.feature[1:]}{asked} needs the package '{self.package}', which is not installed."


class StartupBudgetError(BootError):
    """The start took *seconds*, and *budget_seconds* are allowed; *slowest* are the steps that took most."""

    code = "PB-E406"
    seconds: float
    budget_seconds: float
    slowest: Sequence[str]

    def __str__(self) -> str:
        took = f"The start took {self.seconds:.3f} s, and pyboot.startup.budget allows {self.budget_seconds:.3f} s."
        return f"{took}\nWhat took most:{_listed(self.slowest)}"


class ClosedContextError(BootError):
    """The context was asked for *wanted* after it had been closed."""

    code = "PB-E404"
    wanted: str

    def __str__(self) -> str:
        return f"The application context is closed and cannot give {self.wanted}"


class ClosedStoreError(BootError):
    """A store of the scope *scope* was asked for *wanted* after its closing had begun."""

    code = "PB-E407"
    wanted: str
    scope: str

    def __str__(self) -> str:
        return f"The store of the scope '{self.scope}' is closed and cannot give {self.wanted}"


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"\n    - {line}" for line in lines)
