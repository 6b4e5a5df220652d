"""The pytest plugin, as a project's tests use it: in a pytest of its own."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

APPLICATION = """
import logging
from typing import Annotated

import pytest

from pyboot.boot import Component, PyBootApplication, Value
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer


@PyBootApplication
class App: ...


@NettyServer(port=9)
class EchoServer:
    pipeline = ["line", "string"]


@Component
class Ending:
    def __init__(self, mark: Annotated[str, Value("${greeting.mark:!}")]):
        self.mark = mark


@ChannelHandlerBean(order=1)
class EchoHandler(ChannelHandler):
    def __init__(self, ending: Ending):
        self.ending = ending

    def channel_read(self, ctx, msg):
        print(f"{msg} came")
        logging.getLogger("echo").warning("%s was logged", msg)
        ctx.write_and_flush(f"{msg}{self.ending.mark}\\n")
"""
SETTINGS = """[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = function
filterwarnings = error
"""
MARKED = """
pytestmark = pytest.mark.pyboot(app=App, properties={"greeting.mark": "!"})


async def test_the_application_serves(application_context, server_streams, local_port):
    reader, writer = server_streams
    writer.write(b"ada\\n")
    assert await reader.readline() == b"ada!\\n"
    assert writer.get_extra_info("peername")[1] == local_port != 9
    assert application_context.is_open


@pytest.mark.pyboot(properties={"other": 1}, profiles=["dev"], beans={Ending: Ending("?")})
async def test_nearer_marks_add_up(application_context, server_streams):
    reader, writer = server_streams
    writer.write(b"ada\\n")
    assert await reader.readline() == b"ada?\\n"
    environment = application_context.environment
    assert ("!", "1", ("dev",)) == (environment.get("greeting.mark"), environment.get("other"), environment.active_profiles)


@pytest.mark.pyboot(handlers=[EchoHandler])
def test_a_slice_of_one_handler(handler_channel):
    handler_channel.write_inbound("ada")
    assert handler_channel.read_outbound() == "ada!\\n"


def test_a_slice_of_the_server(handler_channel, capsys, caplog):
    handler_channel.write_inbound(b"ada\\n")
    assert handler_channel.outbound_bytes() == b"ada!\\n"
    assert capsys.readouterr().out == "ada came\\n"
    assert "ada was logged" in caplog.messages
"""
STRICT = """
@pytest.mark.pyboot(app=App)
@pytest.mark.asyncio
async def test_strict(application_context):
    assert application_context.is_open


@pytest.mark.pyboot(app=App)
def test_plain(handler_channel):
    assert handler_channel.is_active
"""
SCOPED = """
import asyncio

loops = set()


async def served(application_context, server_streams):
    reader, writer = server_streams
    writer.write(b"ada\\n")
    assert await reader.readline() == b"ada!\\n"
    loops.add(asyncio.get_running_loop())


@pytest.mark.pyboot(app=App)
@pytest.mark.asyncio(loop_scope=SCOPE)
async def test_one(application_context, server_streams, handler_channel):
    await served(application_context, server_streams)


@pytest.mark.pyboot(app=App)
@pytest.mark.asyncio(loop_scope=SCOPE)
async def test_other(application_context, server_streams):
    await served(application_context, server_streams)


def test_they_ran_on():
    assert len(loops) == COUNT
"""
LEAKING = """
import asyncio, socket, threading

kept = []


def leave():
    kept.append(socket.socket())
    threading.Thread(target=threading.Event().wait, daemon=True).start()


MARK
async def test_a_coroutine_that_leaves_nothing(no_leaks):
    with socket.socket():
        await asyncio.sleep(0)


MARK
async def test_a_coroutine_that_leaves_much(no_leaks):
    leave()
    kept.append(asyncio.ensure_future(asyncio.Event().wait()))
    kept.append(asyncio.get_running_loop().call_later(100, print))


def test_a_function_that_leaves_nothing(no_leaks):
    with socket.socket():
        pass


def test_a_function_that_leaves_much(no_leaks):
    leave()


class TestThem:
    MARK
    async def test_a_method_that_leaves_nothing(self, no_leaks):
        pass
"""
PROXIED = """
from pyboot.testing import StreamFaults


@pytest.mark.pyboot(app=App)
async def test_it(no_leaks, fault_proxy):
    import asyncio

    reader, writer = await asyncio.open_connection(*fault_proxy.address)
    writer.write(b"ada\\n")
    assert await reader.readline() == b"ada!\\n"
    fault_proxy.to_client = StreamFaults(cut_after=0)
    assert await reader.readline() == b""
    writer.close()
    assert FAILS, "to see what it prints"
"""
MISSPELT = """
@pytest.mark.pyboot(app=App, propertys={})
async def test_it(application_context): ...
"""
UNMARKED = """
async def test_it(application_context): ...
"""


def run_pytest(folder: Path, source: str, settings: str = SETTINGS) -> subprocess.CompletedProcess[str]:
    """Run the tests in *source*, in a project that sets nothing but pytest-asyncio's mode."""
    (folder / "pytest.ini").write_text(settings)
    (folder / "test_project.py").write_text(source)
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "no:randomly"],  # its last test counts what the others did
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.slow
def test_a_marked_test_gets_its_application_its_client_and_its_slice(tmp_path: Path) -> None:
    """On a free port, although the decorator says 9."""
    ran = run_pytest(tmp_path, APPLICATION + MARKED)

    assert "4 passed" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_fixtures_work_in_the_strict_mode_of_pytest_asyncio(tmp_path: Path) -> None:
    """Which runs only asynchronous fixtures of its own."""
    ran = run_pytest(tmp_path, APPLICATION + STRICT, SETTINGS.replace("= auto", "= strict"))

    assert "2 passed" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("scope", "loops"), [("function", 2), ("module", 1), ("package", 1), ("session", 1)])
@pytest.mark.parametrize("mode", ["auto", "strict"])
def test_the_fixtures_run_on_the_loop_of_the_test(tmp_path: Path, scope: str, loops: int, mode: str) -> None:
    """Whichever of pytest-asyncio's loop scopes the test is marked with."""
    source = SCOPED.replace("SCOPE", repr(scope)).replace("COUNT", str(loops))

    ran = run_pytest(tmp_path, APPLICATION + source, SETTINGS.replace("= auto", f"= {mode}"))

    assert "3 passed" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.slow
def test_the_fixtures_take_the_loop_scope_of_the_settings(tmp_path: Path) -> None:
    """A plain test that asks for a slice gets it on the loop of its fixtures."""
    settings = SETTINGS.replace("scope = function", "scope = session") + "asyncio_default_test_loop_scope = module\n"
    source = SCOPED.replace("@pytest.mark.asyncio(loop_scope=SCOPE)", "").replace("COUNT", "1")

    ran = run_pytest(tmp_path, APPLICATION + source + STRICT, settings)

    assert "5 passed" in ran.stdout, ran.stdout + ran.stderr


@pytest.mark.slow
def test_a_misspelt_mark_says_what_there_is(tmp_path: Path) -> None:
    """Not silently another application."""
    ran = run_pytest(tmp_path, APPLICATION + MISSPELT)

    assert 1 == ran.returncode
    assert "takes app, properties, profiles, beans, handlers, server; given was propertys" in ran.stdout


@pytest.mark.slow
def test_a_mark_without_names_says_so(tmp_path: Path) -> None:
    """Not that the application is missing."""
    ran = run_pytest(tmp_path, APPLICATION + MISSPELT.replace("propertys=", "properties=").replace("app=App", "App"))

    assert 1 == ran.returncode
    assert "takes everything by name, app=<class" in ran.stdout


@pytest.mark.slow
def test_without_the_mark_it_says_what_to_add(tmp_path: Path) -> None:
    """Not an application that nobody named."""
    ran = run_pytest(tmp_path, APPLICATION + UNMARKED)

    assert 1 == ran.returncode
    assert "add @pytest.mark.pyboot(app=App)" in ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize("looks", ["no_leaks", "no_leaks_at_a_glance"])
@pytest.mark.parametrize(
    ("mark", "settings", "tasks"),
    [
        ("", SETTINGS, 1),
        ("@pytest.mark.asyncio", SETTINGS.replace("= auto", "= strict"), 1),
        ("@pytest.mark.anyio", SETTINGS.replace("= auto", "= strict"), 1),
        ("@pytest.mark.anyio", "[pytest]\naddopts = -p no:asyncio\n", 1),
    ],
    ids=["auto", "strict", "anyio beside it", "anyio alone"],
)
def test_leaks_are_found_whichever_plugin_runs_the_test(tmp_path: Path, mark: str, settings: str, tasks: int, looks: str) -> None:
    """Of coroutines, methods and plain functions; what a coroutine leaves on its loop too."""
    source = LEAKING.replace("MARK", mark).replace("import asyncio,", "import pytest, asyncio,").replace("no_leaks", looks)
    if "anyio" in mark:
        source += "\n\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"

    ran = run_pytest(tmp_path, source, settings)

    assert "5 passed, 2 errors" in ran.stdout, ran.stdout + ran.stderr
    shown = ran.stdout.partition("short test summary info")[0]  # which has all of it once more where pytest knows that it runs unattended
    assert 2 == len(re.findall("^E +the descriptor", shown, re.MULTILINE)), ran.stdout
    assert tasks == shown.count("the task <Task"), ran.stdout
    assert 1 == shown.count("the timer <TimerHandle"), ran.stdout


@pytest.mark.slow
def test_a_proxy_stands_before_the_server_and_is_changed_by_the_test(tmp_path: Path) -> None:
    """And its seed is shown where the test fails."""
    assert "1 passed" in (ran := run_pytest(tmp_path, APPLICATION + PROXIED.replace("FAILS", "True"))).stdout, ran.stdout
    assert "fault_proxy draws from seed=" in run_pytest(tmp_path, APPLICATION + PROXIED.replace("FAILS", "False")).stdout


LEFT_ALONE = ("pydantic", "pydantic_settings", "yaml", "dependency_injector", "uvloop", "typer", "click", "rich", "copier")


@pytest.mark.slow
def test_a_plain_run_of_pytest_imports_none_of_these(tmp_path: Path) -> None:
    """Whoever installs pyboot pays nothing for it in projects that do not use it."""
    names = (*LEFT_ALONE, "pyboot.boot", "pyboot.netty", "pyboot.components", "pyboot.cli", "pyboot.testing.application")
    source = f"""
import sys

def test_nothing_is_imported():
    assert "pyboot.testing.plugin" in sys.modules
    assert [] == [name for name in {names!r} if name in sys.modules]
"""

    ran = run_pytest(tmp_path, source)

    assert "1 passed" in ran.stdout, ran.stdout + ran.stderr


def test_the_plugin_imports_no_framework() -> None:
    """pytest imports it in every run of every project."""
    program = "import sys, pyboot.testing.plugin; print(sorted({n.split('.')[1] for n in sys.modules if n.startswith('pyboot.')}))"

    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=30)

    assert "['testing']\n" == ran.stdout
