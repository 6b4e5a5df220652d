"""PidFile: says who the supervisor is. It is locked while the process lives, so that the number of a dead one keeps nobody out."""

import fcntl
import os
from collections.abc import Sequence
from typing import Self, final

from .log import SupervisorLog

__all__ = ["CurrentPidFile", "PidFile", "PidFileTakenError"]


class PidFileTakenError(Exception):
    """Another living process has the file."""


@final
class PidFile:
    """A file with the id of this process."""

    def __init__(self, path: str) -> None:
        """Write the file and lock it.

        Raises:
            PidFileTakenError: another supervisor runs with this file.
            OSError: it cannot be written.
        """
        self._path = path
        while True:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            try:
                self._lock()
                self._file = os.fstat(self._descriptor)
                if self._is_there():
                    self._write()
                    return
            except BaseException:
                os.close(self._descriptor)
                raise
            os.close(self._descriptor)  # whoever had it has removed it between our opening and our lock: nobody would find ours

    def _lock(self) -> None:
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(self._descriptor, 32, 0).decode(errors="replace").strip()
            raise PidFileTakenError(f"the pid file {self._path} is of process {holder}, which is running") from None

    def _write(self) -> None:
        os.ftruncate(self._descriptor, 0)
        try:
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:  # the disk is full
            os.unlink(self._path)
            raise

    def _is_there(self) -> bool:
        """Tell whether the file that we have is the one that its name leads to."""
        try:
            return os.path.samestat(os.stat(self._path), self._file)
        except FileNotFoundError:
            return False

    @classmethod
    def inherited(cls, path: str, descriptor: int) -> Self:
        """Return the file that this process had before it was executed anew: the lock is its own still."""
        file = cls.__new__(cls)
        file._path, file._descriptor, file._file = path, descriptor, os.fstat(descriptor)
        os.set_inheritable(descriptor, False)
        return file

    def fileno(self) -> int:
        """Return the descriptor, which holds the lock."""
        return self._descriptor

    @property
    def path(self) -> str:
        """The path."""
        return self._path

    def remove(self) -> None:
        """Remove the file, if it is still ours."""
        try:
            if self._is_there():
                os.unlink(self._path)
        except OSError:  # its folder may not be written any more: the lock is what counts, and ends here
            return
        finally:
            os.close(self._descriptor)


@final
class CurrentPidFile:
    """The file that the settings name now, if they do: a roll may move it."""

    def __init__(self, log: SupervisorLog, files: Sequence[PidFile] = ()) -> None:
        """Begin without one, or with the one of *files*; *log* hears of one that cannot be had."""
        self._log = log
        self.files: list[PidFile] = list(files)
        """The file, or none."""

    def move(self, path: str | None) -> bool:
        """Have the file at *path* in place of the one before, and tell whether it is to be had; where not, that one stays."""
        before = list(self.files)
        if [path] == [file.path for file in before]:
            return True
        try:
            self.files = [] if path is None else [PidFile(path)]
        except (PidFileTakenError, OSError) as error:
            stays = f", and {before[0].path} stays" if before else ""
            self._log.error(f"the pid file cannot be had{stays}: {error}")
            return False
        for file in before:
            file.remove()
        return True

    def remove(self) -> None:
        """Remove the file, if there is one and it is still ours."""
        for file in self.files:
            file.remove()
