"""Every known failure has a description and an action."""

import errno
from typing import Any

import pytest

from pyboot.boot import FailureAnalysis, errors
from pyboot.boot.config.read.profiles import ProfileError
from pyboot.boot.diagnostics.analysis import analyze
from pyboot.boot.diagnostics.analyzers import ANALYZERS, all_analyzers
from pyboot.boot.discovery.entrypoints import EntryPoint

NEED = errors.InjectionPoint("Handler", "greeter", "app/handlers.py:12")


def analyzed(error: Exception) -> FailureAnalysis:
    """What is said about *error*."""
    found = analyze(error, ANALYZERS)
    assert found is not None
    return found


def address_error(number: int, **facts: object) -> OSError:
    """What a server raises when it cannot bind."""
    error = OSError(number, "text of the system")
    for name, value in facts.items():
        setattr(error, name, value)
    return error


@pytest.mark.parametrize(
    ("error", "description", "action"),
    [
        (
            errors.MissingBeanError("Greeter", NEED),
            "Parameter 'greeter' of Handler (app/handlers.py:12) required a bean of type Greeter",
            "@Component",
        ),
        (
            errors.MissingBeanError("Greeter", NEED, near=["'greter'"]),
            "The nearest candidates:\n    - 'greter'",
            "Ask for one of the candidates",
        ),
        (errors.MissingBeanError("Greeter", withheld=["'x': why"]), "a condition left it out:\n    - 'x': why", "Satisfy the condition"),
        (
            errors.AmbiguousBeanError("Cache", ["'a'", "'b'"], NEED),
            "a single bean of type Cache, but 2 were found:\n    - 'a'\n    - 'b'",
            "@Primary",
        ),
        (errors.CircularDependencyError(["a", "b"]), "┌─────┐\n|  a\n↑     ↓\n|  b\n└─────┘", "Provider"),
        (
            errors.ScopeMismatchError("a", "singleton", "b", "channel", NEED),
            "'a' lives in scope singleton, 'b' in scope channel",
            "the scope channel",
        ),
        (errors.BeanClashError("a", ["x.py:1", "y.py:2"]), "named 'a':\n    - x.py:1\n    - y.py:2", "allow-bean-definition-overriding"),
        (
            errors.BindError("app", "Model", [errors.BindProblem("app.prt", "1", "a.yaml:3", "no such", near="app.port")]),
            "Property: app.prt\n    Value:    1\n    Origin:   a.yaml:3\n    Reason:   no such",
            "'app.prt' to 'app.port'",
        ),
        (
            errors.BindError("app", "App", [errors.BindProblem("app.host", None, None, "field required")]),
            "Property: app.host",
            "Set 'app.host'.",
        ),
        (
            errors.BindError(
                "app",
                "App",
                [
                    errors.BindProblem("app.prt", "1", "a.yaml:3", "no such setting", "port"),
                    errors.BindProblem("app.host", None, None, "field required"),
                    errors.BindProblem("app.size", "x", "a.yaml:4", "no number"),
                ],
            ),
            "Property: app.size",
            "Correct the names: 'app.prt' to 'port'. Set 'app.host'. Correct the other values above.",
        ),
        (errors.ConfigFileError("a.yaml:3", "bad"), "a.yaml:3 cannot be read: bad", "Correct what stands"),
        (errors.ConfigNotFoundError("a.yaml:3", "the import 'b' does not exist"), "lead nowhere: the import 'b'", "optional:"),
        (errors.PlaceholderError("${x}", "there is no 'x'", "a.yaml:3"), "'${x}' (a.yaml:3) cannot be replaced", "${key:default}"),
        (ProfileError("a b", "no name"), "The profile 'a b' is not valid: no name", "Correct the profile"),
        (errors.DefinitionError("'a'", "a.py:1", "no"), "'a' (a.py:1): no", "Correct the definition"),
        (errors.ApplicationNotFoundError("app", "No module"), "'app' cannot be imported: No module", "module:Class"),
        (errors.NotAnApplicationError("app"), "'app' holds no class labelled @PyBootApplication", "Label a class"),
        (errors.NotAnApplicationError("app", ["app:A", "app:B"]), "several applications: app:A, app:B", "for example app:A"),
        (
            errors.BeanCreationError("a", "a.py:1", "OSError: x", ["b", "c"]),
            "'a' (a.py:1) could not be made: OSError: x\nIt is needed by:\n    - b\n    - c",
            "--debug",
        ),
        (errors.LifecycleError("a", 3, "OSError: x"), "'a' (phase 3) could not start: OSError: x", "--debug"),
        (
            errors.MissingPackageError("TLS", "cryptography", "ssl.x"),
            "TLS (asked for by ssl.x) needs the package 'cryptography'",
            "pip install",
        ),
        (
            errors.StartupBudgetError(2.0, 1.0, ["1.9 s  import x"]),
            "took 2.000 s, and pyboot.startup.budget allows 1.000 s",
            "raise pyboot.startup.budget",
        ),
        (
            address_error(errno.EADDRINUSE, host="127.0.0.1", port=80, setting="a.port"),
            "127.0.0.1:80 is already in use",
            "set a.port to another",
        ),
        (address_error(errno.EADDRNOTAVAIL, host="9.9.9.9", port=80), "9.9.9.9:80 does not belong to this machine", "0.0.0.0"),
        (address_error(errno.EACCES, port=80), "may not bind port 80", "above 1023"),
    ],
)
def test_each_failure_says_what_happened_and_what_to_do(error: Exception, description: str, action: str) -> None:
    """In words that a user of the framework knows."""
    found = analyzed(error)

    assert description in found.description
    assert action in found.action


def test_every_error_of_the_container_is_known() -> None:
    """None ends as "unknown" by oversight; what is asked at run time only, or is a base, is left out."""
    closed = {errors.ClosedContextError, errors.ClosedStoreError}
    at_run_time = {errors.BootError, errors.ConfigurationError, errors.BeanNotReadyError, *closed}
    known = {entry for entry in vars(errors).values() if isinstance(entry, type) and issubclass(entry, errors.BootError)}

    assert known - at_run_time <= set(ANALYZERS)


def test_codes_are_unique() -> None:
    """Each stands for one entry of the catalogue."""
    kinds: set[type[errors.BootError]] = {ProfileError}
    kinds |= {entry for entry in vars(errors).values() if isinstance(entry, type) and issubclass(entry, errors.BootError)}
    codes = [entry.code for entry in kinds - {errors.ConfigurationError}]

    assert len(codes) == len(set(codes))


def test_several_problems_are_numbered() -> None:
    """And so is what to do about them."""
    found = analyzed(errors.GraphError([errors.MissingBeanError("A"), errors.MissingBeanError("B")]))

    assert "1. The application required a bean of type A" in found.description.replace("The application", "The application")
    assert "2. " in found.action


def test_a_single_problem_stands_for_itself() -> None:
    """Without a number."""
    assert analyzed(errors.MissingBeanError("A")) == analyzed(errors.GraphError([errors.MissingBeanError("A")]))


def test_other_system_errors_are_left_to_others() -> None:
    """A missing file is no address."""
    assert analyze(FileNotFoundError(errno.ENOENT, "x"), ANALYZERS) is None


class OwnError(Exception): ...


OWN: dict[type[BaseException], Any] = {OwnError: lambda error: FailureAnalysis("own", "do")}


def test_a_distribution_brings_its_own() -> None:
    """By its entry point, loaded when something failed."""
    entry = EntryPoint("own", f"{__name__}:OWN", "pyboot.failure_analyzers")

    assert FailureAnalysis("own", "do") == analyze(OwnError(), all_analyzers((entry,)))


@pytest.mark.parametrize("required", ["str", "int", "bool", "Path", "timedelta"])
def test_who_asks_for_a_plain_value_is_sent_to_the_settings(required: str) -> None:
    """Nobody labels ``str`` a component."""
    analysis = analyze(errors.MissingBeanError(required, errors.InjectionPoint("Greeter", "max_size", "app.py:3")), ANALYZERS)

    assert analysis is not None
    assert f'max_size: Annotated[{required}, Value("${{max-size}}")]' in analysis.action
    assert "@Component" not in analysis.action


@pytest.mark.parametrize(
    ("reason", "action"),
    [
        ("ModuleNotFoundError: No module named 'x'", "Install the package"),
        ("ImportError: cannot import name 'A' from partially initialized module 'b'", "Two modules import each other"),
        ("TypeError: x", "Correct the module at the place"),
    ],
)
def test_an_import_that_failed_is_explained_by_its_reason(reason: str, action: str) -> None:
    """A package that is missing, a circle, or a plain mistake."""
    analysis = analyze(errors.ModuleImportError("app", reason, "app.py:3"), ANALYZERS)

    assert analysis is not None
    assert action in analysis.action
    assert "app.py:3" in analysis.description


def test_analyzers_that_cannot_be_loaded_do_not_hide_the_failure() -> None:
    """Those of another distribution may be broken."""
    assert ANALYZERS == all_analyzers((EntryPoint("broken", "nowhere_at_all:ANALYZERS", "pyboot.failure_analyzers"),))
