"""How workers are started."""

import json
import os
import sys
from pathlib import Path

import pytest

from pyboot.supervisor.channel import Message
from pyboot.supervisor.command import VARIABLE, Identity, WorkerCommand

PROGRAM = """
import json, os, socket
slot, generation, supervisor, descriptor, *_ = json.loads(os.environ["_PYBOOT_WORKER"])
channel = socket.socket(fileno=descriptor)
channel.send(json.dumps(["hello", {
    "who": [slot, generation], "is_child": supervisor == os.getppid(), "folder": os.environ.get("PWD"), "cwd": os.getcwd(),
    "open": sorted(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else [], "notify": os.environ.get("NOTIFY_SOCKET"),
}]).encode())
"""


def test_an_identity_is_taken_once() -> None:
    """No child of a worker takes itself for a worker."""
    environment = {VARIABLE: str(Identity(1, 2, 3, 4))}

    assert Identity(1, 2, 3, 4) == Identity.taken_from(environment)
    assert {} == environment
    assert Identity.taken_from(environment) is None


@pytest.mark.slow
def test_a_worker_is_a_fresh_process_with_one_end_of_the_channel(tmp_path: Path) -> None:
    """It gets the supervisor's variables but those of the service manager, and no other descriptors."""
    command = WorkerCommand([sys.executable, "-c", PROGRAM], {**os.environ, "NOTIFY_SOCKET": "/run/notify"}, str(tmp_path))
    others = [command.start(0, 1) for _ in range(2)]
    process, channel = command.start(1, 7)
    channel.set_blocking(True)

    message = channel.receive()

    assert 0 == process.wait(10)
    assert isinstance(message, Message)
    assert ([1, 7], True, None) == (message.fields["who"], message.fields["is_child"], message.fields["notify"])
    assert str(tmp_path) == message.fields["cwd"]
    assert len(message.fields["open"]) <= 5, "the standard streams, the channel, and the folder that is listed"
    assert channel.receive() is None
    channel.close()
    for other, end in others:
        other.wait(10)
        end.close()


def test_a_folder_is_named_as_the_shell_named_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So a link to the current release is followed anew at each start; a variable of another place counts for nothing."""
    (tmp_path / "release").mkdir()
    (tmp_path / "current").symlink_to(tmp_path / "release")
    monkeypatch.chdir(tmp_path / "current")

    monkeypatch.setenv("PWD", str(tmp_path / "current"))
    assert str(tmp_path / "current") == WorkerCommand.of_this_process()._folder
    monkeypatch.setenv("PWD", str(tmp_path))
    assert str((tmp_path / "release").resolve()) == WorkerCommand.of_this_process()._folder
    monkeypatch.setenv("PWD", "/no/such/place")
    assert str((tmp_path / "release").resolve()) == WorkerCommand.of_this_process()._folder


def test_the_command_is_that_of_this_process() -> None:
    """Flags of the interpreter included."""
    assert [sys.executable, *sys.orig_argv[1:]] == WorkerCommand.of_this_process()._arguments
    assert [0, 1, 2, 3, False, True] == json.loads(str(Identity(0, 1, 2, 3, is_spare=True)))
