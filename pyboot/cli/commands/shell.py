"""`pyboot shell`: a prompt for Python beside a running application.

Theory: whatever is typed runs on the application's loop, as a bean would, so that nothing in it needs a lock; only the reading of lines,
which blocks, has a thread of its own. A line is a task there: `await` may stand in it, the application goes on meanwhile, and Ctrl-C
cancels it. The end of the input requests an orderly stop, as a signal does. If the application stops by itself, its prompt still waits
for a line that nobody reads any more: no thread can be taken out of that, so the process ends over it.
"""

import ast
import asyncio
import code
import inspect
import os
import signal
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from types import CodeType, FrameType, FunctionType
from typing import Any, final

from pyboot.boot import Blueprint, Shutdown, resolve_application, run

_BANNER = """\
Python {version}, beside {name}, which runs.
context is its container, get(Type) a bean of it; await may stand anywhere. Ctrl-C ends a line, Ctrl-D stops the application."""

_MOMENT_SECONDS = 0.2  # for a thread that is about to end


def open_shell(target: str, arguments: Sequence[str]) -> None:
    """Start the application *target* and prompt until the input ends, or it is asked to stop.

    Raises:
        SystemExit: it could not start, or `exit` or a request to stop has given another code than 0.
    """
    prompts: list[Prompt] = []

    def beside(blueprint: Blueprint) -> None:
        prompts.append(Prompt(blueprint))
        prompts[0].begin()

    ended: int | str | None = 0
    try:
        run(lambda: resolve_application(target), arguments, beside=beside)
    except SystemExit as end:
        ended = end.code
    for prompt in prompts:
        prompt.leave(ended)
    if ended:
        raise SystemExit(ended)


@final
class Prompt(code.InteractiveConsole):
    """Reads lines in a thread of its own, and runs each on the loop of the application."""

    def __init__(self, blueprint: Blueprint) -> None:
        """Offer the context of *blueprint*, which is up, on the running loop."""
        context = blueprint.context
        super().__init__({"__name__": "__console__", "__doc__": None, "asyncio": asyncio, "context": context, "get": context.get})
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._name = blueprint.name
        self._loop = asyncio.get_running_loop()
        self._shutdown = blueprint.framework_bean(Shutdown)
        self._thread = threading.Thread(target=self._prompt, name="pyboot shell", daemon=True)
        self._line: asyncio.Task[BaseException | None] | None = None
        self._is_interrupted = False
        self._handled_before: Any = None  # Any: a handler, or one of the constants of the signal module
        self._terminal = _attributes()

    def begin(self) -> None:
        """Begin to prompt; Ctrl-C is the prompt's from now on, until a stop is requested."""
        self._handled_before = signal.signal(signal.SIGINT, self._on_interrupt)
        self._thread.start()

    def leave(self, ended: int | str | None) -> None:
        """End the process where a line is still waited for: the application has stopped by itself."""
        self._thread.join(_MOMENT_SECONDS)
        if self._thread.is_alive():
            _restore(self._terminal)
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(ended if isinstance(ended, int) else int(ended is not None))

    def runcode(self, code: CodeType) -> None:
        """Run *code* on the loop, wait for it, and show what it raises.

        Raises:
            SystemExit: it asked for the end, or the application is about to stop.
        """
        if self._shutdown.is_requested:
            raise SystemExit
        self._is_interrupted = False
        error = asyncio.run_coroutine_threadsafe(self._run(code), self._loop).result()
        if isinstance(error, SystemExit):
            raise error
        if isinstance(error, (KeyboardInterrupt, asyncio.CancelledError)) and self._is_interrupted:
            self.write("\nKeyboardInterrupt\n")
        elif error is not None:
            try:
                raise error
            except BaseException:  # noqa: BLE001  the console shows the exception that is handled
                self.showtraceback()

    async def _run(self, code: CodeType) -> BaseException | None:
        """Run *code* and return what it raises: a ``SystemExit`` that left the task would tear the loop down."""
        self._line = asyncio.current_task()
        try:
            result = FunctionType(code, self.locals)()
            if inspect.iscoroutine(result):
                await result
        except BaseException as error:  # noqa: BLE001  it is shown, by whoever waits
            trace = error.__traceback__
            return error.with_traceback(None if trace is None else trace.tb_next)  # what is below was typed
        finally:
            self._line = None
        return None

    def _on_interrupt(self, number: int, frame: FrameType | None) -> None:
        """Handle Ctrl-C: end the line that runs; where a stop is under way, leave it to who handles that."""
        line = self._line
        if self._shutdown.is_requested:
            if callable(self._handled_before):
                self._handled_before(number, frame)
        elif line is None:
            self._loop.call_soon_threadsafe(self.write, "\nKeyboardInterrupt: Ctrl-D stops the application\n")
        else:
            self._is_interrupted = True
            if asyncio.current_task(self._loop) is line:  # it holds the loop
                raise KeyboardInterrupt
            self._loop.call_soon_threadsafe(line.cancel)

    def _prompt(self) -> None:
        code: object = 0
        if sys.stdin is not None and sys.stdin.isatty():
            _edit_lines(self.locals)
        try:
            self.interact(_BANNER.format(version=sys.version.partition(" ")[0], name=self._name), exitmsg="")
        except SystemExit as end:
            code = end.code
            if isinstance(code, str):
                self.write(f"{code}\n")
        with suppress(RuntimeError):  # the application has stopped by itself, and its loop is closed
            self._loop.call_soon_threadsafe(self._shutdown.request, code if isinstance(code, int) else int(code is not None))


def _edit_lines(names: dict[str, Any]) -> None:
    """Let lines be edited, found again, and completed by *names*, where the system can."""
    try:
        import readline  # where there is none, lines are read as they come
        import rlcompleter
    except ImportError:
        return
    readline.set_completer(rlcompleter.Completer(names).complete)
    readline.parse_and_bind("tab: complete")


def _attributes() -> list[Any] | None:
    """Return how the terminal is set; None where there is none."""
    if sys.stdin is None or not sys.stdin.isatty():
        return None
    try:
        import termios  # not on Windows
    except ImportError:
        return None
    return termios.tcgetattr(sys.stdin.fileno())


def _restore(attributes: list[Any] | None) -> None:
    """Set the terminal as it was, since whoever edits a line has set it for himself."""
    if attributes is not None:
        import termios

        termios.tcsetattr(sys.stdin.fileno(), termios.TCSADRAIN, attributes)
