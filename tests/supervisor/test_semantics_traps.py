"""Traps that supervisors of others have fallen into, with real processes; the how-to of workers has all of them with their tests."""

import os
import re
import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.supervisor.running import APPLICATION, ROOT, Load, Running, ask, is_alive, wait_until

pytestmark = pytest.mark.slow
SLOW_TO_ANSWER = APPLICATION.replace(
    "def channel_read(self, ctx, message):", "async def channel_read(self, ctx, message):\n        await asyncio.sleep(2.0)"
).replace("import os,", "import asyncio, os,")


def test_a_start_that_takes_longer_than_a_stall_is_waited_for(tmp_path: Path) -> None:
    """Nobody guesses that it is ready, and no deadline but that of the boot counts for it."""
    program = APPLICATION + "\nif pathlib.Path('slow').exists():\n    time.sleep(4.0)\n"
    options = ("--workers=2", "--pyboot.workers.stalled-after=2s", "--pyboot.workers.settle=100ms")
    with Running(tmp_path, *options, program=program) as running:
        running.ready(2)
        (tmp_path / "slow").touch()
        with Load(running.port) as load:
            running.signal(signal.SIGHUP)
            running.wait(r"worker \d: ended with 0, generation 1", 2)

        assert {"answered"} == set(load.results), load.results
        assert not any("stacks follow" in line or "unasked" in line for line in running.lines)
        assert all(float(match[1]) > 4.0 for match in running.wait(r"ready \(([\d.]+) s\), generation 2", 2))


def test_at_a_stop_clients_are_accepted_until_the_balancer_knows(tmp_path: Path) -> None:
    """For the delay before the stop; what they ask is answered."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.pre-stop-delay=2s") as running:
        running.ready(2)
        running.signal(signal.SIGTERM)
        running.wait("SIGTERM: stopping")
        assert ask(running.port) in running.workers()
        assert 0 == running.end()


def test_what_waits_in_the_queue_of_the_last_worker_is_answered(tmp_path: Path) -> None:
    """It came before the stop, and was not accepted yet since the loop was busy."""
    program = APPLICATION.replace("time.sleep(120)", "print('blocked', flush=True); time.sleep(2)")
    with Running(tmp_path, "--workers=1", program=program) as running:
        running.ready(1)
        with socket.create_connection(("127.0.0.1", running.port), timeout=20) as busy:
            busy.sendall(b"block\n")
            running.wait("blocked")
            waiting = [socket.create_connection(("127.0.0.1", running.port), timeout=20) for _ in range(20)]
            for client in waiting:
                client.sendall(b"hello\n")
            running.signal(signal.SIGTERM)
            answers = [client.makefile().readline() for client in waiting]
            for client in waiting:
                client.close()
        assert 0 == running.end()

    assert 1 == len(set(answers)), answers
    assert answers[0].strip().isdecimal()


def test_old_generations_do_not_pile_up_behind_long_connections(tmp_path: Path) -> None:
    """A roll begins when the workers of the one before have left."""
    with Running(tmp_path, "--workers=2", "--pyboot.workers.settle=100ms", program=SLOW_TO_ANSWER) as running:
        running.ready(2)
        clients = [socket.create_connection(("127.0.0.1", running.port), timeout=20) for _ in range(8)]
        for client in clients:
            client.sendall(b"hello\n")
        running.signal(signal.SIGHUP)
        running.wait("rolled to generation 2")
        running.signal(signal.SIGHUP)
        running.wait("rolled to generation 3")
        for client in clients:
            client.close()
        rolling = next(number for number, line in enumerate(running.lines) if "rolling from generation 2 to 3" in line)
        left = [number for number, line in enumerate(running.lines) if "ended with 0, generation 1" in line]

    assert 2 == len(left)
    assert max(left) < rolling


def test_where_nobody_can_serve_it_ends_and_says_so(tmp_path: Path) -> None:
    """A service that is up and answers nobody is worse than one that is down."""
    options = ("--workers=2", "--pyboot.workers.give-up=1s", "--pyboot.workers.restart.initial=100ms")
    with Running(tmp_path, *options) as running:
        running.ready(2)
        (tmp_path / "broken").touch()
        for pid in running.workers():
            os.kill(pid, signal.SIGKILL)
        assert 1 == running.end()
        running.wait("no worker was ready for 1 s: giving up")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells threads and libraries of a process in /proc")
def test_the_supervisor_has_one_thread_and_nothing_of_the_application(tmp_path: Path) -> None:
    """Whoever starts processes beside threads has to care for both."""
    with Running(tmp_path, "--workers=2", "--netty.loop=asyncio") as running:
        running.ready(2)
        mapped = {pid: Path(f"/proc/{pid}/maps").read_text() for pid in (running.process.pid, running.workers()[0])}
        assert 1 == len(os.listdir(f"/proc/{running.process.pid}/task"))

    assert ["pydantic_core" in text for text in mapped.values()] == [False, True]


def test_a_pid_file_of_a_process_that_is_gone_blocks_no_start(tmp_path: Path) -> None:
    """Not even where another process has its number by now: whoever holds the lock is alive."""
    (tmp_path / "pid").write_text(f"{os.getpid()}\n")
    with Running(tmp_path, "--workers=2", "--pid-file=pid") as running:
        running.ready(2)
        wait_until(lambda: (tmp_path / "pid").read_text().split() == [str(running.process.pid)])
        assert all(map(is_alive, running.workers()))


def test_a_check_takes_no_connection_from_a_service_that_runs(tmp_path: Path) -> None:
    """It tells that the port is in use, and listens nowhere."""
    with Running(tmp_path, "--workers=2") as running:
        running.ready(2)
        port = f"--netty.servers.greet.port={running.port}"
        with Load(running.port) as load, Running(tmp_path, port, arguments=("-m", "pyboot.cli", "check", "hello")) as checking:
            assert 1 == checking.end()
            checking.wait("the port is in use")

        assert {"answered"} == set(load.results), load.results


def test_the_page_names_tests_that_are_there() -> None:
    """A table of tests is believed."""
    written = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)", (ROOT / "docs/howto/run-several-workers.md").read_text()))

    assert len(named) > 20
    assert [] == sorted(name for name in named if f"def {name}(" not in written)
