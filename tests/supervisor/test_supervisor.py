"""A supervisor with real workers: the start, the end, a crash, a roll."""

import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.supervisor.command import WorkerCommand
from pyboot.supervisor.phase import Phase
from pyboot.supervisor.service_manager import ServiceManager
from pyboot.supervisor.settings import WorkerSettings
from pyboot.supervisor.supervisor import Supervisor
from tests.supervisor.running import APPLICATION, Load, Running, ask, elapse, is_alive, wait_until

pytestmark = pytest.mark.slow
ORPHAN = """if message == "orphan":
            import subprocess
            shell = subprocess.run(["sh", "-c", "sleep 60 >/dev/null 2>&1 & echo $!"], stdout=subprocess.PIPE, text=True)
            ctx.write_and_flush(shell.stdout)
            return
        if message =="""
BECOME_SUBREAPER = """
import ctypes, os, sys
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""
LOOPS = pytest.mark.parametrize("loop", ["asyncio", "uvloop"])


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """Two workers that are ready."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.settle=100ms", "--pyboot.workers.restart.initial=200ms") as made:
        made.ready(2)
        yield made


@LOOPS
def test_workers_share_one_port_and_end_in_order(tmp_path: Path, loop: str) -> None:
    """A port that is chosen by the system is one for all; each answers; a signal ends all of them with 0."""
    with Running(tmp_path, "--workers=2", f"--netty.loop={loop}", "--pid-file=pid") as running:
        running.ready(2)
        wait_until(lambda: len({ask(running.port) for _ in range(20)}) == 2)
        assert [running.process.pid] == [int(each) for each in (tmp_path / "pid").read_text().split()]
        assert 1 == len({match[1] for match in running.wait(r"listening on [\d.]+:(\d+)", 2)})
        running.signal(signal.SIGTERM)
        assert 0 == running.end(), "\n".join(running.lines)
        running.wait(r"\[worker=1\]")
        assert [] == running.workers()
        assert not (tmp_path / "pid").exists()


@LOOPS
def test_a_roll_replaces_the_workers_under_load_without_a_refused_connection(tmp_path: Path, loop: str) -> None:
    """Two in a row; whoever asks is answered."""
    with Running(tmp_path, "--workers=2", f"--netty.loop={loop}", "--pyboot.workers.settle=100ms") as running:
        running.ready(2)
        before = running.workers()
        with Load(running.port) as load:
            for generation in (2, 3):
                running.signal(signal.SIGHUP)
                running.wait(f"rolled to generation {generation}")
                running.wait(rf"worker \d: ended with 0, generation {generation - 1}", 2)

        assert ["answered"] == list(load.results)
        assert not any(is_alive(pid) for pid in before)


def test_a_worker_that_is_killed_is_replaced_and_nobody_waits_for_that(running: Running) -> None:
    """Its neighbour accepts what the kernel deals to it meanwhile."""
    descriptors = f"/proc/{running.process.pid}/fd"
    before = len(os.listdir(descriptors))
    with Load(running.port) as load:
        for times in range(1, 4):
            os.kill(running.workers()[0], signal.SIGKILL)
            running.ready(2 + times)

    assert load.results.total() - load.results["answered"] <= 3 * 6, "only what the dead one had accepted"
    assert load.longest_seconds < 1.0
    assert before == len(os.listdir(descriptors))


def test_a_roll_to_code_that_is_broken_leaves_the_old_workers(running: Running) -> None:
    """The report is there once, and the next roll, after the mend, works."""
    before = running.workers()
    (running.folder / "broken").touch()
    running.signal(signal.SIGHUP)
    running.wait("roll failed, generation 1 goes on: worker 0 ended with 1")
    assert before == running.workers()
    assert {ask(running.port) for _ in range(5)} <= set(before)
    assert 1 == sum("this version is broken" in line for line in running.lines)

    (running.folder / "broken").unlink()
    running.signal(signal.SIGHUP)
    running.wait("rolled to generation 2")


def test_a_successor_that_cannot_start_is_tried_less_and_less_often(running: Running) -> None:
    """The neighbour serves all; the report is told once; when the code is mended the next attempt works."""
    (running.folder / "broken").touch()
    killed, other = running.workers()
    os.kill(killed, signal.SIGKILL)
    waits = [float(match[1]) for match in running.wait(r"the next one starts in ([\d.]+) s", 3)]
    assert waits[1] > waits[0]
    assert waits[2] > waits[1]
    assert {other} == {ask(running.port) for _ in range(10)}
    assert 1 == sum("this version is broken" in line for line in running.lines)

    (running.folder / "broken").unlink()
    running.ready(3)


def test_workers_end_when_their_supervisor_is_killed(running: Running) -> None:
    """Nobody else would end them, and the port is free."""
    port, pids = running.port, running.workers()
    running.signal(signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in pids), 6.0)
    with socket.socket() as free:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", port))


def test_a_start_that_fails_is_reported_once_and_ends_with_its_code(tmp_path: Path) -> None:
    """One worker tries alone."""
    (tmp_path / "broken").touch()
    with Running(tmp_path, "--workers=3") as running:
        assert 1 == running.end()
        assert 1 == sum("this version is broken" in line for line in running.lines)
        assert [] == [line for line in running.lines if "worker 1" in line]


def test_a_port_that_is_taken_is_the_usual_failure(tmp_path: Path) -> None:
    """Also where the other one shares it, as the workers of another supervisor do."""
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with Running(tmp_path, "--workers=2", f"--port={other.getsockname()[1]}") as running:
            assert 1 == running.end()
            running.wait("the port is in use")


def test_a_loop_that_is_blocked_is_seen_shown_and_replaced(tmp_path: Path) -> None:
    """The stacks name the line that blocks, and the others serve."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.stalled-after=2s", "--pyboot.workers.restart.initial=100ms") as running:
        running.ready(2)
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
            client.sendall(b"block\n")
            running.wait(r"its loop has not turned for")
            running.wait(r'hello.py", line \d+ in channel_read')
            running.wait(r"was ended by SIGKILL")
            running.ready(3)


def test_a_supervisor_that_was_stopped_for_a_while_takes_nobody_for_stuck(tmp_path: Path) -> None:
    """What the workers have said meanwhile is read before they are judged."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.stalled-after=4s") as running:
        running.ready(2)
        before = running.workers()
        running.signal(signal.SIGSTOP)
        elapse(6.0)
        running.signal(signal.SIGCONT)
        running.signal(signal.SIGHUP)
        running.wait("rolling from generation 1 to 2")
        assert before == running.workers()
        assert not any("has not turned" in line for line in running.lines), "\n".join(running.lines)


def test_a_second_interrupt_ends_at_once(tmp_path: Path) -> None:
    """One is for the order, and a repeat within a moment is the same wish."""
    program = """
import asyncio
from pyboot.boot import Component, PyBootApplication

@PyBootApplication
class App: ...

@Component
class Slow:
    phase = 5

    async def start(self) -> None: ...

    async def stop(self) -> None:
        await asyncio.sleep(60)
"""
    with Running(tmp_path, "--workers=2", program=program) as running:
        running.ready(2)
        running.signal(signal.SIGINT)
        running.signal(signal.SIGINT)
        running.wait("SIGINT: stopping")
        pids = running.workers()
        elapse(1.2)
        assert all(map(is_alive, pids))
        running.signal(signal.SIGINT)
        assert 130 == running.end()
        assert not any(map(is_alive, pids))


def test_workers_are_added_and_taken_away(running: Running) -> None:
    """By a signal each; what the kernel deals to a slot that was given up is accepted by a neighbour."""
    running.signal(signal.SIGTTIN)
    running.ready(3)
    running.signal(signal.SIGTTOU)
    running.wait(r"worker 2: ended with 0")
    with Load(running.port) as load:
        wait_until(lambda: load.results.total() > 60)
    assert ["answered"] == list(load.results)


def test_what_a_signal_does_to_the_number_is_told(running: Running) -> None:
    """An end of a worker that nobody explains is taken for a fault; nothing at all for a signal that was lost."""
    running.signal(signal.SIGTTIN)
    running.wait("SIGTTIN: 3 workers")
    running.ready(3)
    for left in (2, 1):
        running.signal(signal.SIGTTOU)
        running.wait(f"SIGTTOU: {left} workers?$")
    running.signal(signal.SIGTTOU)
    running.wait("SIGTTOU: the last worker stays")


def test_a_roll_changes_what_the_settings_say(tmp_path: Path) -> None:
    """The pid file moves, silence is judged by the new deadline from the first new worker on; what cannot be changed is told."""
    settings = "pyboot: {workers: {settle: 100ms, pid-file: %s, accept: %s, stalled-after: %s, restart: {initial: 100ms}}}\n"
    (tmp_path / "application.yaml").write_text(settings % ("one.pid", "per-worker", "60s"))
    with Running(tmp_path, "--workers=2") as running:
        running.ready(2)
        running.signal(signal.SIGTTOU)
        running.wait("worker 1: ended with 0")
        assert running.process.pid == int((tmp_path / "one.pid").read_text())
        (tmp_path / "application.yaml").write_text(settings % ("two.pid", "shared", "2s"))
        running.signal(signal.SIGHUP)
        running.wait("rolled to generation 2")
        assert running.process.pid == int((tmp_path / "two.pid").read_text())
        assert not (tmp_path / "one.pid").exists()
        running.wait("accept: shared is for new addresses now: sockets that are there stay as they were made")
        with socket.create_connection(("127.0.0.1", running.port), timeout=10) as client:
            client.sendall(b"block\n")
            running.wait(r"its loop has not turned for \d\.")
            running.wait(r"was ended by SIGKILL")
        running.signal(signal.SIGTERM)
        running.end()
        assert not (tmp_path / "two.pid").exists()


def test_a_pid_file_that_cannot_be_had_at_a_roll_leaves_the_one_before(tmp_path: Path) -> None:
    """The service goes on, and the old file says still who it is."""
    settings = "pyboot: {workers: {count: 2, settle: 100ms, pid-file: %s}}\n"
    (tmp_path / "application.yaml").write_text(settings % "one.pid")
    with Running(tmp_path) as running:
        running.ready(2)
        (tmp_path / "application.yaml").write_text(settings % "nowhere/two.pid")
        running.signal(signal.SIGHUP)
        running.wait("the pid file cannot be had, and .*one.pid stays: .*nowhere/two.pid")
        running.wait("rolled to generation 2")
        assert running.process.pid == int((tmp_path / "one.pid").read_text())
        running.signal(signal.SIGTERM)
        assert 0 == running.end()
        assert not (tmp_path / "one.pid").exists()


def test_orphans_are_waited_for(tmp_path: Path) -> None:
    """As process 1 of a container it inherits what workers leave behind: their zombies would fill the table of processes."""
    program = APPLICATION.replace("if message ==", ORPHAN)
    wrapper = [sys.executable, "-c", BECOME_SUBREAPER]
    with Running(tmp_path, "--workers=2", program=program, before=wrapper) as running:
        running.ready(2)
        orphan = ask(running.port, "orphan")
        assert running.process.pid == int(Path(f"/proc/{orphan}/stat").read_text().rpartition(")")[2].split()[1])
        os.kill(orphan, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{orphan}").exists())
        running.signal(signal.SIGTERM)
        assert 0 == running.end()


def test_the_number_may_stand_in_a_settings_file(tmp_path: Path) -> None:
    """The command begins anew as a supervisor, with the same arguments."""
    (tmp_path / "application.yaml").write_text("pyboot:\n  workers: {count: 2}\n")
    with Running(tmp_path) as running:
        running.ready(2)
        running.signal(signal.SIGTERM)
        assert 0 == running.end()


def test_a_path_survives_a_roll_and_goes_with_the_supervisor(tmp_path: Path) -> None:
    """Only the supervisor removes it."""
    (tmp_path / "application.yaml").write_text("netty: {servers: {greet: {transport: unix, path: ./greet.sock}}}\n")
    with Running(tmp_path, "--workers=2", "--pyboot.workers.settle=100ms", program=_without_port()) as running:
        running.ready(2)
        inode = (tmp_path / "greet.sock").stat().st_ino
        running.signal(signal.SIGHUP)
        running.wait("rolled to generation 2")
        running.wait(r"worker \d: ended with 0, generation 1", 2)
        assert inode == (tmp_path / "greet.sock").stat().st_ino
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(str(tmp_path / "greet.sock"))
            client.sendall(b"hello\n")
            assert int(client.makefile().readline()) in running.workers()
        running.signal(signal.SIGTERM)
        assert 0 == running.end()
        assert not (tmp_path / "greet.sock").exists()


def _without_port() -> str:
    return APPLICATION.replace("@NettyServer(port=0)", "@NettyServer()")


def test_the_supervisor_is_executed_anew_under_load(running: Running) -> None:
    """The process, the pid and the sockets stay, the workers are replaced, and nobody is refused; a second time as well."""
    before = running.workers()
    with Load(running.port) as load:
        for generation in (2, 3):
            running.signal(signal.SIGUSR2)
            running.wait(f"rolled to generation {generation}")
            running.wait(rf"worker \d: ended with 0, generation {generation - 1}", 2)

    assert ["answered"] == list(load.results)
    assert not any(map(is_alive, before))
    running.signal(signal.SIGTERM)
    assert 0 == running.end()
    assert [] == running.workers()


def catches(pid: int, number: signal.Signals) -> bool:
    """Whether the process has a handler for a signal already."""
    status = Path(f"/proc/{pid}/status").read_text()
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(int(caught, 16) >> (number - 1) & 1)


def test_a_hang_up_during_the_start_is_a_roll_after_it(tmp_path: Path) -> None:
    """Code has changed while the first worker read it; a number of workers that cannot be had yet is told."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.settle=100ms", program=f"import time; time.sleep(1)\n{APPLICATION}") as running:
        wait_until(lambda: catches(running.process.pid, signal.SIGHUP))
        running.signal(signal.SIGHUP)
        running.signal(signal.SIGTTIN)
        running.wait("SIGTTIN: not during a start, a roll or a stop")
        running.wait("rolled to generation 2")
        running.signal(signal.SIGTERM)
        assert 0 == running.end()


@pytest.mark.parametrize("redirection", ["2>/dev/full", "2>&-", "0<&- >&- 2>&-"])
def test_a_standard_error_that_takes_nothing_ends_no_service(tmp_path: Path, redirection: str) -> None:
    """Its disk is full, or it was closed: a start shows its banner to nobody, and a roll to broken code, whose report is lost, fails."""
    said = ["sh", "-c", f'exec "$@" {redirection}', "sh"]
    options = ("--workers=2", "--pid-file=pid", "--pyboot.workers.settle=100ms", "--pyboot.main.banner-mode=console")
    log = tmp_path / "log"
    program = APPLICATION.replace('if pathlib.Path("broken")', 'pathlib.Path("tried").touch()\nif pathlib.Path("broken")')
    with Running(tmp_path, *options, f"--logging.file.name={log}", program=program, before=said) as running:
        wait_until(lambda: log.exists() and 2 == log.read_text().count("Started App"))
        (tmp_path / "broken").touch()
        (tmp_path / "tried").unlink()
        running.signal(signal.SIGHUP)
        wait_until((tmp_path / "tried").exists)
        (tmp_path / "broken").unlink()
        running.signal(signal.SIGHUP)
        wait_until(lambda: 4 == log.read_text().count("Started App"))
        running.signal(signal.SIGTERM)
        assert 0 == running.end()
        assert not (tmp_path / "pid").exists()


def test_a_worker_that_has_only_begun_to_start_survives_the_question_where_it_stands(running: Running) -> None:
    """Its interpreter has no handlers yet: the signal waits, and so do those that a terminal sends to all processes of a roll."""
    running.signal(signal.SIGHUP)
    running.wait("rolling from generation 1 to 2")
    canary: set[int] = set()
    wait_until(lambda: canary.update(children(running.process.pid) - set(running.workers())) or canary)
    for number in (signal.SIGQUIT, signal.SIGHUP, signal.SIGINT):
        os.kill(next(iter(canary)), number)
    running.wait("rolled to generation 2")
    running.wait(rf"worker 0: ready .* generation 2, process {next(iter(canary))}")


def children(pid: int) -> set[int]:
    """The processes that a process has started and that live."""
    return {int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()}


def test_who_is_asked_to_stop_gives_up_no_more() -> None:
    """Nobody was ready when the signal came, and the last one takes long to end: that is an end in order, with 0."""
    supervisor = Supervisor(WorkerCommand.of(["true"]), ServiceManager({}))
    supervisor._phase, supervisor._settings = Phase.SERVING, WorkerSettings(give_up=0.0)
    supervisor._give_up_if_alone()
    supervisor._on_signal(signal.SIGTERM)
    supervisor.later(0.0, lambda: None)  # or the turn would wait for ever, where there is nothing else to do
    with supervisor._loop as loop:
        loop.turn(lambda: None)

    assert (Phase.STOPPING, 0) == (supervisor._phase, supervisor._exit_code)
