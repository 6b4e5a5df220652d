"""What an application in a process of several tells its supervisor."""

import asyncio
import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.actuator.workers.given import siblings
from pyboot.boot import PyBootApplication, Shutdown
from pyboot.boot.blueprint import Blueprint, prepare
from pyboot.boot.config.load import Given
from pyboot.cli.commands.run import AS_SUPERVISOR, IN_A_WORKER
from pyboot.cli.worker_host import WorkerHost, told
from pyboot.components.netty.transport.given import use_source
from pyboot.supervisor import handover
from pyboot.supervisor.channel import Channel
from pyboot.supervisor.command import VARIABLE, Identity
from pyboot.supervisor.settings import WorkerSettings
from pyboot.supervisor.worker import Worker


def blueprint(**settings: object) -> Blueprint:
    """An application of nothing, with settings."""

    @PyBootApplication
    class App: ...

    return prepare(App, Given(properties={"pyboot.autoconfigure.enabled": False, **settings}))


@pytest.fixture
def ends() -> Iterator[tuple[Channel, WorkerHost]]:
    """The supervisor's end, and the host of a worker."""
    ours, theirs = Channel.pair()
    ours.set_blocking(True)
    worker = Worker(Identity(1, 1, os.getpid(), theirs.fileno()), Channel.inherited(theirs.detach()))
    yield ours, WorkerHost(worker)
    worker.end()
    ours.close()


def test_the_defaults_of_both_sides_are_the_same() -> None:
    """The supervisor has its own until a worker tells of the application's, and they survive JSON."""
    settings = json.loads(json.dumps(told(blueprint())))

    assert WorkerSettings(count=1, kept_log_files=7) == WorkerSettings.of(settings)
    assert {*WorkerSettings._fields} == {*settings}


def test_what_is_set_is_told_in_seconds() -> None:
    """And one worker for each processor is the number 0."""
    settings = told(blueprint(**{"pyboot.workers.count": "auto", "pyboot.workers.settle": "250ms", "pyboot.workers.restart.max": "1m"}))

    assert (0, 0.25, 60.0) == (settings["count"], settings["settle"], settings["restart"]["max"])


def test_a_failed_start_is_left_to_the_supervisor(ends: tuple[Channel, WorkerHost], capfd: pytest.CaptureFixture[str]) -> None:
    """Which prints it; where it is gone, the worker does."""
    supervisor, host = ends
    assert 1 == host.report(RuntimeError("no such thing"), Given())
    message = supervisor.receive()
    assert message is not None
    assert "no such thing" in message.fields["report"]
    assert "" == capfd.readouterr().err

    supervisor.close()
    host.report(RuntimeError("no such thing"), Given())
    assert "no such thing" in capfd.readouterr().err


def test_the_command_knows_the_variable_by_the_same_name() -> None:
    """It does not import the supervisor to ask."""
    assert VARIABLE == IN_A_WORKER
    assert handover.VARIABLE == AS_SUPERVISOR


def test_an_application_that_is_reloaded_tells_its_files_and_may_end_by_itself(tmp_path: Path) -> None:
    """Its files are watched wherever they are, its log looks as if it ran alone, and a job is over when it is done."""
    (tmp_path / "application.yaml").write_text("a: 1\n")
    ours, theirs = Channel.pair()
    ours.set_blocking(True)
    identity = Identity(0, 1, os.getpid(), theirs.fileno(), is_reloaded=True)
    worker = Worker(identity, Channel.inherited(theirs.detach()))
    host = WorkerHost(worker)

    @PyBootApplication
    class App: ...

    try:
        host.on_prepared(prepare(App, Given(properties={"pyboot.autoconfigure.enabled": False}, directory=tmp_path)))
        told = [message for message in (ours.receive(), ours.receive()) if message is not None]
    finally:
        use_source(None)
        worker.end()
        ours.close()

    assert ["settings", "sources"] == [message.kind for message in told]
    assert [str(tmp_path / "application.yaml")] == told[1].fields["files"]
    assert not host.keeps_alive
    assert siblings() is None, "a reloader has one worker, and asks nobody"
    assert not host.shares_log_file


@pytest.mark.parametrize("is_end", [True, False])
async def test_an_application_hears_whether_it_ends_with_its_worker(ends: tuple[Channel, WorkerHost], is_end: bool) -> None:
    """Or others go on, as in a roll; of a signal to this process alone nobody says that it is the end of all."""
    supervisor, host = ends
    application = blueprint()
    shutdown = application.framework_bean(Shutdown)
    host.on_up(application)
    assert not shutdown.is_of_all
    supervisor.send("drain", {"delay": 0.0, "is_end": is_end})
    await asyncio.wait_for(shutdown.wait(), 5)

    assert is_end is shutdown.is_of_all
