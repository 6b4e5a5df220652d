"""Stacks: the frames that a task or a thread stands in, innermost first."""

import asyncio
from types import FrameType
from typing import Any, NamedTuple, final

_MOST_FRAMES = 200  # of one stack; recursion has more, and all are alike


@final
class Frame(NamedTuple):
    """One frame: the module and the qualified name of its function, its file, and the line that it is at."""

    module: str
    function: str
    file: str
    line: int

    @property
    def short(self) -> str:
        """The frame in one line, with the file's name alone."""
        return f"{self.function} ({self.file.rpartition('/')[2]}:{self.line})"


def frames_of_task(task: asyncio.Task[Any]) -> list[Frame]:
    """Return the frames of *task* along what it awaits. What is compiled has none, and ends the chain."""
    awaited, found = task.get_coro(), list[Frame]()
    while awaited is not None and len(found) < _MOST_FRAMES:
        frame = _attribute(awaited, "cr_frame", "gi_frame", "ag_frame")
        if frame is not None:
            found.append(_frame(frame))
        awaited = _attribute(awaited, "cr_await", "gi_yieldfrom", "ag_await")
    return found[::-1]


def frames_of_thread(frame: FrameType | None) -> list[Frame]:
    """Return the frames from the innermost one, *frame*, outwards."""
    found = list[Frame]()
    while frame is not None and len(found) < _MOST_FRAMES:
        found.append(_frame(frame))
        frame = frame.f_back
    return found


def _attribute(awaited: object, *names: str) -> Any:
    return next((found for name in names if (found := getattr(awaited, name, None)) is not None), None)


def _frame(frame: FrameType) -> Frame:
    code = frame.f_code
    line: int | None = frame.f_lineno  # typeshed says int, and an instruction that belongs to no line has none
    return Frame(str(frame.f_globals.get("__name__", "?")), code.co_qualname, code.co_filename, line or code.co_firstlineno)
