"""The process of an application: run() from the command line to the exit code, and its uptime."""

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Blueprint,
    Component,
    ConditionalOnProperty,
    ConfigurationProperties,
    Environment,
    Import,
    PyBootApplication,
    Scope,
    Service,
    Shutdown,
    Value,
    process,
    resolve_application,
    run,
)

ROOT = Path(__file__).resolve().parents[2]


ALONE = {"PYBOOT_AUTOCONFIGURE_ENABLED": "false"}


def test_an_application_without_anything_that_runs_ends_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to wait for: ``run`` returns after the start."""

    @PyBootApplication
    class App: ...

    run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop=asyncio"])

    assert "" == capsys.readouterr().out


def test_what_runs_beside_an_application_keeps_it_until_it_is_asked_to_stop() -> None:
    """It is called on the loop, when everything is up, of an application that would end by itself too."""
    seen = []

    @PyBootApplication
    class App: ...

    def beside(blueprint: Blueprint) -> None:
        seen.append(blueprint.context.is_open)
        shutdown = blueprint.framework_bean(Shutdown)
        asyncio.get_running_loop().call_soon(lambda: (seen.append(blueprint.context.is_open), shutdown.request(3)))

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop=asyncio"], beside=beside)

    assert (3, [True, True]) == (ended.value.code, seen)


def test_a_failed_start_prints_what_happened_and_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    """Description and action, exit code 1, no stack trace."""

    class Missing: ...

    @Service
    class Needy:
        def __init__(self, missing: Missing) -> None: ...

    @Import(Needy)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off"])

    printed = capsys.readouterr().err
    assert 1 == ended.value.code
    assert "APPLICATION FAILED TO START" in printed
    assert "required a bean of type" in printed
    assert "Traceback" not in printed
    assert printed.index("Description:") < printed.index("Action:")


def test_debug_adds_the_stack_trace_and_the_condition_report(capsys: pytest.CaptureFixture[str]) -> None:
    """``--debug`` is for those who want to see the code."""

    @Component
    class Broken:
        def __init__(self) -> None:
            raise RuntimeError("broken inside")

    @Import(Broken)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit):
        run(App, ["--debug"])

    printed = capsys.readouterr().err
    assert "Traceback" in printed
    assert "CONDITION REPORT" in printed


def test_debug_adds_the_condition_report_where_the_graph_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    """A bean that is missing may be one that a condition left out: the report stands before the failure."""

    @Component
    @ConditionalOnProperty("mail.on")
    class Mailer: ...

    @Component
    class Sender:
        def __init__(self, mailer: Mailer) -> None: ...

    @Import(Mailer, Sender)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit):
        run(App, ["--debug"])

    printed = capsys.readouterr().err
    assert "- @ConditionalOnProperty: 'mail.on' is not set" in printed
    assert printed.index("CONDITION REPORT") < printed.index("APPLICATION FAILED TO START")


@pytest.mark.slow
def test_log_levels_come_from_settings_and_variables(tmp_path: Path) -> None:
    """Of a logger and of one inside it, in either form."""
    (tmp_path / "logged.py").write_text(
        "import logging\nfrom pyboot.boot import *\n\n@PyBootApplication\nclass App: ...\n\n@Component\nclass Talker:\n"
        "    def __init__(self) -> None:\n        for name in ('shop', 'shop.mail', 'shop.db'):\n"
        "            logging.getLogger(name).debug('debug of %s', name)\n            logging.getLogger(name).info('info of %s', name)\n"
    )
    (tmp_path / "application.yaml").write_text("logging:\n  level:\n    shop: warning\n    shop.mail: debug\n")
    code = "from logged import App; from pyboot.boot import run; run(App, [])"
    variables = {"PYTHONPATH": f"{ROOT}:{tmp_path}", "LOGGING_LEVEL_SHOP_DB": "INFO", **ALONE}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=variables, capture_output=True, text=True, check=True)
    said = [line.rpartition(" : ")[2] for line in done.stderr.splitlines() if " of shop" in line]

    assert ["debug of shop.mail", "info of shop.mail", "info of shop.db"] == said


class Cache: ...


@Component
class Disk(Cache): ...


@Component
class Memory(Cache): ...


@Component
class Choosing:
    def __init__(self, cache: Cache) -> None: ...


@Component
class Egg:
    def __init__(self, hen: "Hen") -> None: ...


@Component
class Hen:
    def __init__(self, egg: Egg) -> None: ...


@Component
@Scope(Scope.CHANNEL)
class Session: ...


@Component
class Holding:
    def __init__(self, session: Session) -> None: ...


@Component
class Breaking:
    def __init__(self) -> None:
        raise RuntimeError("no disk")


@Component
class Stuck:
    phase = 0

    async def start(self) -> None:
        raise OSError("no network")

    async def stop(self) -> None: ...


@ConfigurationProperties("shop")
class Shop(BaseModel):
    size: int = 1


@pytest.mark.parametrize(
    ("targets", "arguments", "code", "description"),
    [
        ([Choosing], (), "PB-E301", "required a bean of type Cache that could not be found"),
        ([Choosing, Disk, Memory], (), "PB-E302", "required a single bean of type Cache, but 2 were found"),
        ([Egg, Hen], (), "PB-E303", "|  egg ("),
        ([Holding, Session], (), "PB-E304", "'holding' lives in scope singleton, 'session' in scope channel"),
        ([Disk, Component("disk")(type("Other", (), {}))], (), "PB-E202", "Several beans are named 'disk'"),
        ([Shop], ("--shop.size=x",), "PB-E103", "Origin:   command line --shop.size"),
        ([Shop], ("--shop.sise=1",), "PB-E103", "did you mean 'size'?"),
        ([Shop], ("--shop.size=${nobody}",), "PB-E103", "there is no setting 'nobody', and no default is given"),
        ([], ("--pyboot.profiles.active=a b",), "PB-E104", "The profile 'a b' is not valid"),
        ([], ("--a..b=1",), "PB-E101", "The settings in the command line cannot be read"),
        ([], ("--pyboot.main.loop=trio",), "PB-E103", "allowed are auto, uvloop and asyncio"),
        ([Breaking], (), "PB-E401", "The bean 'breaking' (tests/boot/test_process.py"),
        ([Stuck], (), "PB-E403", "The bean 'stuck' (phase 0) could not start: OSError: no network"),
    ],
)
def test_each_failure_ends_in_its_report(
    targets: list[object], arguments: tuple[str, ...], code: str, description: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Description, action, code; exit code 1."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off", *arguments])
    printed = capsys.readouterr().err

    assert (1, True, True) == (ended.value.code, description in printed, f"See: {code}" in printed)


@pytest.mark.parametrize(("target", "code"), [("nowhere_at_all", "PB-E001"), ("json", "PB-E002")])
def test_an_application_that_is_none_ends_in_its_report(target: str, code: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What ``pyboot run`` is given may be wrong as well."""
    with pytest.raises(SystemExit):
        run(lambda: resolve_application(target), [])

    assert f"See: {code}" in capsys.readouterr().err


def test_a_bean_may_end_the_application_with_a_code() -> None:
    """In order, as after a signal."""
    log: list[str] = []

    @Component
    class Server:
        phase = 0

        def __init__(self, shutdown: Shutdown) -> None:
            self.shutdown = shutdown

        async def start(self) -> None:
            asyncio.get_running_loop().call_soon(self.shutdown.request, 3)

        async def stop(self) -> None:
            log.append("stopped")

    @Import(Server)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop=asyncio"])

    assert (3, ["stopped"]) == (ended.value.code, log)


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize(("raised", "code"), [(SystemExit(3), 3), (KeyboardInterrupt(), None)])
def test_an_exit_out_of_a_callback_of_the_loop_ends_the_application_in_order_however_often_it_is_asked_for(
    loop: str, raised: BaseException, code: int | None
) -> None:
    """The first is raised behind the stop, the others ask for what is under way."""
    log: list[str] = []

    def fail() -> None:
        log.append("asked")
        raise raised

    @Component
    class Server:
        phase = 0

        async def start(self) -> None:
            for _ in range(3):
                asyncio.get_running_loop().call_later(0, fail)

        async def stop(self) -> None:
            asyncio.get_running_loop().call_soon(fail)
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            log.append("stopped")

    @Import(Server)
    @PyBootApplication
    class App: ...

    with pytest.raises(type(raised)) as ended:
        run(App, ["--pyboot.main.banner-mode=off", f"--pyboot.main.loop={loop}"])

    assert code == getattr(ended.value, "code", None)
    assert ["asked"] * 4 == sorted(log)[:4]
    assert "stopped" == log[-1]


def test_a_failing_stop_ends_with_code_1_and_says_why(caplog: pytest.LogCaptureFixture) -> None:
    """It is no failed start, so there is no such report."""

    @Component
    class Server:
        phase = 0

        def __init__(self, shutdown: Shutdown) -> None:
            self.shutdown = shutdown

        async def start(self) -> None:
            asyncio.get_running_loop().call_soon(self.shutdown.request)

        async def stop(self) -> None:
            raise OSError("stuck")

    @Import(Server)
    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit) as ended:
        run(App, ["--pyboot.main.banner-mode=off", "--pyboot.main.loop=asyncio"])

    assert 1 == ended.value.code
    assert "at the stop: stuck" in caplog.messages


@ConfigurationProperties("netty")
class Network(BaseModel):
    port: int = 0
    profiles: str = ""


@Component
class Telling:
    """Prints what it was given, and asks for ``who``."""

    def __init__(self, network: Network, environment: Environment, who: Annotated[str, Value("${who:}")]) -> None:
        print(f"port={network.port} profiles={','.join(environment.active_profiles)} who={who}")


@Component
class Reading(ApplicationRunner):
    """Reads the command line itself."""

    def run(self, arguments: ApplicationArguments) -> None:
        print(dict(arguments.options))


def ran(*beans: object, args: list[str]) -> int:
    """The exit code of an application of *beans*."""

    @Import(*beans)
    @PyBootApplication
    class App: ...

    try:
        run(App, args)
    except SystemExit as end:
        return int(str(end.code))
    return 0


@pytest.mark.parametrize(
    "args",
    [
        ["--profile=prod", "--port=1", "--who=me"],
        ["--profile", "prod", "--port", "1", "--who=me", "--debug"],
        ["--pyboot.profiles.active=prod", "--netty.port=1", "--who=me"],
    ],
)
def test_run_knows_the_options_that_the_command_knows(args: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """``python -m app --profile=prod --port=1`` is ``pyboot run app`` with the same."""
    assert 0 == ran(Network, Telling, args=args)
    assert "port=1 profiles=prod who=me\n" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--prot=1"], "options that nobody knows: --prot; did you mean --port?"),
        (["--profil=prod"], "nobody knows: --profil; did you mean --profile?"),
        (["--whoo=me", "-x"], "nobody knows: --whoo, -x"),
        (["--help"], "nobody knows: --help"),
        (["--port=many"], "Origin:   command line --port"),
        (["--port"], "--port needs a value: --port=9001"),
        (["--netty.prot=1"], "did you mean 'port'?"),
        (["--nety.port=1"], "did you mean 'netty'?"),
    ],
)
def test_run_refuses_an_option_that_nobody_knows(args: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """It was ignored without a word; the report says what is known."""
    assert 1 == ran(Network, Telling, args=args)
    report = capsys.readouterr().err
    assert told in report
    assert "APPLICATION FAILED TO START" in report


def test_the_network_s_option_is_unknown_where_there_is_no_network(capsys: pytest.CaptureFixture[str]) -> None:
    """Nobody would listen on that port."""
    assert 1 == ran(args=["--port=1"])
    assert "nobody knows: --port" in capsys.readouterr().err


def test_who_reads_the_command_line_itself_has_options_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    """A runner is handed all of them."""
    assert 0 == ran(Reading, args=["--size=3"])
    assert "{'size': '3'}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["--logging.level.app=lout"], "Property: logging.level.app\n    Value:    lout\n    Origin:   command line --logging.level.app"),
        (["--logging.file.name=nowhere/app.log"], "Origin:   command line --logging.file.name\n    Reason:   the folder "),
        (["--logging.layout=pretty"], "Origin:   command line --logging.layout"),
    ],
)
def test_wrong_logging_is_a_report_with_its_place(
    args: list[str], told: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A level, a file in a missing folder, a layout."""
    monkeypatch.chdir(tmp_path)

    assert 1 == ran(args=args)
    assert told in capsys.readouterr().err


def test_the_active_profiles_are_logged(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a start tells which settings count."""
    monkeypatch.setattr(logging.getLogger(), "handlers", [])

    assert 0 == ran(args=["--profile=a,b"])
    assert "Active profiles: a, b\n" in capfd.readouterr().err


UNGUARDED = """
from pyboot.boot import PyBootApplication, run

@PyBootApplication
class App: ...

def main():
    run(App, [])

{call}
"""


@pytest.mark.parametrize("call", ["run(App, [])", "main()"])
@pytest.mark.parametrize(
    "begin",
    ["import unguarded_app", "from pyboot.boot import resolve_application, run; run(lambda: resolve_application('unguarded_app'), [])"],
)
@pytest.mark.slow
def test_an_import_that_runs_the_application_is_refused(tmp_path: Path, call: str, begin: str) -> None:
    """It would start twice: once for who imports it, once for who runs it. As a program it runs."""
    file = tmp_path / "unguarded_app.py"
    file.write_text(UNGUARDED.format(call=call))
    environment = {**ALONE, "PATH": os.environ["PATH"]}
    ended = subprocess.run([sys.executable, "-c", begin], cwd=tmp_path, capture_output=True, text=True, timeout=30, env=environment)

    assert (1, 1) == (ended.returncode, ended.stderr.count("APPLICATION FAILED TO START"))
    assert "unguarded_app.py:10 calls run() while its module is imported" in ended.stderr
    assert 'if __name__ == "__main__":' in ended.stderr
    assert 0 == subprocess.run([sys.executable, str(file)], cwd=tmp_path, capture_output=True, timeout=30, env=environment).returncode


@pytest.mark.parametrize("given", [None, 3, "app:App", object()])
def test_run_is_told_what_is_no_application(given: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Whatever it is handed in the place of the class."""
    with pytest.raises(SystemExit):
        run(given, [])

    assert "holds no class labelled @PyBootApplication" in capsys.readouterr().err


async def test_run_inside_a_loop_says_what_to_write(capsys: pytest.CaptureFixture[str]) -> None:
    """It makes a loop of its own."""

    @PyBootApplication
    class App: ...

    with pytest.raises(SystemExit):
        run(App, [])

    shown = capsys.readouterr().err
    assert "test_process.py:" in shown
    assert "async with start(App)" in shown


def test_the_time_goes_on() -> None:
    """It is above zero, and never goes back."""
    first = process.process_seconds()

    assert 0 < first <= process.process_seconds()


def test_a_system_that_does_not_tell_gives_the_time_since_the_import(monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no ``/proc`` everywhere."""

    def read_text(self: Path, encoding: str) -> str:
        raise FileNotFoundError(self)

    monkeypatch.setattr(Path, "read_text", read_text)

    assert 0 < process.process_seconds()
