"""Reading the command line of `pyboot run` by hand."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.cli.commands.run import RunRequest


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["app"], ()),
        (["app", "--port=0"], ("--netty.port=0",)),
        (["app", "--profile=dev,eu"], ("--pyboot.profiles.active=dev,eu",)),
        (["--debug", "app"], ("--debug",)),
        (["app", "--netty.servers.greet.port=9001"], ("--netty.servers.greet.port=9001",)),
        (["app", "--netty.port=1", "--port=2"], ("--netty.port=2", "--netty.port=1")),
        (["app", "--greeting.text=a=b c"], ("--greeting.text=a=b c",)),
        (["app", "--greeting.loud"], ("--greeting.loud",)),
        (["app", "--list.items[0]=x"], ("--list.items[0]=x",)),
        (["app", "--", "-v", "--x.y=z", "--", "file"], ("--", "-v", "--x.y=z", "--", "file")),
        (["app", "--a.b=c", "--"], ("--a.b=c", "--")),
    ],
)
def test_the_usual_command_line_is_read(arguments: list[str], expected: tuple[str, ...]) -> None:
    """Options become settings, and settings that were written out stand last and win."""
    assert RunRequest("app", expected) == RunRequest.parse(arguments)


def test_the_application_of_the_folder_is_run_where_none_is_named() -> None:
    """Settings, options and what follows a bare `--` are none."""
    assert RunRequest(".", ("--debug", "--a.b=c", "--", "app")) == RunRequest.parse(["--a.b=c", "--debug", "--", "app"])
    assert RunRequest(".") == RunRequest.parse([])


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["app", "-h"], ["app", "other"], ["app", "--prot=1"], ["app", "--port", "1"], ["app", "--port=x"], ["app", "--port="]],
    ids=" ".join,
)
def test_anything_odd_is_left_to_the_full_command_line(arguments: list[str]) -> None:
    """Help, mistakes and other spellings are explained by the full parser."""
    assert RunRequest.parse(arguments) is None


def test_the_short_way_imports_no_command_line_library() -> None:
    """A parser takes longer to import than an application takes to start."""
    program = (
        "import sys; sys.argv = ['pyboot', 'run', 'no.such.application']\n"
        "from pyboot.cli.__main__ import main\n"
        "try: main()\n"
        "except SystemExit as end: print(end.code, sorted({'typer', 'rich', 'click', 'copier'} & set(sys.modules)))"
    )

    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert "1 []" == ended.stdout.splitlines()[-1]


LOOPED = """
import asyncio
from pyboot.boot import Component, PyBootApplication, Shutdown

@PyBootApplication
class App: ...

@Component
class Asker:
    phase = 0

    def __init__(self, shutdown: Shutdown) -> None:
        self.shutdown = shutdown

    async def start(self) -> None:
        print(type(asyncio.get_running_loop()).__module__.partition(".")[0])
        self.shutdown.request()

    async def stop(self) -> None: ...
"""


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_the_loop_of_the_settings_runs_the_application(tmp_path: Path, loop: str) -> None:
    """`netty.loop` is a default that an auto-configuration passes on to `pyboot.main.loop`."""
    (tmp_path / "looped.py").write_text(LOOPED)
    installed = tmp_path / "sites" / "netty_installed-1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: netty-installed\nVersion: 1\n")
    (installed / "entry_points.txt").write_text("[pyboot.autoconfigure]\nnetty = pyboot.netty.autoconfigure:NettyAutoConfiguration\n")
    path = os.pathsep.join([str(tmp_path / "sites"), *filter(None, sys.path)])

    ended = subprocess.run(
        [sys.executable, "-m", "pyboot.cli", "run", "looped", f"--netty.loop={loop}"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
        timeout=30,
    )

    assert (f"{loop}\n", 0) == (ended.stdout, ended.returncode), ended.stderr


TOLD = """
from pyboot.boot import ApplicationArguments, ApplicationRunner, Component, Environment, PyBootApplication

@PyBootApplication
class App: ...

@Component
class Tells(ApplicationRunner):
    def __init__(self, environment: Environment) -> None:
        self.environment = environment

    def run(self, arguments: ApplicationArguments) -> None:
        print(list(arguments.positional), self.environment.get("told.word"), self.environment.active_profiles)
"""


@pytest.mark.slow
@pytest.mark.parametrize("program", ["pyboot.cli run --port=0", "pyboot.cli run --port 0", "pyboot.cli run told --port 0", "told --port 0"])
def test_both_ways_to_start_take_the_same_command_line(tmp_path: Path, program: str) -> None:
    """`pyboot run` by hand and by the full parser, with the application and without, and `python -m`."""
    (tmp_path / "told").mkdir()
    (tmp_path / "told/__init__.py").write_text(TOLD)
    (tmp_path / "told/__main__.py").write_text("from pyboot.boot import run\nfrom . import App\nrun(App)\n")
    command = [sys.executable, "-m", *program.split(), "--profile=dev", "--told.word=hi", "--", "file", "--told.word=x", "-v"]

    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)

    assert (0, "['file', '--told.word=x', '-v'] hi ('dev',)\n") == (ended.returncode, ended.stdout), ended.stderr


@pytest.mark.parametrize(("workers", "count"), [("3", "3"), ("auto", "auto"), ("1", "1")])
def test_several_workers_are_a_setting_of_the_application_too(workers: str, count: str) -> None:
    """The supervisor starts each of them by the same command line; one that is asked for has a supervisor as well."""
    expected = RunRequest("app", (f"--pyboot.workers.count={count}", "--pyboot.workers.pid-file=run/pid"), has_workers=True)

    assert expected == RunRequest.parse(["app", f"--workers={workers}", "--pid-file=run/pid"])
    assert expected == RunRequest.parse(["--workers", workers, "app", "--pid-file", "run/pid"])
    assert not RunRequest.of("app", port=None, profile=None, debug=False, settings=[]).has_workers


@pytest.mark.parametrize(
    "arguments", [["--workers=0"], ["--workers=many"], ["--workers", "many"], ["--workers"], ["--pid-file"]], ids=" ".join
)
def test_a_number_of_workers_that_is_none_is_left_to_the_full_command_line(arguments: list[str]) -> None:
    """Which says what is wrong with it."""
    assert RunRequest.parse(["app", *arguments]) is None


@pytest.mark.parametrize(
    ("arguments", "folders"),
    [
        (["app", "--reload"], ()),
        (["app", "--reload", "--reload-dir", ".", "--reload-dir=/"], (".", "/")),
        (["app", "--reload-dir", "."], (".",)),
    ],
    ids=" ".join,
)
def test_a_reload_is_asked_for_with_the_folders_that_are_watched_too(arguments: list[str], folders: tuple[str, ...]) -> None:
    """A folder alone is enough; the application gets neither as a setting."""
    assert RunRequest("app", reloads=True, folders=folders) == RunRequest.parse(arguments)


@pytest.mark.parametrize(
    "arguments",
    [["app", "--reload", "--workers=2"], ["app", "--reload-dir=/no/such"], ["app", "--reload-dir"], ["app", "--reload=1"]],
    ids=" ".join,
)
def test_a_reload_that_is_odd_is_left_to_the_full_command_line(arguments: list[str]) -> None:
    """Several workers are rolled, not reloaded; a folder has to be there."""
    assert RunRequest.parse(arguments) is None


def test_a_reload_without_the_library_tells_which_extra_has_it(tmp_path: Path) -> None:
    """Before anything is started."""
    program = (
        "import sys; sys.modules['watchfiles'] = None; sys.argv = ['pyboot', 'run', 'app', '--reload']\n"
        "from pyboot.cli.__main__ import main\nmain()"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=30)

    assert 1 == ended.returncode
    assert "`pyboot run --reload` needs watchfiles, which is not installed." in ended.stderr
    assert "pip install 'pyboot-framework[reload]'" in ended.stderr
