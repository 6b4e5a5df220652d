"""The file that says who the supervisor is."""

import errno
import os
from pathlib import Path

import pytest

from pyboot.supervisor.log import SupervisorLog
from pyboot.supervisor.pid_file import CurrentPidFile, PidFile, PidFileTakenError


def test_the_file_holds_the_id_and_goes_with_the_process(tmp_path: Path) -> None:
    """What a dead process has left there is no obstacle, whatever its number."""
    path = tmp_path / "pid"
    path.write_text("1 and more that was there\n")

    file = PidFile(str(path))
    assert f"{os.getpid()}\n" == path.read_text()
    file.remove()
    assert not path.exists()


def test_a_file_of_a_living_process_is_refused(tmp_path: Path) -> None:
    """It says whose it is."""
    path = tmp_path / "pid"
    file = PidFile(str(path))
    with pytest.raises(PidFileTakenError, match=f"of process {os.getpid()}, which is running"):
        PidFile(str(path))
    file.remove()


def test_a_file_of_another_is_left_alone(tmp_path: Path) -> None:
    """Somebody has put theirs there meanwhile."""
    path = tmp_path / "pid"
    file = PidFile(str(path))
    path.unlink()
    path.write_text("7\n")
    file.remove()

    assert "7\n" == path.read_text()


def test_a_file_that_is_removed_while_another_opens_it_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes at the very end of the one before has a file that can be found, and not a lock on one that is gone."""
    path = tmp_path / "pid"
    before = PidFile(str(path))
    opens = os.open

    def open_at_the_end(*arguments: object) -> int:
        descriptor: int = opens(*arguments)  # type: ignore[arg-type]  # as they were given
        monkeypatch.undo()
        before.remove()
        return descriptor

    monkeypatch.setattr(os, "open", open_at_the_end)
    file = PidFile(str(path))

    assert f"{os.getpid()}\n" == path.read_text()
    with pytest.raises(PidFileTakenError):
        PidFile(str(path))
    file.remove()


def test_a_disk_that_is_full_leaves_no_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor the lock."""

    def write(descriptor: int, data: bytes, offset: int) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    path = tmp_path / "pid"
    with monkeypatch.context() as full:
        full.setattr(os, "pwrite", write)
        with pytest.raises(OSError, match="No space left"):
            PidFile(str(path))
    assert not path.exists()
    PidFile(str(path)).remove()


def test_a_move_that_cannot_be_made_leaves_the_file_of_before(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It is written anew elsewhere first, and said where that fails; the same path twice is nothing."""
    current, other = CurrentPidFile(SupervisorLog()), PidFile(str(tmp_path / "other"))
    assert current.move(str(tmp_path / "one"))
    assert current.move(str(tmp_path / "one"))
    assert not current.move(str(tmp_path / "other"))
    assert f"one stays: the pid file {tmp_path}/other is of process {os.getpid()}, which is running" in capfd.readouterr().err
    assert (tmp_path / "one").exists()
    assert current.move(str(tmp_path / "two"))
    assert not (tmp_path / "one").exists()
    assert current.move(None)
    assert not (tmp_path / "two").exists()
    other.remove()
