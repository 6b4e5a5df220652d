"""Blueprint: an application that is checked as a whole (settings, definitions, conditions, graph) before anything is made."""

import logging
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from .config.bind.known import Asked
from .config.environment import Environment
from .config.load import Given, flat_tree, load_environment
from .config.names import is_name, split_key, uniform
from .config.read.arguments import SHORT, option_names
from .config.read.placeholder import keys_in, only_key
from .config.read.sources import TreeSource
from .config.shape import shape_of
from .container.context import ApplicationContext
from .container.override import Wiring, instance
from .discovery.asking import conditions_of, expressions_of, profiles_of, texts_of, values_of
from .discovery.autoconfigure import Installed, identity
from .discovery.collect import check_reached, collect
from .discovery.registry import Registry
from .discovery.report import ConditionReport
from .discovery.scan import scan
from .errors import BindError, DefinitionError, NotAnApplicationError, UnknownOptionError
from .graph.build import Graph, GraphBuilder
from .graph.validate import check
from .lifecycle.availability import ApplicationAvailability
from .lifecycle.reload import SettingsReloader
from .lifecycle.runners import ApplicationArguments, ApplicationRunner, check_runners
from .lifecycle.scheduling import ScheduledTasks
from .lifecycle.shutdown import Shutdown
from .lifecycle.tasks import TaskExecutor
from .model.definition import BeanDefinition, snake_case
from .model.generic import get_origin
from .model.interception import BeanPostProcessor
from .model.label import labels
from .model.method import labelled_methods
from .model.nearest import is_slip
from .model.origin import origin_of
from .model.registrar import BeanRegistrar, registrars_of
from .model.stereotype import ApplicationLabel, AutoConfigurationLabel
from .model.task import CalledLabel
from .model.timeline import StartupTimeline
from .properties import LoggingSettings, PyBootSettings
from .record import Record

_log = logging.getLogger(__name__)

# what decides which files are read and which auto-configurations are asked
_DECIDED_EARLIER = ("pyboot.profiles", "pyboot.config", "pyboot.autoconfigure", "pyboot.main.allow-bean-definition-overriding")

# no typing errors in the name of a setting: PYBOOT_PURE and its like steer builds and tools of this distribution, SSL_CERT_FILE OpenSSL
_OPTIONS = ("debug",)  # of the command line, besides settings and what is short for one

_NOT_SETTINGS = ("pyboot.pure", "pyboot.require-compiled", "pyboot.bench-cache", "ssl.cert-file", "ssl.cert-dir")


class Blueprint(Record):
    """An application that has been checked as a whole and has no bean yet; ``pyboot beans`` and other commands list it."""

    application: type
    environment: Environment
    settings: PyBootSettings
    logging: LoggingSettings
    registry: Registry
    graph: Graph
    context: ApplicationContext
    timeline: StartupTimeline

    def strange_options(self, arguments: Iterable[str]) -> UnknownOptionError | None:
        """Return the options of a command line that nothing declares or asks for, as one error; ``None`` if there are none.

        Where a bean reads the command line itself (a runner, or who has :class:`ApplicationArguments` injected), names without a dot
        are its own business.
        """
        is_read = any(self._reads_arguments(entry) for entry in self.graph.index.definitions)
        for name in [] if is_read else option_names(arguments):
            if "." in name and not name.startswith("-") and is_name(name) and not self.environment.known.knows(split_key(name), ()):
                _log.warning("the option --%s means no setting: nothing is known to declare it or to ask for it", name)
        strange = [name for name in option_names(arguments) if not self._knows_option(name, is_read=is_read)]
        if not strange:
            return None
        near = dict.fromkeys(f"--{meant}" for name in strange for meant in (*SHORT, *_OPTIONS) if is_slip(name, meant))
        return UnknownOptionError([f"--{name}" if not name.startswith("-") else name for name in strange], list(near))

    def _knows_option(self, name: str, *, is_read: bool) -> bool:
        if name in _OPTIONS or (not name.startswith("-") and ("." in name or "[" in name)):
            return True  # a setting, which is judged with the others
        if name in SHORT and self.environment.known.is_bound(SHORT[name]):
            return True
        return is_read or (not name.startswith("-") and self.environment.known.asks(name))

    def _reads_arguments(self, definition: BeanDefinition) -> bool:
        kind = get_origin(definition.provides) or definition.provides
        is_runner = isinstance(kind, type) and issubclass(kind, ApplicationRunner)
        return is_runner or any(edge.request.key.hint is ApplicationArguments for edge in self.graph.edges.get(definition, ()))

    def framework_bean[T](self, kind: type[T]) -> T:
        """Return one of the beans that every application has; they are there before the context is refreshed."""
        (found,) = (entry for entry in self.graph.index.definitions if entry.source == "framework" and entry.provides is kind)
        bean: T = found.factory()  # type: ignore[assignment]  # its definition gives the bean itself
        return bean

    def schema(self) -> dict[str, Any]:
        """Return the JSON Schema of every setting that the application and its auto-configurations know."""
        from .config.bind.schema import schema_of  # only who asks for the schema pays for its maker

        return schema_of(self.offered, self.graph.index.definitions)

    @property
    def bound(self) -> list[tuple[str, Any]]:
        """Each prefix of settings with the model that is bound to it, the container's own prefixes first."""
        own: list[tuple[str, Any]] = [("pyboot", PyBootSettings), ("logging", LoggingSettings)]
        return own + [(entry.prefix, entry.provides) for entry in self.graph.index.definitions if entry.prefix is not None]

    @property
    def offered(self) -> list[tuple[str, Any]]:
        """Each prefix of settings that the application knows, also one that nothing is bound to until something is set there."""
        bound = self.bound
        known = {prefix for prefix, _ in bound}
        more = [entry for registrar in registrars_of(self.graph.index.definitions) for entry in registrar.settings()]
        return bound + [(prefix, model) for prefix, model in more if prefix not in known]

    @property
    def name(self) -> str:
        """The application's name."""
        mark = labels(self.application, ApplicationLabel)[0]
        return self.settings.application.name or mark.name or self.application.__name__


def prepare(
    application: type,
    given: Given | None = None,
    wiring: Wiring | None = None,
    timeline: StartupTimeline | None = None,
    report: ConditionReport | None = None,
    installed: Installed | None = None,
    judge: Callable[[Graph], Graph] = check,
) -> Blueprint:
    """Read the settings, find the definitions, decide the conditions, and check the graph; nothing is made or started.

    Args:
        application: a class labelled ``@PyBootApplication``.
        given: what the settings are read from; default: the process's own files, variables and no arguments.
        wiring: beans to put in place of others, a parent context.
        timeline: where the steps are measured.
        report: where the conditions' answers are noted, to be had even if something is wrong.
        installed: which modules and auto-configurations there are; default: what is installed.
        judge: what becomes of a graph with problems; default: it is refused.

    Raises:
        NotAnApplicationError: *application* is no class, or none that is labelled so.
        BootError: something else is wrong; of the graph, everything at once.
    """
    given, wiring, timeline, installed = given or Given(), wiring or Wiring(), timeline or StartupTimeline(), installed or Installed()
    if not isinstance(application, type):
        raise NotAnApplicationError(repr(application))
    found = labels(application, ApplicationLabel)
    if not found:
        raise NotAnApplicationError(f"{application.__module__}:{application.__qualname__}")
    given.config_name = found[0].config_name
    given.package = given.package or _folder_of(application)
    with timeline.step("settings"):
        environment = load_environment(given)
        for variable in _NOT_SETTINGS:
            environment.claim(variable)
        settings, logging = _own_settings(environment)
    registry = Registry(environment, settings.main.allow_bean_definition_overriding, report, installed.has_module)
    context = ApplicationContext(environment, registry.report, wiring.parent)
    executor = TaskExecutor()
    registry.add(_framework_beans(context, executor, given, timeline))
    with timeline.step("definitions"):
        _register(application, settings, registry, environment, timeline, installed)
        if environment.has_defaults:  # of auto-configurations: netty.loop, for one, becomes pyboot.main.loop
            settings, logging = _own_settings(environment)
    executor.limit(settings.task.threads, settings.task.shutdown_timeout.total_seconds())
    with timeline.step("graph"):
        definitions = wiring.applied(registry.definitions)
        if settings.main.lazy_initialization:
            _make_lazy(definitions)
        environment.known.ask_also(lambda: _asked(registry.candidates))
        graph = GraphBuilder(environment, registry.withheld).build(definitions)
        graph.problems += _strange_names(environment)
        graph.problems += environment.strange_profiles(profiles_of(registry.candidates))
        judge(graph)
    return Blueprint(application, environment, settings, logging, registry, graph, context, timeline)


def _own_settings(environment: Environment) -> tuple[PyBootSettings, LoggingSettings]:
    """Return the container's own settings, whose names are judged later, when it is known what the application asks for."""
    return _own(environment, "pyboot", PyBootSettings), _own(environment, "logging", LoggingSettings)


def _own[T: BaseModel](environment: Environment, prefix: str, model: type[T]) -> T:
    """Return the settings below *prefix* as a *model*; where nothing is set the defaults, unchecked since they are ours."""
    environment.claim(prefix)
    is_set = environment.node(prefix, model) is not None
    return environment.bind(prefix, model, judged=False) if is_set else model.model_construct()


def _strange_names(environment: Environment) -> Iterator[BindError]:
    """Iterate over the settings that mean nothing, below the container's own prefixes or beside all prefixes."""
    for prefix, model in (("pyboot", PyBootSettings), ("logging", LoggingSettings)):
        try:
            if environment.judged_node(prefix, model) is not None:
                environment.bind(prefix, model)
        except BindError as error:
            yield error
    strangers = environment.strangers()
    if strangers is not None:
        yield strangers


def _asked(candidates: Iterable[BeanDefinition]) -> Asked:
    """Return what the code of the application asks for, also that of beans which a condition leaves out."""
    definitions = tuple(candidates)
    keys = [key for text in expressions_of(definitions) for key in keys_in(text)]
    claimed = [entry.prefix for entry in definitions if entry.prefix is not None]
    claimed += [key for text, hint in values_of(definitions) if shape_of(hint).is_structure and (key := only_key(text)) is not None]
    texts = set(texts_of(definitions))
    return Asked([*keys, *conditions_of(definitions), *texts], [*claimed, *(text for text in texts if "." in text)])


def _framework_beans(
    context: ApplicationContext, executor: TaskExecutor, given: Given, timeline: StartupTimeline
) -> tuple[BeanDefinition, ...]:
    """Return the definitions of the beans that every application can have injected."""
    beans = (
        context,
        context.environment,
        timeline,
        Shutdown(),
        ApplicationArguments.of(given.arguments),
        ApplicationAvailability(context),
        SettingsReloader(context, lambda: load_environment(given.with_profiles(context.environment.active_profiles))),
        executor,
        ScheduledTasks(),
    )
    return tuple(instance(snake_case(type(bean).__name__), bean) for bean in beans)


def _register(
    application: type,
    settings: PyBootSettings,
    registry: Registry,
    environment: Environment,
    timeline: StartupTimeline,
    installed: Installed,
) -> None:
    """Add the application's own definitions, then those of the auto-configurations in their order."""
    mark = labels(application, ApplicationLabel)[0]
    with timeline.step("scan"):
        scanned = scan(application, mark.scan, timeline)
    own = collect((application, *scanned.labelled))
    check_reached(scanned.unlabelled, own)
    check_runners(scanned.unlabelled, own)
    registry.add(own)
    if not settings.autoconfigure.enabled:
        return
    excluded = [*map(identity, mark.exclude), *settings.autoconfigure.exclude]
    registry.report.exclusions = tuple(excluded)
    with timeline.step("auto-configurations"):
        configurations = installed.configurations(excluded, registry)
    registry.report.refused = configurations.refused
    for configuration in configurations.found:
        for entry in labels(configuration, AutoConfigurationLabel):
            if (defaults := _defaults_of(configuration, entry.defaults, environment)) is not None:
                environment.add_defaults(defaults)
        if all(entry.target is not configuration for entry in registry.definitions):  # the application may import it by itself
            registry.add(collect([configuration], identity(configuration)))
    for registrar in registrars_of(registry.definitions):
        registry.add(_registered(registrar, registry, environment))


def _registered(registrar: BeanRegistrar, registry: Registry, environment: Environment) -> Iterator[BeanDefinition]:
    """Iterate over the definitions that *registrar* adds: its own, and those of labelled classes that it names."""
    for entry in registrar.register(registry.definitions, environment):
        if isinstance(entry, BeanDefinition):
            yield entry
        else:
            yield from collect([entry], identity(type(registrar)))


def _defaults_of(configuration: type, defaults: Mapping[str, str], environment: Environment) -> TreeSource | None:
    """Return the settings of the lowest precedence that *configuration* brings, or ``None`` where there are none."""
    for key in defaults:
        if any(_path(key)[: len(early)] == early for early in map(_path, _DECIDED_EARLIER)):
            reason = f"its default for '{key}' comes too late: that was decided before it was asked; leave it to the application"
            raise DefinitionError(identity(configuration), str(origin_of(configuration)), reason)
    there = {key: text for key, text in defaults.items() if not _stands_for_nothing(text, environment)}
    return TreeSource(identity(configuration), flat_tree(there, identity(configuration))) if there else None


def _stands_for_nothing(text: str, environment: Environment) -> bool:
    """Tell whether a default is another setting and nothing else, ``${netty.loop}``, and nobody sets that one."""
    key = only_key(text)
    if key is None or text != f"${{{key}}}":
        return False
    leaf = environment.leaf(key)
    return leaf is None or leaf.text is None


def _path(key: str) -> list[str]:
    return [uniform(str(part)) for part in split_key(key)]


def _make_lazy(definitions: Iterable[BeanDefinition]) -> None:
    """Leave every bean to its first use, except those that act by themselves, which nobody would ever ask for."""
    for definition in definitions:
        kind = get_origin(definition.provides) or definition.provides
        acts = isinstance(kind, type) and (
            issubclass(kind, ApplicationRunner | BeanPostProcessor)
            or all(hasattr(kind, name) for name in ("phase", "start", "stop"))
            or labelled_methods(kind, CalledLabel)
        )
        definition.lazy = not acts


def _folder_of(application: type) -> Path | None:
    file = getattr(sys.modules[application.__module__], "__file__", None)
    return Path(file).parent if file else None
