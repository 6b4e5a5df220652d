"""A process that has imported in advance and waits for its turn."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from pyboot.cli import spare
from pyboot.cli.spare import framework_modules, wait_for_turn
from pyboot.supervisor.channel import Channel
from pyboot.supervisor.command import VARIABLE, Identity
from pyboot.supervisor.worker import Worker


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Worker]]:
    """The reloader's end, and a worker that waits."""
    ours, theirs = Channel.pair()
    worker = Worker(Identity(0, 2, os.getpid(), theirs.fileno(), is_reloaded=True, is_spare=True), Channel.inherited(theirs.detach()))
    yield ours, worker
    worker.end()
    ours.close()


def test_it_imports_what_it_is_told_and_goes_on_at_its_turn(ends: tuple[Channel, Worker]) -> None:
    """What cannot be imported is left to whoever needs it."""
    reloader, worker = ends
    reloader.send("import", {"modules": ["pyboot.no_such_module", "pyboot.cli.finding"]})
    reloader.send("go", {"files": ["hello.py"]})
    wait_for_turn(worker)

    assert "pyboot.cli.finding" in sys.modules
    assert "pyboot.cli.spare" in framework_modules()


def test_it_begins_anew_where_what_it_has_imported_has_changed(ends: tuple[Channel, Worker], monkeypatch: pytest.MonkeyPatch) -> None:
    """As a worker that waits for nothing, on the same channel."""
    reloader, worker = ends
    executed: list[Identity | None] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: executed.append(Identity.taken_from(os.environ)))
    reloader.send("go", {"files": [str(spare.__file__)]})
    wait_for_turn(worker)

    assert [worker.identity._replace(is_spare=False)] == executed
    assert os.get_inheritable(worker.identity.descriptor)


def test_it_ends_where_the_reloader_is_gone() -> None:
    """With the code of an orphan, and before it has looked at an application."""
    ours, theirs = Channel.pair()
    with theirs:
        environment = {**os.environ, VARIABLE: str(Identity(0, 2, os.getpid(), theirs.fileno(), is_reloaded=True, is_spare=True))}
        waiting = subprocess.Popen(
            [sys.executable, "-m", "pyboot.cli", "run", "no.such.application"], env=environment, pass_fds=[theirs.fileno()]
        )
    ours.close()
    assert 70 == waiting.wait(30)
