"""The event loop of an application, which the setting ``pyboot.main.loop`` chooses."""

import asyncio
import importlib.util
import sys
from collections.abc import Callable

from .errors import BindError, BindProblem, MissingPackageError

type LoopFactory = Callable[[], asyncio.AbstractEventLoop]


def loop_factory(choice: str) -> LoopFactory:
    """Return what makes the loop that *choice* names: ``auto`` takes uvloop where it is installed.

    Raises:
        BindError: *choice* is none of ``auto``, ``uvloop``, ``asyncio``.
        MissingPackageError: uvloop is asked for and not installed.
    """
    if choice == "asyncio":
        return asyncio.new_event_loop
    has_uvloop = sys.platform != "win32" and importlib.util.find_spec("uvloop") is not None
    if choice == "auto" and not has_uvloop:
        return asyncio.new_event_loop
    if choice in ("auto", "uvloop") and has_uvloop:
        import uvloop

        factory: LoopFactory = uvloop.new_event_loop
        return factory
    if choice == "uvloop":
        raise MissingPackageError("the event loop of uvloop", "uvloop", "pyboot.main.loop")
    reason = "allowed are auto, uvloop and asyncio"
    raise BindError("pyboot.main", "MainSettings", [BindProblem("pyboot.main.loop", choice, None, reason)])


def is_running() -> bool:
    """Tell whether an event loop runs in this thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
