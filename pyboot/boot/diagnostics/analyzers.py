"""The analyzers: one small function for each known failure.

A distribution brings its own through the entry-point group ``pyboot.failure_analyzers``, whose value names a mapping from
exception types to analyzers, like ``ANALYZERS`` here.
"""

import errno
import logging
from collections.abc import Mapping
from typing import Any

from pyboot.boot import errors
from pyboot.boot.config.read.profiles import ProfileError
from pyboot.boot.discovery.entrypoints import EntryPoint

from .analysis import Analyzer, FailureAnalysis, analyze
from .drawing import draw_loop

GROUP = "pyboot.failure_analyzers"

_log = logging.getLogger(__name__)

# values, not services: who asks for one wants a setting
_PLAIN = frozenset(("str", "int", "float", "bool", "bytes", "complex", "Path", "timedelta", "datetime", "date", "time", "Decimal", "UUID"))


def _missing(error: errors.MissingBeanError) -> FailureAnalysis:
    action = f"Define a bean of type {error.required}: label its class with @Component, or return it from a @Bean method"
    if error.injection_point is not None and error.required in _PLAIN:
        name = error.injection_point.parameter
        setting = f'{name}: Annotated[{error.required}, Value("${{{name.replace("_", "-")}}}")]'
        return _analysis(error, f"A plain value comes from the settings: write {setting}, or give the parameter a default.")
    if error.withheld:
        action = "Satisfy the condition named above, or define a bean of that type yourself"
    elif error.near:
        action = f"Ask for one of the candidates above, or define a bean of type {error.required}"
    return _analysis(error, f"{action}. Only the application's own package is scanned; @Import what lies elsewhere.")


def _ambiguous(error: errors.AmbiguousBeanError) -> FailureAnalysis:
    return _analysis(
        error,
        "Label one of them @Primary, ask for one with Annotated[..., Qualifier(name)], "
        "name the parameter after the bean, or take them all with list[...].",
    )


def _circular(error: errors.CircularDependencyError) -> FailureAnalysis:
    description = f"{str(error).partition(':')[0]}:\n\n{draw_loop(error.loop)}"
    return FailureAnalysis(
        description,
        "Cut the circle: move what both need into a third bean, or let one of them ask later with Provider[...].",
        error.code,
    )


def _scope(error: errors.ScopeMismatchError) -> FailureAnalysis:
    return _analysis(
        error, f"Give the owner the scope {error.wanted_scope}, or let it ask each time with Provider[...] and provider.get(store)."
    )


def _clash(error: errors.BeanClashError) -> FailureAnalysis:
    return _analysis(error, "Rename one of them, or set pyboot.main.allow-bean-definition-overriding=true to let the later one win.")


def _bind(error: errors.BindError) -> FailureAnalysis:
    nears = [f"'{problem.key}' to '{problem.near}'" for problem in error.problems if problem.near]
    missing = [f"'{problem.key}'" for problem in error.problems if problem.reason == "field required"]
    actions = [f"Correct the names: {', '.join(nears)}."] if nears else []
    if missing:
        actions.append(f"Set {', '.join(missing)}.")
    if len(nears) + len(missing) < len(error.problems):
        actions.append("Correct the other values above." if actions else "Correct the values above.")
    return _analysis(error, " ".join(actions))


def _file(error: errors.ConfigFileError) -> FailureAnalysis:
    return _analysis(error, "Correct what stands at the place named above.")


def _not_imported(error: errors.ConfigNotFoundError) -> FailureAnalysis:
    return _analysis(error, "Correct the path, which counts from the importing file, or put optional: before it if it may be missing.")


def _placeholder(error: errors.PlaceholderError) -> FailureAnalysis:
    return _analysis(error, "Set the missing setting, or give a default after a colon: ${key:default}.")


def _profile(error: ProfileError) -> FailureAnalysis:
    return _analysis(error, "Correct the profile's name; combine names with !, & and |, and with parentheses.")


def _definition(error: errors.DefinitionError) -> FailureAnalysis:
    return _analysis(error, "Correct the definition named above.")


def _not_found(error: errors.ApplicationNotFoundError) -> FailureAnalysis:
    action = "Give a package, a module, module:Class or a folder that can be imported from here."
    if "names no application" in error.reason:
        action = 'Name it: pyboot run PACKAGE. Or, for good, in the folder\'s pyproject.toml: [tool.pyboot] app = "PACKAGE".'
    return _analysis(error, action)


def _failed_import(error: errors.ModuleImportError) -> FailureAnalysis:
    action = "Correct the module at the place named above; run with --debug for the stack trace."
    if "partially initialized module" in error.reason:
        action = "Two modules import each other: move what both need into a third one, or import inside the function that needs it."
    elif "ModuleNotFoundError" in error.reason:
        action = "Install the package that is missing, or correct its name at the place named above."
    return _analysis(error, action)


def _unguarded(error: errors.UnguardedRunError) -> FailureAnalysis:
    return _analysis(error, 'Put it below: if __name__ == "__main__":')


def _nested(error: errors.NestedRunError) -> FailureAnalysis:
    return _analysis(error, "Write there: async with start(App): ...; or call run() outside of the loop.")


def _options(error: errors.UnknownOptionError) -> FailureAnalysis:
    return _analysis(error, "Known are --profile, --port, --debug, and every setting that the application knows: --netty.port=9001.")


def _no_application(error: errors.NotAnApplicationError) -> FailureAnalysis:
    if error.found:
        return _analysis(error, f"Name one of them, for example {error.found[0]}.")
    return _analysis(error, "Label a class there with @PyBootApplication, or name the module that holds it.")


def _creation(error: errors.BeanCreationError) -> FailureAnalysis:
    return _general(error, "Correct the constructor or factory named above; run with --debug for the stack trace.")


def _lifecycle(error: errors.LifecycleError) -> FailureAnalysis:
    return _general(error, "Correct what the bean needs to start; run with --debug for the stack trace.")


def _missing_package(error: errors.MissingPackageError) -> FailureAnalysis:
    return _analysis(error, f"Install it (pip install {error.package}), or do without {error.feature}.")


def _budget(error: errors.StartupBudgetError) -> FailureAnalysis:
    return _analysis(error, "Make the steps above faster (import less, label beans @Lazy), or raise pyboot.startup.budget.")


def _graph(error: errors.GraphError) -> FailureAnalysis:
    """Return all problems, numbered where there are several, each with what to do about it."""
    found = [analyze(problem, ANALYZERS) or FailureAnalysis(str(problem), "Correct it.") for problem in error.problems]
    if len(found) == 1:
        return found[0]
    return FailureAnalysis(
        "\n\n".join(f"{number}. {entry.description}" for number, entry in enumerate(found, 1)),
        "\n".join(f"{number}. {entry.action}" for number, entry in enumerate(found, 1)),
        error.code,
    )


def _os_error(error: OSError) -> FailureAnalysis | None:
    """Return an address that cannot be bound; the raiser may have left ``host``, ``port`` and ``setting`` on the error."""
    port: Any = getattr(error, "port", None)
    host: Any = getattr(error, "host", None)
    shown = f"[{host}]:" if host and ":" in str(host) else f"{host}:" if host else "port "  # IPv6 as URLs write it
    place = f"{shown}{port}" if port is not None else error.strerror or str(error)
    setting = getattr(error, "setting", None) or "the port"
    match error.errno:
        case errno.EADDRINUSE:
            action = f"Stop the process that listens there, or set {setting} to another port (0 takes any free one)."
            return FailureAnalysis(f"The address {place} is already in use.", action, "PB-E501")
        case errno.EADDRNOTAVAIL:
            action = f"Set the host that belongs to {setting} to an address of this machine, or to 0.0.0.0."
            return FailureAnalysis(f"The address {place} does not belong to this machine.", action, "PB-E502")
        case errno.EACCES if port is not None:
            action = f"Set {setting} to a port above 1023, or give the process the right to bind it."
            return FailureAnalysis(f"This process may not bind {place}.", action, "PB-E503")
    return None


def _analysis(error: errors.BootError, action: str) -> FailureAnalysis:
    return FailureAnalysis(str(error), action, error.code)


def _general(error: errors.BootError, action: str) -> FailureAnalysis:
    return FailureAnalysis(str(error), action, error.code, is_general=True)


ANALYZERS: Mapping[type[BaseException], Analyzer] = {
    errors.MissingBeanError: _missing,
    errors.AmbiguousBeanError: _ambiguous,
    errors.CircularDependencyError: _circular,
    errors.ScopeMismatchError: _scope,
    errors.BeanClashError: _clash,
    errors.BindError: _bind,
    errors.ConfigFileError: _file,
    errors.ConfigNotFoundError: _not_imported,
    errors.PlaceholderError: _placeholder,
    ProfileError: _profile,
    errors.DefinitionError: _definition,
    errors.ApplicationNotFoundError: _not_found,
    errors.ModuleImportError: _failed_import,
    errors.UnguardedRunError: _unguarded,
    errors.NestedRunError: _nested,
    errors.UnknownOptionError: _options,
    errors.NotAnApplicationError: _no_application,
    errors.BeanCreationError: _creation,
    errors.LifecycleError: _lifecycle,
    errors.MissingPackageError: _missing_package,
    errors.StartupBudgetError: _budget,
    errors.GraphError: _graph,
    OSError: _os_error,
}


def all_analyzers(installed: tuple[EntryPoint, ...]) -> Mapping[type[BaseException], Analyzer]:
    """Return the analyzers of the container and those that the entry points *installed* bring."""
    found = dict(ANALYZERS)
    for entry in installed:
        try:
            found.update(entry.load())
        except Exception:  # noqa: BLE001  the report of the first failure matters more than a second one
            _log.exception("the failure analyzers of %s cannot be used", entry.value)
    return found
