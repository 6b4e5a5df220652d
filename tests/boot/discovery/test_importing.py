"""Importing the user's modules: whose error it is, and where."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot.discovery.importing import import_module, importing_now, place_of
from pyboot.boot.discovery.locate import resolve_application
from pyboot.boot.errors import ApplicationNotFoundError, ModuleImportError

APP = "from pyboot.boot import PyBootApplication\n@PyBootApplication\nclass App: ...\n"


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty package that can be imported, and is forgotten again."""
    folder = tmp_path / "demo_imported"
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    yield folder
    for name in [name for name in sys.modules if name.startswith("demo_imported")]:
        del sys.modules[name]


MISTAKES = [
    ({"app.py": "x = 1\nint('x')\n"}, "demo_imported/app.py:2", "ValueError: invalid literal"),
    ({"app.py": "\n\nlen(5)\n"}, "demo_imported/app.py:3", "TypeError: object of type 'int'"),
    ({"app.py": "def f():\n    raise KeyError('k')\nf()\n"}, "demo_imported/app.py:2", "KeyError: 'k'"),
    ({"app.py": "import nowhere_at_all\n"}, "demo_imported/app.py:1", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
    ({"app.py": "from . import nobody\n"}, "demo_imported/app.py:1", "ImportError: cannot import name 'nobody'"),
    ({"app.py": "x = 1\nx = (\n"}, "demo_imported/app.py:2", "SyntaxError"),
    ({"app.py": "from .other import A\n", "other.py": "from .app import B\nA = 1\n"}, "demo_imported/other.py:1", "circular import"),
    ({"app.py": "from . import other\n", "other.py": "import json\n\njson.loads('{')\n"}, "demo_imported/other.py:3", "JSONDecodeError"),
    ({"app.py": "import json\njson.loads(5)\n"}, "demo_imported/app.py:2", "TypeError"),
    ({"app.py": "from pyboot.boot import Value\n@Value('x')\ndef f(): ...\n"}, "demo_imported/app.py:2", "TypeError"),
    ({"app.py": "from pyboot.boot import nothing_of_that_name\n"}, "demo_imported/app.py:1", "ImportError"),
    ({"__init__.py": "1 / 0\n"}, "demo_imported/__init__.py:1", "ZeroDivisionError"),
    ({"app.py": "import sys\nsys.exit(3)\n"}, "demo_imported/app.py:2", "SystemExit: 3"),
    ({"app.py": "from . import other\n", "other.py": "exit('over')\n"}, "demo_imported/other.py:1", "SystemExit: over"),
    ({"app.py": "raise RecursionError\n"}, "demo_imported/app.py:1", "RecursionError"),
]


@pytest.mark.parametrize(("files", "place", "told"), MISTAKES, ids=range(len(MISTAKES)))
@pytest.mark.parametrize(
    "target", ["demo_imported", "demo_imported.app", "demo_imported.app:App", "./demo_imported", "demo_imported/app.py"]
)
def test_an_error_of_the_users_module_is_reported_as_its_own(
    package: Path, target: str, files: dict[str, str], place: str, told: str
) -> None:
    """With the file and the line, in whatever way the module was named."""
    (package / "app.py").write_text(APP)
    for name, text in files.items():
        (package / name).write_text(text)
    with pytest.raises(ModuleImportError) as raised:
        resolve_application(target)

    assert (place, True) == (raised.value.location, told in raised.value.reason)
    assert str(raised.value).startswith(f"{place} raised while ")


@pytest.mark.parametrize("name", ["", "a..b", ".relative", "demo_imported.nowhere", "nowhere_at_all", "nowhere_at_all.app", "sys.path"])
def test_a_name_that_leads_to_no_module_is_no_error_of_a_module(package: Path, name: str) -> None:
    """No line of the user's has run."""
    with pytest.raises(ApplicationNotFoundError) as raised:
        import_module(name, name)

    assert type(raised.value) is ApplicationNotFoundError


def test_an_error_without_a_trace_has_no_place() -> None:
    """It was never raised."""
    assert place_of(None) is None


def test_a_module_knows_that_it_is_being_imported(package: Path) -> None:
    """Whoever calls by way of it; a finished module does not."""
    (package / "app.py").write_text(
        "import sys\nfrom pyboot.boot.discovery.importing import importing_now\n"
        "def now():\n    return importing_now(sys._getframe(1))\nBY_WAY = now()\n"
    )
    module = import_module("demo_imported.app", "app")

    assert "demo_imported/app.py:5" == str(module.BY_WAY)
    assert module.now() is None
    assert importing_now(None) is None


def test_a_signal_ends_the_program_while_a_module_is_imported(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the module's error, though one of its lines runs."""
    from pyboot.boot.lifecycle import shutdown

    stopped = compile("def stop():\n    raise SystemExit(143)\n", shutdown.__file__, "exec")
    namespace: dict[str, Any] = {}
    exec(stopped, namespace)  # as a handler of ours would raise it
    monkeypatch.setattr(shutdown, "stop_for_this_test", namespace["stop"], raising=False)
    (package / "app.py").write_text("from pyboot.boot.lifecycle import shutdown\nshutdown.stop_for_this_test()\n")
    with pytest.raises(SystemExit) as ended:
        import_module("demo_imported.app", "demo_imported.app")

    assert 143 == ended.value.code
