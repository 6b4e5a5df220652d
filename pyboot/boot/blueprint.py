"""Blueprint: an application checked as a whole (settings, definitions, conditions, graph) before anything is made."""

import sys
from dataclasses import dataclass
from pathlib import Path

from .config.environment import Environment
from .config.load import Given, flat_tree, load_environment
from .config.source import TreeSource
from .container.context import ApplicationContext
from .container.override import Wiring, instance
from .discovery.autoconfigure import auto_configurations, identity
from .discovery.collect import collect
from .discovery.registry import Registry
from .discovery.scan import scan
from .errors import NotAnApplicationError
from .graph.build import Graph, GraphBuilder
from .graph.validate import check
from .model.label import labels
from .model.stereotype import ApplicationLabel, AutoConfigurationLabel
from .properties import PyBootSettings


@dataclass(slots=True)
class Blueprint:
    """An application that has been checked as a whole, with no bean made yet: what ``pyboot beans`` and others list."""

    application: type
    environment: Environment
    settings: PyBootSettings
    registry: Registry
    graph: Graph
    context: ApplicationContext

    @property
    def name(self) -> str:
        """The application's name."""
        mark = labels(self.application, ApplicationLabel)[0]
        return self.settings.application.name or mark.name or self.application.__name__


def prepare(application: type, given: Given | None = None, wiring: Wiring | None = None) -> Blueprint:
    """Read the settings, find the definitions, decide the conditions, and check the graph; nothing is made or started.

    Args:
        application: a class labelled ``@PyBootApplication``.
        given: what the settings are read from; default: the process's own files, variables and no arguments.
        wiring: beans to put in place of others, a parent context.

    Raises:
        BootError: something is wrong; of the graph, everything at once.
    """
    if not labels(application, ApplicationLabel):
        raise NotAnApplicationError(f"{application.__module__}:{application.__qualname__}")
    given, wiring = given or Given(), wiring or Wiring()
    given.package = given.package or _folder_of(application)
    environment = load_environment(given)
    settings = environment.bind("pyboot", PyBootSettings)
    registry = Registry(environment, settings.main.allow_bean_definition_overriding)
    context = ApplicationContext(environment, registry.report, wiring.parent)
    registry.add([instance("application_context", context), instance("environment", environment)])
    _register(application, settings, registry, environment)
    definitions = wiring.applied(registry.definitions)
    graph = check(GraphBuilder(environment, registry.withheld).build(definitions))
    return Blueprint(application, environment, settings, registry, graph, context)


def _register(application: type, settings: PyBootSettings, registry: Registry, environment: Environment) -> None:
    """Add the application's own definitions, then those of the auto-configurations in their order."""
    mark = labels(application, ApplicationLabel)[0]
    registry.add(collect((application, *scan(application, mark.scan))))
    if not settings.autoconfigure.enabled:
        return
    excluded = [*map(identity, mark.exclude), *settings.autoconfigure.exclude]
    registry.report.exclusions = tuple(excluded)
    for configuration in auto_configurations(excluded):
        for entry in labels(configuration, AutoConfigurationLabel):
            if entry.defaults:
                environment.add_defaults(TreeSource(identity(configuration), flat_tree(entry.defaults, identity(configuration))))
        registry.add(collect([configuration], identity(configuration)))


def _folder_of(application: type) -> Path | None:
    file = getattr(sys.modules[application.__module__], "__file__", None)
    return Path(file).parent if file else None
