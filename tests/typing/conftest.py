"""The two type checkers, as a user runs them: mypy in strict mode, pyright in the mode that is asked for."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
STARTERS = ROOT / "starters/pyboot-netty"
PYRIGHT = "basedpyright"  # pyright with its engine inside: nothing is loaded when it runs


@pytest.fixture(scope="session")
def mypy(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run mypy in strict mode from *folder* and return what it finds; empty if that is nothing."""
    elsewhere = tmp_path_factory.mktemp("mypy")  # one for all folders: what they have in common, the framework, is read once

    def run(*subject: str | Path, folder: Path = ROOT) -> str:
        cache = elsewhere if folder != ROOT else ROOT / ".mypy_cache"
        path = os.pathsep.join(map(str, [STARTERS] if folder == ROOT else [folder, ROOT, STARTERS]))
        command = [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--cache-dir", str(cache), *map(str, subject)]
        environment = os.environ | {"MYPYPATH": path}
        ran = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
        return ran.stdout + ran.stderr

    return run


@pytest.fixture(scope="session")
def pyright(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., str]:
    """Run pyright and return what it finds, a line each; *apart* are folders whose modules import each other."""
    command = shutil.which(PYRIGHT) or _installed(tmp_path_factory.mktemp("pyright"))

    def run(*subject: str | Path, mode: str = "strict", apart: Mapping[Path, Sequence[Path]] | None = None) -> str:
        folder = tmp_path_factory.mktemp("checked")
        search = [str(ROOT), str(STARTERS)]
        roots = [
            {"root": str(root), "extraPaths": [*search, *map(str, others)], "typeCheckingMode": mode}
            for root, others in (apart or {}).items()
        ]
        settings = {
            "include": [str((ROOT / each).resolve()) for each in subject],
            "typeCheckingMode": mode,
            "extraPaths": search,
            "executionEnvironments": [*roots, {"root": "/", "extraPaths": search}],
        }
        (folder / "pyrightconfig.json").write_text(json.dumps(settings))
        run = [command, "--project", str(folder), "--pythonpath", sys.executable, "--outputjson"]
        ran = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False)
        told = json.loads(ran.stdout)
        assert told["summary"]["filesAnalyzed"], ran.stdout + ran.stderr
        return "\n".join(
            f"{each['file']}:{each['range']['start']['line'] + 1}: {each['message']} [{each.get('rule', '')}]"
            for each in told["generalDiagnostics"]
        )

    return run


def _installed(folder: Path) -> str:
    """Install pyright into an environment of its own, as the tests of projects do; skips where it cannot be had."""
    uv = os.environ.get("UV") or shutil.which("uv")
    if uv is None:
        pytest.skip("neither pyright nor uv, which would fetch it, is installed here")
    for arguments in (["venv", "--quiet", str(folder)], ["pip", "install", "--quiet", "--python", str(folder), PYRIGHT]):
        ran = subprocess.run([uv, *arguments], capture_output=True, text=True, timeout=300, check=False)
        if ran.returncode:
            pytest.skip(f"{PYRIGHT} cannot be installed here: {ran.stderr}")
    return str(folder / "bin" / PYRIGHT)
