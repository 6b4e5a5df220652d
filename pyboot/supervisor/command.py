"""Command: how a worker is started, as the supervisor itself was: the same interpreter, flags, arguments and folder, and one variable.

A worker is a fresh interpreter and no fork: new code at every roll, and no threads, loops, descriptors or random states that somebody
else has begun to use. The variable tells it who it is; it has a name that no setting has, and no child of the worker inherits it.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, MutableMapping
from typing import Final, NamedTuple, Self, final

from .channel import Channel

__all__ = ["HELD", "VARIABLE", "Identity", "WorkerCommand"]

VARIABLE: Final = "_PYBOOT_WORKER"

HELD: Final = (signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""The signals of a terminal or of a person that would end an interpreter that has no handlers yet: they wait until it has."""

# What a service manager tells the supervisor is not meant for its children.
_OF_THE_SUPERVISOR: Final = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES")


@final
class Identity(NamedTuple):
    """Who a worker is: its slot, the generation it belongs to, its supervisor, and the descriptor of the channel."""

    slot: int
    generation: int
    supervisor: int
    descriptor: int
    is_reloaded: bool = False
    """Whether it is the one worker of a `Reloader`, in which a person may stop at any line."""
    is_spare: bool = False
    """Whether it waits for its turn before it looks at the application."""

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str]) -> Self | None:
        """Take the identity out of *environment*; ``None`` where this process is no worker."""
        written = environment.pop(VARIABLE, None)
        return None if written is None else cls(*json.loads(written))

    def __str__(self) -> str:
        return json.dumps(list(self))


@final
class WorkerCommand:
    """Starts workers."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], folder: str, *, reloads: bool = False) -> None:
        """Take the command line, the variables, and the folder as a person wrote it: a link is followed anew at each start.

        The worker hears whether its supervisor *reloads* it when code changes.
        """
        self._reloads = reloads
        self._arguments = arguments
        self._environment = {name: value for name, value in environment.items() if name not in _OF_THE_SUPERVISOR}
        self._folder = folder

    @classmethod
    def of_this_process(cls, *, reloads: bool = False) -> Self:
        """Return the command that started this process."""
        return cls([sys.executable, *sys.orig_argv[1:]], os.environ, _folder_as_written(), reloads=reloads)

    @classmethod
    def of(cls, arguments: list[str]) -> Self:
        """Return the command that has these *arguments*, the program first, in the folder and with the variables of this process."""
        return cls(arguments, os.environ, _folder_as_written())

    def start(self, slot: int, generation: int, *, is_spare: bool = False) -> tuple[subprocess.Popen[bytes], Channel]:
        """Start a worker and return it with the channel to it; raises OSError where the system cannot start another process."""
        channel, theirs = Channel.pair()
        with theirs:
            identity = Identity(slot, generation, os.getpid(), theirs.fileno(), self._reloads, is_spare)
            environment = {**self._environment, VARIABLE: str(identity)}
            before = signal.pthread_sigmask(signal.SIG_BLOCK, HELD)  # which the worker inherits, and ends in `Worker.begin`
            try:
                process = subprocess.Popen(  # noqa: S603  # this program
                    self._arguments, env=environment, cwd=self._folder, pass_fds=[theirs.fileno()]
                )
            except OSError:
                channel.close()
                raise
            finally:
                signal.pthread_sigmask(signal.SIG_SETMASK, before)
        return process, channel


def _folder_as_written() -> str:
    """Return the working directory by the name that the shell has for it, which may lead through a link to the current release."""
    named = os.environ.get("PWD", "")
    try:
        if os.path.isabs(named) and os.path.samefile(named, "."):
            return named
    except OSError:  # the variable is of another time
        return os.getcwd()
    return os.getcwd()
