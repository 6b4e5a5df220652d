"""What tests of whole programs share: an application in a process of its own, as a user starts it."""

import itertools
import logging
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.heap import set_aside

LISTENING = re.compile(r"listening on (?:\[?(?P<host>[\w.:]+)\]?:|\('[\w.:]+', )(?P<port>\d+)")  # host:port, or a socket's address
SECONDS_TO_LISTEN = 30
TESTS_A_HEAP = 1000

finished = itertools.count(1)


@dataclass(slots=True)
class Serving:
    """A program that listens: its process, its port, and what it printed until then."""

    process: subprocess.Popen[str]
    port: int
    output: str

    def finish(self) -> str:
        """Wait until the process ended and return everything it printed."""
        rest, _ = self.process.communicate(timeout=30)
        return self.output + rest


def launch(*command: str, cwd: Path) -> Serving:
    """Start *command* and wait until it prints the address it listens on."""
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=os.environ | {"PYTHONUNBUFFERED": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    output = ""
    too_late = threading.Timer(SECONDS_TO_LISTEN, process.kill)
    too_late.start()
    assert process.stdout is not None
    for line in process.stdout:
        output += line
        if found := LISTENING.search(line):
            too_late.cancel()
            return Serving(process, int(found["port"]), output)
    too_late.cancel()
    process.communicate()
    raise AssertionError(f"{' '.join(command)} ended with {process.returncode} and never listened:\n{output}")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put what starts programs behind what does not, each in its random order: most mistakes are told within minutes."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is not None)


def pytest_collection_finish() -> None:
    """Let tests that ask the collector for what is left of them pay for that alone: of the whole heap it takes a quarter of a second."""
    set_aside()


def pytest_runtest_logfinish(nodeid: str, location: tuple[str, int | None, str]) -> None:
    """Do so again now and then: reports, caches and databases of the run become part of that heap."""
    if next(finished) % TESTS_A_HEAP == 0:
        set_aside()


@pytest.fixture(autouse=True)
def logging_as_before() -> Iterator[None]:
    """A test that sets loggers up, as an application does, leaves no trace of it: tests pass in any order."""
    loggers = [logging.getLogger(), *(entry for entry in logging.root.manager.loggerDict.values() if isinstance(entry, logging.Logger))]
    before = {logger: (logger.level, logger.filters[:], logger.propagate, logger.disabled) for logger in loggers}
    yield
    for name in list(logging.root.manager.loggerDict):
        logger = logging.getLogger(name)
        level, filters, propagate, disabled = before.get(logger, (logging.NOTSET, [], True, False))
        if logger.level != level:
            logger.setLevel(level)
        logger.filters[:], logger.propagate, logger.disabled = filters, propagate, disabled
    root = logging.getLogger()
    if root.level != before[root][0]:
        root.setLevel(before[root][0])


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    """Start a program that listens, `serve(*command, cwd=...)`; what still runs after the test is killed."""
    started: list[Serving] = []

    def start(*command: str, cwd: Path) -> Serving:
        started.append(launch(*command, cwd=cwd))
        return started[-1]

    yield start
    for serving in started:
        serving.process.kill()
        serving.process.wait()
        assert serving.process.stdout is not None
        serving.process.stdout.close()


@pytest.fixture
def run_application(serve: Callable[..., Serving]) -> Callable[..., Serving]:
    """Start an application as `pyboot run` does, on a free port: `run_application("app", cwd=folder)`."""

    def start(target: str, *arguments: str, cwd: Path) -> Serving:
        return serve(sys.executable, "-m", "pyboot.cli", "run", target, "--port=0", *arguments, cwd=cwd)

    return start
