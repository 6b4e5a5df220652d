"""The file that says who the supervisor is."""

import os
from pathlib import Path

import pytest

from pyboot.supervisor.pid_file import PidFile, PidFileTakenError


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
