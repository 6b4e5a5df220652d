"""Locating the application: from a word on the command line to the class."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.boot.discovery.locate import resolve_application
from pyboot.boot.errors import ApplicationNotFoundError, NotAnApplicationError

APP = "from pyboot.boot import PyBootApplication\n@PyBootApplication\nclass App: ...\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A working directory with a package `demo_located`; what it puts on the path and imports is taken back."""
    package = tmp_path / "demo_located"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield package
    for name in [name for name in sys.modules if name.startswith("demo_located")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    "target",
    [
        "demo_located",
        "demo_located.app",
        "demo_located.app:App",
        "demo_located/",
        "./demo_located",
        "demo_located/app.py",
        "demo_located/app.py:App",
    ],
)
def test_each_form_finds_the_class(project: Path, target: str) -> None:
    """Package, module, class, folder, file."""
    (project / "app.py").write_text(APP)

    assert "App" == resolve_application(target).__name__


def test_a_projects_folder_finds_its_only_package(project: Path, tmp_path: Path) -> None:
    """Also where it stands in ``src``."""
    (project / "app.py").write_text(APP)
    source = tmp_path / "project/src"
    source.mkdir(parents=True)
    project.rename(source / "demo_located")

    assert "App" == resolve_application(str(tmp_path / "project")).__name__


@pytest.mark.parametrize("named", ["demo_located", "demo_located.app", "demo_located.app:App"])
def test_a_projects_folder_runs_what_its_pyproject_names(project: Path, tmp_path: Path, named: str) -> None:
    """Also where it has several packages, and a module of its own beside them."""
    (project / "app.py").write_text(APP)
    (tmp_path / "demo_located_too").mkdir()
    (tmp_path / "demo_located_too/__init__.py").write_text(APP)
    (tmp_path / "setup.py").write_text("raise AssertionError")
    (tmp_path / "pyproject.toml").write_text(f'[tool.pyboot]\napp = "{named}"\n')

    assert "demo_located" == resolve_application(".").__module__.partition(".")[0]


def test_of_several_packages_the_one_with_an_application_is_run(project: Path, tmp_path: Path) -> None:
    """Nothing is imported to find out which; what stands beside it, a `setup.py` for instance, is not in the way."""
    (project / "app.py").write_text(APP)
    for name in ("demo_located_tools", "tests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("raise AssertionError")
    (tmp_path / "setup.py").write_text("raise AssertionError")

    assert "App" == resolve_application(".").__name__


@pytest.mark.parametrize(
    ("pyproject", "told"),
    [
        ("", "its packages are demo_located, demo_located_too"),
        ("[tool.pyboot", "pyproject.toml cannot be read"),
        ("[tool.pyboot]\napp = 3", "app is 3, and should be like"),
        ('[tool.pyboot]\napp = ""', "app is '', and should be like"),
        ('[tool.pyboot]\napp = "demo_located_none"', "demo_located_none"),
    ],
)
def test_a_folder_that_names_no_application_is_said_so(project: Path, tmp_path: Path, pyproject: str, told: str) -> None:
    """What was seen there."""
    (project / "app.py").write_text(APP)
    (tmp_path / "demo_located_too").mkdir()
    (tmp_path / "demo_located_too/__init__.py").write_text(APP)
    (tmp_path / "pyproject.toml").write_text(pyproject)

    with pytest.raises(ApplicationNotFoundError, match=told):
        resolve_application(".")


def test_a_class_anywhere_in_the_package_is_found_in_the_end(project: Path) -> None:
    """After the usual modules."""
    (project / "server.py").write_text(APP)

    assert "demo_located.server" == resolve_application("demo_located").__module__


@pytest.mark.parametrize("target", ["nowhere_at_all", "demo_located.nowhere", "demo_located:Nobody", "", "a..b", "./nowhere"])
def test_what_cannot_be_imported_is_said_so(project: Path, target: str) -> None:
    """Not with a stack trace of the import system."""
    with pytest.raises(ApplicationNotFoundError):
        resolve_application(target)


def test_an_import_error_inside_the_application_is_the_reason(project: Path) -> None:
    """The missing module is named."""
    (project / "app.py").write_text("import nowhere_at_all\n")
    with pytest.raises(ApplicationNotFoundError, match="No module named 'nowhere_at_all'"):
        resolve_application("demo_located.app")


def test_a_syntax_error_names_file_and_line(project: Path) -> None:
    """The place to go to."""
    (project / "app.py").write_text("x = 1\nx = (\n")
    with pytest.raises(ApplicationNotFoundError, match=r"app\.py:2"):
        resolve_application("demo_located")


def test_a_package_without_application_is_said_so(project: Path) -> None:
    """And so is a class without the label."""
    (project / "app.py").write_text("class App: ...\n")
    with pytest.raises(NotAnApplicationError, match="no class labelled"):
        resolve_application("demo_located")
    with pytest.raises(NotAnApplicationError):
        resolve_application("demo_located.app:App")


def test_two_applications_are_listed(project: Path) -> None:
    """The user names one."""
    (project / "app.py").write_text(APP + APP.replace("App:", "Other:"))
    with pytest.raises(NotAnApplicationError) as raised:
        resolve_application("demo_located")

    assert ["demo_located.app:App", "demo_located.app:Other"] == raised.value.found
