"""LoopState: what the channels of one event loop share.

The bound of depth. A callback that causes its own event makes recursion. Python bounds the frames that it knows of
(``sys.getrecursionlimit``), but compiled handlers call each other without any: thirty of them between two callbacks of yours,
and the stack of the process ends before Python's patience does. So a context counts, in *steps*, the calls of compiled
handlers that are under way on this loop's stack, and raises past `DEPTH_LIMIT`.
"""

from __future__ import annotations

import asyncio
import asyncio.tasks
import logging
import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, final

from mypy_extensions import i64

from pyboot.components.netty.errors import HandlerCallbackError

from .life.budget import Turns
from .life.memory import LoopMemory

if TYPE_CHECKING:
    from pyboot.components.netty.limited_log import LimitedLog

    from .coroutines.mailbox import Mailbox

_log = logging.getLogger(__name__)

__all__ = ["DEPTH_LIMIT", "ENDS_PROGRAMS", "LOOPS", "LoopState", "Loops", "raise_on", "state_of", "swap_current_task"]

# As deep as Python lets functions nest by default. A call takes up to 400 bytes of a stack that has 8 MiB.
DEPTH_LIMIT: Final = 1000

# What asks a program to end, out of a handler as out of anything else.
ENDS_PROGRAMS: Final = (SystemExit, KeyboardInterrupt)

# Private in CPython since 3.12, and the only way to make a task current without stepping it. uvloop shares it.
swap_current_task: Final[Callable[[Any, Any], Any]] = asyncio.tasks._swap_current_task  # type: ignore[attr-defined]  # not in typeshed


@final
class LoopState:
    """The state that the channels of a loop share: who they are, the task that is swapped in (see `mailbox`), what they hold and log."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.channels: set[Any] = set()  # Any: channels, which stand above this file
        self.faults: LimitedLog | None = None  # of the connections that were opened on this loop
        self.turns = Turns(loop)
        self.memory = LoopMemory()
        self.stranger: Any = None  # Any: a channel that never lives, or None (`StreamChannel.has_ended`)
        self.watch: Any = None  # Any: what a transport watches on this loop (`transport.watching`), or None
        self.steps: i64 = 0  # calls of compiled handlers that are under way
        self.in_burst = False
        self.current: Mailbox | None = None
        self.outer: Any = None  # Any: the task that was current before the burst, or None

    def end_program(self, asked: BaseException, name: str) -> None:
        """A callback of the handler *name* has raised one of `ENDS_PROGRAMS`: with its next turn the loop raises it to who runs it.

        There it is asyncio's own rule: ``run_forever`` ends, and whoever ran it ends in order. Raised where the callback was
        called it would take others with it, and uvloop would swallow it.
        """
        _log.info("%s raised %r: the program is asked to end", name, asked)
        raise_on(self.loop, asked)

    def error_of(self, raised: BaseException, name: str) -> Exception:
        """Return what a callback of the handler *name* raised as an error that cancels and ends nothing; a request to end is passed on
        too.
        """
        if isinstance(raised, Exception):
            return raised
        if isinstance(raised, ENDS_PROGRAMS):
            self.end_program(raised, name)
        error = HandlerCallbackError(f"a callback of {name} raised {raised!r}")
        error.__cause__ = raised
        return error

    def end_burst(self) -> None:
        """Give the place of the current task back, unless its callback is what this burst happened in."""
        self.in_burst = False
        left = self.current
        # A burst may happen inside a callback, which then is stepped still: its task stays current until it ends or suspends.
        if left is not None and not left.is_stepping:
            self.give_back()

    def give_back(self) -> None:
        """Let the task be current again that was before the burst."""
        self.current = None
        swap_current_task(self.loop, self.outer)
        self.outer = None


@final
class Loops:
    """The loops of this process that have had a channel, for whoever watches over all of them; they are not kept."""

    def __init__(self) -> None:
        # By their ids, since the references of such a dictionary can be listed while a loop of another thread comes; a WeakSet cannot.
        self._loops: weakref.WeakValueDictionary[int, asyncio.AbstractEventLoop] = weakref.WeakValueDictionary()
        self.on_new: Callable[[], object] | None = None  # called with each loop that comes, on its thread

    def add(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note that *loop* has a channel."""
        self._loops[id(loop)] = loop
        if self.on_new is not None:
            self.on_new()

    def running(self) -> list[asyncio.AbstractEventLoop]:
        """Return those that run."""
        return [loop for each in self._loops.valuerefs() if (loop := each()) is not None and loop.is_running()]

    def __len__(self) -> int:
        return len(self._loops)


LOOPS: Final = Loops()


def raise_on(loop: asyncio.AbstractEventLoop, error: BaseException) -> None:
    """Raise *error* out of the ``run_forever`` of *loop*, from any thread; raises RuntimeError for a loop that is closed."""

    # Both loops let what ends programs out of ``run_forever`` when it is raised in a call of their own; from a task, uvloop does not.
    def now() -> None:
        raise error

    loop.call_soon_threadsafe(now)


# An attribute of the loop: a table from loops to states, which know their loops, would keep every loop for ever.
_STATE: Final = "_pyboot_netty_state"


def state_of(loop: asyncio.AbstractEventLoop) -> LoopState:
    """Return the state that the channels of *loop* share; it lives as long as the loop, which therefore keeps it."""
    state: LoopState | None = getattr(loop, _STATE, None)
    if state is None:
        state = LoopState(loop)
        setattr(loop, _STATE, state)
        LOOPS.add(loop)
    return state
