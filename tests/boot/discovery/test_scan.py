"""Scanning: the application's own package, and nothing else."""

import importlib
import sys
from pathlib import Path

import pytest

from pyboot.boot.discovery.scan import labelled, scan
from pyboot.boot.errors import ApplicationNotFoundError, DefinitionError
from pyboot.boot.model.stereotype import PyBootApplication

APP = "from pyboot.boot import PyBootApplication\n@PyBootApplication\nclass App: ...\n"
SERVICE = "from pyboot.boot import Service\n@Service\nclass {name}: ...\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Path:
    """An empty package on the import path, named after the test."""
    folder: Path = tmp_path / request.node.name
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def names(package: Path, module: str = "app") -> list[str]:
    """The names of what a scan finds."""
    application = importlib.import_module(f"{package.name}.{module}").App
    return sorted(target.__name__ for target in scan(application, None).labelled)  # type: ignore[attr-defined]  # classes and functions have names


def test_modules_and_inner_packages_are_searched(package: Path) -> None:
    """At any depth."""
    (package / "app.py").write_text(APP)
    (package / "one.py").write_text(SERVICE.format(name="One"))
    (package / "inner/deep").mkdir(parents=True)
    (package / "inner/__init__.py").touch()
    (package / "inner/deep/__init__.py").write_text(SERVICE.format(name="Two"))

    assert ["App", "One", "Two"] == names(package)


def test_what_is_imported_is_not_found_twice(package: Path) -> None:
    """A class belongs to the module that defines it."""
    (package / "one.py").write_text(SERVICE.format(name="One"))
    (package / "app.py").write_text(f"from {package.name}.one import One\n{APP}")

    assert ["App", "One"] == names(package)


def test_tests_and_main_are_not_imported(package: Path) -> None:
    """They would run."""
    (package / "app.py").write_text(APP)
    for name in ("test_app", "conftest", "__main__"):
        (package / f"{name}.py").write_text("raise AssertionError('imported')\n")
    (package / "tests").mkdir()
    (package / "tests/__init__.py").write_text("raise AssertionError('imported')\n")

    assert ["App"] == names(package)


def test_another_application_in_the_package_is_left_alone(package: Path) -> None:
    """It is not a part of this one."""
    (package / "app.py").write_text(APP)
    (package / "other.py").write_text(APP.replace("App:", "Other:"))

    assert ["App"] == names(package)


def test_a_module_that_cannot_be_imported_is_named(package: Path) -> None:
    """The import error is the reason."""
    (package / "app.py").write_text(APP)
    (package / "bad.py").write_text("import nowhere_at_all\n")

    with pytest.raises(ApplicationNotFoundError, match=r"bad.*nowhere_at_all"):
        names(package)


def test_an_auto_configuration_is_never_found_by_scanning(package: Path) -> None:
    """It comes by its entry point, with its conditions asked in order."""
    (package / "app.py").write_text(APP)
    (package / "auto.py").write_text("from pyboot.boot import AutoConfiguration\n@AutoConfiguration\nclass Auto: ...\n")

    assert ["App"] == names(package)


def test_an_application_inside_a_function_scans_nothing() -> None:
    """It brings along what it imports."""

    @PyBootApplication
    class App: ...

    assert () == scan(App, None).labelled


def test_given_packages_are_scanned_instead(package: Path) -> None:
    """By name or as a module."""
    (package / "one.py").write_text(SERVICE.format(name="One"))

    @PyBootApplication
    class App: ...

    assert 1 == len(scan(App, (f"{package.name}.one",)).labelled)
    assert 1 == len(scan(App, (importlib.import_module(package.name),)).labelled)


def test_labelled_things_come_in_the_order_of_the_module() -> None:
    """So that definition order is the order of reading."""
    module = type(sys)("made")
    exec(SERVICE.format(name="B") + SERVICE.format(name="A"), module.__dict__)

    assert ["B", "A"] == [target.__name__ for target in labelled(module)]  # type: ignore[attr-defined]  # classes have names


def test_a_condition_that_has_swallowed_its_class_is_an_error() -> None:
    """The class would be missing without a word."""
    module = type(sys)("made")
    exec("from pyboot.boot import *\n@ConditionalOnMissingBean\n@Service\nclass Cache: ...\n", module.__dict__)

    with pytest.raises(DefinitionError, match="needs its parentheses"):
        list(labelled(module))


@pytest.mark.parametrize(
    ("file", "is_told"),
    [("mail/smtp.py", True), ("mail/inner/smtp.py", True), ("mail/test_smtp.py", False)],
    ids=["here", "deeper", "tests"],
)
def test_a_folder_with_beans_that_is_no_package_is_refused(package: Path, file: str, is_told: bool) -> None:
    """It would be passed over without a word; a folder of scripts, or of tests, is none."""
    (package / file).parent.mkdir(parents=True)
    (package / "scripts").mkdir()
    (package / "scripts/clean.py").write_text("import os\n")
    (package / file).write_text(SERVICE.format(name="Smtp"))

    @PyBootApplication
    class App: ...

    if is_told:
        with pytest.raises(DefinitionError, match=r"mail/(inner/)?smtp\.py.*add .*mail/__init__\.py"):
            scan(App, (package.name,))
    else:
        scan(App, (package.name,))
