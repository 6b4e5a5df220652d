"""The folder for what is built once: the load generator, Java classes, environments of peers."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path


def cache_folder() -> Path:
    """`$PYBOOT_BENCH_CACHE`, else `pyboot/bench` in the user's cache folder."""
    if chosen := os.environ.get("PYBOOT_BENCH_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pyboot" / "bench"


def build_once(name: str, key: bytes | str, build: Callable[[Path], None]) -> Path:
    """Return the folder *name* for *key*, filled by *build* the first time; a build that fails leaves nothing behind."""
    digest = hashlib.sha256(key.encode() if isinstance(key, str) else key).hexdigest()[:12]
    target = cache_folder() / f"{name}-{digest}"
    if target.is_dir():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=target.parent))
    try:
        build(scratch)
        if not target.is_dir():  # another run may have been faster
            scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def run_tool(*command: str | Path) -> None:
    """Run a compiler or an installer; raise `CalledProcessError` with its output when it fails."""
    subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True, timeout=300)  # noqa: S603  # our own commands


def environment_python(packages: tuple[str, ...]) -> Path:
    """Return the interpreter of an environment that holds just *packages*, made by uv or pip the first time (this needs an index)."""
    key = "\n".join((sys.version, *packages))

    def build(folder: Path) -> None:
        if uv := shutil.which("uv"):
            run_tool(uv, "venv", "-q", "--clear", "--python", sys.executable, folder)
            run_tool(uv, "pip", "install", "-q", "-p", folder / "bin/python", *packages)
        else:
            run_tool(sys.executable, "-m", "venv", "--clear", folder)
            run_tool(folder / "bin/python", "-m", "pip", "install", "-q", *packages)

    return build_once("env-" + packages[0].partition("=")[0], key, build) / "bin/python"
