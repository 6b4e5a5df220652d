"""Reloader: starts an application anew when its files change, and keeps its listening sockets meanwhile, for people who write it.

Theory of operation. What the `Supervisor` is for service, this is for development, of the same parts: one thread, one selector, one worker.
The old worker ends before the new one starts, since both may want the same file, device or database; it has a moment for that, because a
person waits. Connections that come in between wait in the queues of the sockets, which never close::

    change ──> the worker drains ──ended──> the next one boots ──ready──> serves ──> a spare process imports the framework, and waits
                                               │
                                               └─ended, or ends later on─> its report; clients are refused until the next change

Most of a boot is the import of what does not change. So the next process is there before the change, has imported the framework, and
nothing of the application. Asked by a signal to start anew, the reloader takes a new one, since whoever asks has a reason.

A worker that a signal has ended (no memory, a crash in C) is started again by itself, after longer and longer waits. Whoever ends with a
code would do it again: only a change helps.
"""

import contextlib
import errno
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from importlib.util import cache_from_source
from typing import Final, final

from .broker import Broker, Request
from .channel import Message
from .command import WorkerCommand
from .deadlines import Deadlines
from .descendants import kill_with_descendants, reap_orphans
from .hearing import Hearing
from .log import SupervisorLog
from .loop import Loop
from .process import ProcessState, WorkerProcess, ending
from .refusal import Refusal
from .settings import WorkerSettings
from .signals import SupervisorSignals, has_terminal
from .slot import Slot
from .streams import say
from .timers import Timer
from .watcher import Changes, Watcher

__all__ = ["Reloader"]

_DRAIN_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 0.05  # a client that the old worker has accepted just now is about to ask; the next ones wait for the new worker
_REPEAT_SECONDS: Final = 1.0  # a signal can come twice for one wish
_SPARE_SECONDS: Final = 0.3  # the next process is prepared when this one has been asked the first things
_DESCRIPTION: Final = re.compile(r"Description:\s+(\S.*)")


@final
class Reloader:
    """The supervisor of one application that is being written."""

    def __init__(self, command: WorkerCommand, watcher: Watcher) -> None:
        """Take the command that starts the application, and who tells that files have changed."""
        self._command = command
        self._watcher = watcher
        self._had_terminal = has_terminal()
        self._log = SupervisorLog()
        self._loop = Loop()
        self._hearing = Hearing(self._loop, self._on_message, self._on_gone)
        self._deadlines = Deadlines(self._loop, self._log)
        self._broker = Broker(accept="shared")
        self._refusal = Refusal(self._loop)
        self._settings = WorkerSettings()
        self._slot = Slot(0)  # counts the crashes
        self._restart: Timer | None = None
        self._generation = 0
        self._modules: list[str] = []
        self._spare: WorkerProcess | None = None
        self._spare_soon: Timer | None = None
        self._process: WorkerProcess | None = None
        self._changed_at: float | None = None
        self._stale: set[str] = set()
        self._reason = ""
        self._is_stopping = False
        self._stop_asked_at = 0.0
        self._exit_code = 0
        self._handlers: Mapping[str, Callable[[WorkerProcess, Message], None]] = {
            "settings": self._on_settings,
            "sources": self._on_sources,
            "listen": self._on_listen,
            "ready": self._on_ready,
            "modules": self._on_modules,
            "failed": self._on_failed,
        }

    def run(self) -> int:
        """Run the application, again and again, until a signal asks for the end; return the exit code."""
        with SupervisorSignals() as signals, self._loop:
            self._loop.hear(signals, lambda: self._on_signals(signals))
            self._loop.hear(self._watcher.channel, self._hear_watcher)
            self._start()
            while self._process is not None or not self._is_stopping:
                self._loop.turn(lambda: None)
            self._refusal.close()
        self._broker.close()
        self._watcher.close()
        return self._exit_code

    # Changes.

    def _hear_watcher(self) -> None:
        if not self._watcher.read(self._on_changes, self._log.info):
            self._loop.forget(self._watcher.channel)
            self._log.error("the watcher is gone, and changes are no longer seen: SIGHUP starts the application anew, too")

    def _on_changes(self, changes: Changes) -> None:
        self._log.info(f"{changes} changed: starting anew")
        self._stale.update(changes.files)
        self._renew()

    def _renew(self) -> None:
        """Start the next worker, after the end of the one that is there."""
        self._changed_at = time.monotonic()
        self._slot = Slot(0)
        if self._process is None:
            self._start()
        else:
            self._end(self._process, _DRAIN_SECONDS)

    def _start(self) -> None:
        self._cancel_planned()
        self._refusal.end()
        stale, self._stale = sorted(self._stale), set()
        _forget_bytecode(stale)
        self._reason = ""
        spare, self._spare = self._spare, None
        try:
            process = spare or self._new_process(is_spare=False)
        except OSError as error:
            self._log.error(f"the application cannot be started: {error}")
            self._refuse(f"It cannot be started: {error}")
            return
        process.began = time.monotonic()
        if spare is not None:
            process.tell("go", {"files": stale})
        self._process = process
        self._deadlines.of_boot(process, self._settings.boot_timeout)

    def _new_process(self, *, is_spare: bool) -> WorkerProcess:
        self._generation += 1
        started, channel = self._command.start(0, self._generation, is_spare=is_spare)
        process = WorkerProcess(started, channel, slot=0, generation=self._generation, now=time.monotonic())
        self._hearing.begin(process)
        return process

    def _prepare_spare(self) -> None:
        """Start the process of the next reload, where one has been up: a first start that fails may be a matter of the environment."""
        self._spare_soon = None
        if self._spare is None and self._modules and not self._is_stopping:
            with contextlib.suppress(OSError):  # the next start does without, or tells why it cannot be
                self._spare = self._new_process(is_spare=True)
                self._spare.tell("import", {"modules": self._modules})

    def _prepare_spare_soon(self) -> None:
        if self._spare_soon is None:
            self._spare_soon = self._loop.later(_SPARE_SECONDS, self._prepare_spare)

    def _discard_spare(self) -> None:
        spare, self._spare = self._spare, None
        if spare is not None:
            spare.kill()

    def _cancel_planned(self) -> None:
        for timer in (self._restart, self._spare_soon):
            if timer is not None:
                timer.cancel()
        self._restart = self._spare_soon = None

    def _end(self, process: WorkerProcess, seconds: float) -> None:
        """Ask a worker to end; what it has started goes with it where it is not done in time."""
        if process.state is ProcessState.DRAINING:
            return
        process.ask_to_end(_QUIET_SECONDS, is_end=False)
        self._deadlines.of_drain(process, seconds, lambda: kill_with_descendants(process.pid))

    # Messages.

    def _on_message(self, process: WorkerProcess, message: Message) -> None:
        if message.kind in self._handlers:
            self._handlers[message.kind](process, message)

    def _on_settings(self, process: WorkerProcess, message: Message) -> None:
        self._settings = WorkerSettings.of(message.fields)
        self._log.layout = self._settings.layout
        if process.state is ProcessState.BOOTING:
            self._deadlines.of_boot(process, self._settings.boot_timeout)

    def _on_sources(self, process: WorkerProcess, message: Message) -> None:
        self._watcher.also(message.fields["files"])

    def _on_listen(self, process: WorkerProcess, message: Message) -> None:
        request = Request.of(message.fields)
        try:
            sock = self._socket(request, process.generation)
        except OSError as error:
            process.tell("refused", {"errno": error.errno, "text": error.strerror or str(error)})
            return
        process.tell("listening", {"is_shared": False}, (sock.fileno(),))  # nobody else accepts from it

    def _socket(self, request: Request, generation: int) -> socket.socket:
        try:
            return self._broker.ask(request, 0, generation)[1]
        except OSError as error:
            if error.errno != errno.EADDRINUSE or not self._broker.make_way(request, generation):
                raise
            return self._broker.ask(request, 0, generation)[1]  # it was in the way of itself: 0.0.0.0:80 has become 127.0.0.1:80

    def _on_ready(self, process: WorkerProcess, message: Message) -> None:
        if process.state is not ProcessState.BOOTING:
            return
        process.move(ProcessState.READY)
        self._broker.keep(process.generation)
        if self._changed_at is not None:
            self._log.info(f"it serves again, {time.monotonic() - self._changed_at:.2f} s after the change")
            self._changed_at = None

    def _on_modules(self, process: WorkerProcess, message: Message) -> None:
        self._modules = message.fields["modules"]
        self._prepare_spare_soon()

    def _on_failed(self, process: WorkerProcess, message: Message) -> None:
        say(message.fields["report"])
        described = _DESCRIPTION.search(message.fields["report"])
        self._reason = described[1] if described else ""

    # Ends.

    def _on_gone(self, process: WorkerProcess, was: ProcessState) -> None:
        if process is self._process:
            self._process = None
            self._go_on_without(process, was)
        elif process is self._spare:
            self._spare = None

    def _go_on_without(self, process: WorkerProcess, was: ProcessState) -> None:
        code = process.process.returncode
        if self._is_stopping:
            self._exit_code = self._exit_code or (code if 0 < code < 128 else 0)
        elif was is ProcessState.DRAINING:
            self._start()
        elif code < 0 and was is ProcessState.READY:
            delay = self._slot.next_delay(self._settings.restart, time.monotonic() - process.began)
            self._log.error(f"the application {ending(code)}: it starts anew in {delay:.2f} s")
            self._restart = self._loop.later(delay, self._start)
            self._refuse(f"It {ending(code)}.")
        else:
            self._log.info(f"the application {ending(code)}: waiting for a change")
            self._refuse(self._reason or f"It {ending(code)}.")
            self._prepare_spare_soon()

    def _refuse(self, reason: str) -> None:
        self._refusal.begin(self._broker.sockets(), reason)

    # Signals.

    def _on_signals(self, signals: SupervisorSignals) -> None:
        for number in signals.received():
            if number in (signal.SIGTERM, signal.SIGINT) or (number is signal.SIGHUP and self._had_terminal and not has_terminal()):
                self._on_stop_signal(number)
            elif number is signal.SIGHUP and not self._is_stopping:
                self._log.info("SIGHUP: starting anew")
                self._discard_spare()
                self._renew()
            elif number is signal.SIGQUIT and self._process is not None:
                self._process.signal(signal.SIGQUIT)
            elif number is signal.SIGCHLD:
                for process in (self._process, self._spare):
                    if process is not None:
                        self._hearing.reap(process)
                reap_orphans({self._watcher.pid, *(process.pid for process in (self._process, self._spare) if process is not None)})

    def _on_stop_signal(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if not self._is_stopping:
            self._is_stopping, self._stop_asked_at = True, now
            self._log.info(f"{number.name}: stopping")
            self._cancel_planned()
            self._discard_spare()
            if self._process is not None:
                self._exit_code = 128 + number if self._process.state is ProcessState.BOOTING else 0
                self._end(self._process, self._settings.drain_timeout)
        elif now - self._stop_asked_at >= _REPEAT_SECONDS and self._process is not None:
            self._log.warning(f"{number.name} again: ending at once")
            self._exit_code = 128 + number
            kill_with_descendants(self._process.pid)


def _forget_bytecode(files: Iterable[str]) -> None:
    """Remove what the interpreter has kept of *files*: it takes a file of the same size and second for the same one."""
    for file in files:
        if file.endswith(".py"):
            with contextlib.suppress(OSError, NotImplementedError):
                os.unlink(cache_from_source(file))
