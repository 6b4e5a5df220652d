"""Supervisor: starts the workers of an application, gives them their sockets, watches, replaces and ends them.

Theory of operation. One thread, one selector: a descriptor for signals, and for each worker its channel and the descriptor of its process.
It imports nothing of the application and never waits for a worker: whatever a worker does or does not do is a message, an end of a channel
or a deadline. In each turn messages are read before deadlines are judged, so that a supervisor that was stopped for a while takes nobody
for stuck who has spoken meanwhile::

    signal, message, end of a process ──> what follows: a move of a worker's state, a message, a timer ──> `adopt_vacant`

The first worker starts alone. What is wrong with the application is said once, by it, and its exit code is that of the supervisor.
"""

import os
import signal
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, final

from .adoption import adopt_vacant
from .broker import Broker, Request
from .channel import PROTOCOL, Message
from .collection import Collections
from .command import WorkerCommand
from .deadlines import Deadlines
from .descendants import reap_orphans
from .handover import Saved, execute_anew, restored_process, saved_process
from .hearing import Hearing
from .log import SupervisorLog, look_after_log_file
from .loop import Loop
from .phase import Phase
from .pid_file import CurrentPidFile, PidFile
from .process import ProcessState, WorkerProcess, ending
from .renewal import Renewal
from .roll import Roll
from .service_manager import ServiceManager
from .settings import WorkerSettings
from .signals import SupervisorSignals, has_terminal
from .slot import Slot
from .slots import Slots
from .stacks import ask_for_stacks
from .streams import Reports
from .timers import Timer

if TYPE_CHECKING:
    from .switchboard import Switchboard

__all__ = ["Supervisor"]

_REPEAT_SECONDS: Final = 1.0  # a signal can come twice for one wish: to the group, and by a wrapper that passes it on


@final
class Supervisor:
    """The supervisor of one application."""

    def __init__(self, command: WorkerCommand, manager: ServiceManager, state: dict[str, Any] | None = None) -> None:
        """Take the command that starts a worker, the service manager that has started us, and the *state* of who was here before."""
        self._command = command
        self._manager = manager
        self._had_terminal = has_terminal()
        self._log = SupervisorLog()
        self._loop = Loop()
        self._hearing = Hearing(self._loop, self._on_message, self._on_gone)
        self._deadlines = Deadlines(self._loop, self._log)
        self._renewal = Renewal(self, self._log)
        self._broker = Broker(given=manager.sockets() if state is None else ())
        self._state = state
        self._settings = WorkerSettings()
        self.slots = Slots()
        self._collections = Collections(self)
        self._switchboard: Switchboard | None = None
        self._generation = 1
        self._roll: Roll | None = None
        self._wants_roll = False
        self._phase = Phase.STARTING
        self._exit_code = 0
        self._stop_asked_at = 0.0
        self._giving_up: Timer | None = None
        self._pid_file = CurrentPidFile(self._log)
        self._reports = Reports()
        self._configured = 0
        self._is_told = False
        self._handlers: Mapping[str, Callable[[WorkerProcess, Message], None]] = {
            "hello": self._on_hello,
            "settings": self._on_settings,
            "listen": self._on_listen,
            "ready": self._on_ready,
            "beat": self._on_beat,
            "failed": lambda process, message: self._reports.say(message.fields["report"]),
            "wish": lambda process, message: self._on_signal(signal.Signals(message.fields["signal"])),
            "line": self._on_line,
            **self._collections.handlers,
        }

    # The loop.

    def run(self) -> int:
        """Supervise until everything has ended; return the exit code."""
        with SupervisorSignals() as signals, self._loop:
            self._loop.hear(signals, lambda: self._on_signals(signals))
            if self._state is None:
                self._begin()
            else:
                self._go_on(self._state)
            look_after_log_file(lambda: self._settings, self.later)
            while self.slots.processes or self._phase is Phase.SERVING:
                self._loop.turn(self._excuse)
                if self._phase is not Phase.STOPPING:
                    adopt_vacant(self.slots, self._broker)
        if self._switchboard is not None:
            self._switchboard.close()
        self._broker.close()
        self._collections.totals.close()
        self._pid_file.remove()
        return self._exit_code

    def _begin(self) -> None:
        if self._manager.complaint is not None:
            self._log.warning(self._manager.complaint)
        self.start_worker(self.slots[0], self._generation)

    def _excuse(self) -> None:
        """Take nobody for stuck who could not have been heard, or stood still as we did."""
        for process in self.slots.processes:
            process.beaten = time.monotonic()

    def warn(self, text: str) -> None:
        """Tell of what is odd."""
        self._log.warning(text)

    def later(self, seconds: float, call: Callable[[], object]) -> Timer:
        """Call *call* in so many seconds."""
        return self._loop.later(seconds, call)

    # The life of one worker.

    def start_worker(self, slot: Slot, generation: int) -> None:
        """Start a worker that is to follow in *slot*; one that was on its way there is ended."""
        if slot.coming is not None:
            self._drain(slot.coming)
        try:
            started, channel = self._command.start(slot.index, generation)
        except OSError as error:
            self._on_failed_start(slot, error)
            return
        process = WorkerProcess(started, channel, slot=slot.index, generation=generation, now=time.monotonic())
        slot.coming = process
        self._deadlines.of_boot(process, self._settings.boot_timeout)
        self._hearing.begin(process)

    def _on_failed_start(self, slot: Slot, error: OSError) -> None:
        """Go on where the system cannot start another process, for want of memory, say."""
        self._log.error(f"worker {slot.index}: cannot be started: {error}")
        if self._phase is Phase.STARTING:
            self._exit_code = 1
        elif self._roll is not None and self._roll.awaits(slot):
            self._roll.fail(f"worker {slot.index} could not be started")
        self._fill(slot, 0.0)

    def promote(self, slot: Slot) -> None:
        """Let the ready worker that was to follow serve, and its predecessor drain."""
        before, slot.serving, slot.coming = slot.serving, slot.coming, None
        if slot.serving is not None and slot.serving.settings is not None:
            self._adopt_settings(slot.serving.settings)
        if before is not None:
            self._drain(before)

    def _drain(self, process: WorkerProcess) -> None:
        """Ask a worker to finish what it has begun and to end; it has until the deadline of a drain.

        Where others go on it accepts nothing more, and its connections go on for a while: a client that it has accepted just now is about
        to ask. At the end of all it takes what comes until a load balancer has noticed.
        """
        is_end = self._phase is Phase.STOPPING
        delay_seconds = self._settings.pre_stop_delay if is_end else self._settings.quiet_period
        if process.state is ProcessState.DRAINING:
            return
        process.ask_to_end(delay_seconds, is_end=is_end)
        self.slots[process.slot].leave(process)
        self._deadlines.of_drain(process, delay_seconds + self._settings.drain_timeout, self._on_late_drain)

    def _on_late_drain(self) -> None:
        if self._phase is Phase.STOPPING:
            self._exit_code = self._exit_code or 1

    def _on_message(self, process: WorkerProcess, message: Message) -> None:
        self._handlers.get(message.kind, self._on_strange)(process, message)

    def _on_strange(self, process: WorkerProcess, message: Message) -> None:
        self._log.warning(f"worker {process.slot}: a message '{message.kind}' that this version does not know")

    def _on_hello(self, process: WorkerProcess, message: Message) -> None:
        if message.fields["protocol"] != PROTOCOL:
            self._log.warning(f"worker {process.slot}: it is of another version: ending it")
            process.kill()  # it cannot start: whoever waits for it, as a roll does, is to hear of that

    def _on_settings(self, process: WorkerProcess, message: Message) -> None:
        """Take note of the settings of a worker; they are in effect when it serves, and of a first one at once."""
        process.settings = WorkerSettings.of(message.fields)
        if self._phase is Phase.STARTING:
            self._adopt_settings(process.settings)
        if process.state is ProcessState.BOOTING:
            self._deadlines.of_boot(process, process.settings.boot_timeout)

    def _adopt_settings(self, settings: WorkerSettings) -> None:
        if self._phase is Phase.SERVING and self._settings.accept != settings.accept:
            self._log.warning(f"accept: {settings.accept} is for new addresses now: sockets that are there stay as they were made")
        self._settings = settings
        self._broker.accept, self._log.layout = settings.accept, settings.layout
        self._renewal.adopt(settings)

    def _on_listen(self, process: WorkerProcess, message: Message) -> None:
        request = Request.of(message.fields)
        try:
            listener, sock = self._broker.ask(request, process.slot, process.generation)
        except OSError as error:
            process.tell("refused", {"errno": error.errno, "text": error.strerror or str(error)})
            return
        serving = self.slots[process.slot].serving
        if request.is_udp and serving is not None:
            serving.tell("hold", {"asked": list(request)})  # two that read one socket would part the datagrams of a peer
        process.tell("listening", {"is_shared": listener.is_shared}, (sock.fileno(),))

    def _on_line(self, process: WorkerProcess, message: Message) -> None:
        if self._switchboard is None:
            from .switchboard import Switchboard  # where workers are nodes of a cluster alone

            self._switchboard = Switchboard(self, self._loop)
        self._switchboard.open(process, message)

    def _on_ready(self, process: WorkerProcess, message: Message) -> None:
        if process.state is not ProcessState.BOOTING:
            return
        process.move(ProcessState.READY)
        process.beaten = now = time.monotonic()
        self._log.info(
            f"worker {process.slot}: ready ({now - process.began:.2f} s), generation {process.generation}, process {process.pid}"
        )
        self._deadlines.of_silence(process, (process.settings or self._settings).stalled_after)
        if self._giving_up is not None:
            self._giving_up.cancel()
            self._giving_up = None
        if self._roll is None or not self._roll.on_ready(process):
            self.promote(self.slots[process.slot])
        if self._phase is Phase.STARTING:
            self._start_the_others()
        elif self._phase is Phase.SERVING:
            self._tell_ready()

    def _start_the_others(self) -> None:
        self._phase = self._phase.then(Phase.SERVING)
        if self._broker.unclaimed:
            self._log.error(f"the service manager has opened {', '.join(self._broker.unclaimed)}, where no server listens")
        if self._broker.unclaimed or not self._pid_file.move(self._settings.pid_file):
            self._stop(1)
            return
        self._log.info(f"{self._settings.workers} workers")
        self._resize_to_settings()
        self._tell_ready()
        self._keep_alive()
        self._roll_if_wanted()  # code may have changed while the first worker read it

    def _tell_ready(self) -> None:
        """Tell the service manager, once every slot has a worker that is ready."""
        if not self._is_told and self.slots.is_complete:
            self._is_told = True
            self._manager.tell("READY=1", f"MAINPID={os.getpid()}", f"STATUS={self.slots.count} workers, generation {self._generation}")

    def _keep_alive(self) -> None:
        """Give the service manager a sign of life, as long as anybody serves."""
        if self._manager.watchdog_seconds:
            if self.slots.is_anybody_ready:
                self._manager.tell("WATCHDOG=1")
            self.later(self._manager.watchdog_seconds / 2, self._keep_alive)

    def _on_beat(self, process: WorkerProcess, message: Message) -> None:
        process.beaten = time.monotonic()

    def _on_gone(self, process: WorkerProcess, was: ProcessState) -> None:
        self._collections.gone(process)
        if self._switchboard is not None:
            self._switchboard.gone(process)
        slot, code, up_seconds = self.slots[process.slot], process.process.returncode, time.monotonic() - process.began
        is_awaited = slot.coming is process and self._roll is not None and self._roll.awaits(slot)
        slot.gone(process)
        if was is ProcessState.DRAINING:
            self._log.info(f"worker {slot.index}: {ending(code)}, generation {process.generation}")
            if self._phase is Phase.STOPPING and 0 < code < 128:  # 128 and more: a signal, ours, has ended its start
                self._exit_code = self._exit_code or code
            self._roll_if_wanted()
            return
        self._log.error(f"worker {slot.index}: {ending(code)} {'before it was ready' if was is ProcessState.BOOTING else 'unasked'}")
        if self._phase is Phase.STARTING:
            self._exit_code = code if code > 0 else 1
        if is_awaited and self._roll is not None:
            self._roll.fail(f"worker {slot.index} {ending(code)}")
        if slot.serving is not None:
            slot.serving.tell("resume")  # its successor may have taken over its datagrams
        self._fill(slot, up_seconds if was is ProcessState.READY else 0.0)
        self._give_up_if_alone()

    def _fill(self, slot: Slot, up_seconds: float) -> None:
        """Plan the next worker of a slot that has none, and should have one."""
        is_vacant = slot.serving is None and slot.coming is None and slot.restart is None
        if self._phase is Phase.SERVING and slot.index < self.slots.count and is_vacant:
            self._plan_restart(slot, up_seconds)

    def _plan_restart(self, slot: Slot, up_seconds: float) -> None:
        delay = slot.next_delay(self._settings.restart, up_seconds, is_restart=True)
        self._log.info(f"worker {slot.index}: the next one starts in {delay:.2f} s")
        slot.restart = self.later(delay, lambda: self._restart(slot))

    def _restart(self, slot: Slot) -> None:
        slot.restart = None
        self.start_worker(slot, self._generation)

    def renewable(self) -> list[Slot]:
        """Return the slots whose workers may be replaced now: none, while others come or go."""
        return self.slots.settled if self._phase is Phase.SERVING and self._roll is None else []

    def renew(self, slot: Slot) -> None:
        """Start the successor of the worker that serves in *slot*."""
        self.start_worker(slot, self._generation)

    def _give_up_if_alone(self) -> None:
        """Plan the end where nobody serves any more: a service manager may know better what to do."""
        if self._phase is Phase.SERVING and self._giving_up is None and not self.slots.is_anybody_ready:
            self._giving_up = self.later(self._settings.give_up, self._give_up)

    def _give_up(self) -> None:
        if self._phase is Phase.SERVING:  # nobody has asked for the end meanwhile
            self._log.error(f"no worker was ready for {self._settings.give_up:g} s: giving up")
            self._stop(1)

    # All of them.

    def _on_signals(self, signals: SupervisorSignals) -> None:
        for number in signals.received():
            self._on_signal(number)

    def _on_signal(self, number: signal.Signals) -> None:
        if number in (signal.SIGTERM, signal.SIGINT):
            self._on_stop_signal(number)
        elif number is signal.SIGHUP:
            self._on_hang_up()
        elif number is signal.SIGQUIT:
            ask_for_stacks(self.slots.processes, self._loop, self._log)
        elif number in (signal.SIGTTIN, signal.SIGTTOU) and (self._phase is not Phase.SERVING or self._roll is not None):
            self._log.warning(f"{number.name}: not during a start, a roll or a stop; send it again then")
        elif number in (signal.SIGTTIN, signal.SIGTTOU):
            self._on_resize_signal(number)
        elif number is signal.SIGUSR2:
            self._execute_anew()
        elif number is signal.SIGCHLD:
            for process in self.slots.processes:
                self._hearing.reap(process)
            reap_orphans({process.pid for process in self.slots.processes})

    def _on_resize_signal(self, number: signal.Signals) -> None:
        count = self.slots.count + (1 if number is signal.SIGTTIN else -1)
        self._log.info(f"{number.name}: {count} worker{'s' if count > 1 else ''}" if count else f"{number.name}: the last worker stays")
        self._resize(max(1, count))

    def _on_hang_up(self) -> None:
        """Roll; or stop, where the signal means what it says, and the terminal is gone."""
        if self._had_terminal and not has_terminal():
            self._on_stop_signal(signal.SIGHUP)
        else:
            self._wants_roll = True
            self._roll_if_wanted()

    def _on_stop_signal(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self._phase is not Phase.STOPPING:
            self._stop_asked_at = now
            self._log.info(f"{number.name}: stopping")
            self._stop(0 if self._phase is Phase.SERVING else 128 + number)
        elif now - self._stop_asked_at >= _REPEAT_SECONDS:
            self._log.warning(f"{number.name} again: ending at once")
            self._exit_code = 128 + number
            for process in self.slots.processes:
                process.kill()

    def _stop(self, exit_code: int) -> None:
        """Let all workers finish; their sockets are theirs alone from now on, so that the last one empties the queues."""
        self._phase, self._exit_code = self._phase.then(Phase.STOPPING), self._exit_code or exit_code
        self._manager.tell("STOPPING=1")
        if self._roll is not None:
            self._roll.cancel()
            self._roll = None
        self._broker.release()
        for slot in self.slots:
            slot.cancel_restart()
        for process in self.slots.processes:
            self._drain(process)

    def _roll_if_wanted(self) -> None:
        """Begin a roll that was asked for, unless one is under way or has left workers behind that are not done."""
        if not self._wants_roll or self._phase is not Phase.SERVING or self._roll is not None or self.slots.is_anybody_leaving:
            return
        self._wants_roll = False
        self._reports.clear()
        self._log.info(f"rolling from generation {self._generation} to {self._generation + 1}")
        self._manager.reloading()
        self._roll = Roll(self, self.slots.wanted, self._generation + 1, self._settings.settle)
        self._roll.begin()

    def roll_is_over(self, failure: str | None) -> None:
        """Go on with what the roll has left."""
        roll, self._roll = self._roll, None
        assert roll is not None
        if failure is not None and roll.is_trial:
            self._broker.forget(roll.generation)
            self._log.error(f"roll failed, generation {self._generation} goes on: {failure}")
        elif failure is not None:
            self._log.error(f"roll stopped, what serves goes on: {failure}")
        else:
            self._broker.forget(self._generation)
            self._pid_file.move(self._settings.pid_file)
            self._log.info(f"rolled to generation {roll.generation}")
            self._generation = roll.generation
            self._resize_to_settings()
        status = f"{self.slots.count} workers, generation {self._generation}" + (f"; the last roll failed: {failure}" if failure else "")
        self._manager.tell("READY=1", f"STATUS={status}")
        self._roll_if_wanted()

    def _execute_anew(self) -> None:
        """Let a supervisor of the code that is installed now take over in this process, and replace the workers."""
        if self._phase is not Phase.SERVING or self._roll is not None or self.slots.is_anybody_coming or self.slots.is_anybody_leaving:
            self._log.warning("SIGUSR2: not while workers come or go; send it again then")
            return
        serving = [slot.serving for slot in self.slots if slot.serving is not None]
        self._log.info("SIGUSR2: executing the supervisor anew")
        try:
            state, totals = self._state_for(serving), self._collections.totals.file()
            kept: list[Saved] = [*(process.channel for process in serving), *self._broker.sockets(), totals]
            execute_anew(state | {"totals": totals.fileno()}, [*kept, *self._pid_file.files])
        except OSError as error:
            self._log.error(f"the supervisor could not be executed anew, and goes on: {error}")

    def _state_for(self, serving: list[WorkerProcess]) -> dict[str, Any]:
        return {
            "processes": [saved_process(process) for process in serving],
            "listeners": self._broker.saved(),
            "generation": self._generation,
            "count": self.slots.count,
            "restarts": [slot.restarts for slot in self.slots],
            "configured": self._configured,
            "settings": self._settings.told(),
            "pid_file": [[file.path, file.fileno()] for file in self._pid_file.files],
        }

    def _go_on(self, state: dict[str, Any]) -> None:
        """Take over from the supervisor that was in this process before, and replace its workers."""
        self._adopt_settings(WorkerSettings.of(state["settings"]))
        self._phase, self._is_told = self._phase.then(Phase.SERVING), True
        self._configured = state["configured"]
        self._broker.restore(state["listeners"])
        self._collections.totals.restore(state["totals"])
        self._generation = state["generation"]
        self._pid_file = CurrentPidFile(self._log, [PidFile.inherited(*saved) for saved in state["pid_file"] or ()])
        processes = [restored_process(saved, time.monotonic()) for saved in state["processes"]]
        self.slots = Slots(max([state["count"], *(process.slot + 1 for process in processes)]))
        self.slots.resize(state["count"])
        self.slots.restore(state["restarts"])
        for process in processes:
            self.slots[process.slot].serving = process
            self._hearing.begin(process)
            self._deadlines.of_silence(process, self._settings.stalled_after)
        for slot in self.slots:
            self._fill(slot, 0.0)
        self._keep_alive()
        self._wants_roll = True
        self._roll_if_wanted()

    def _resize_to_settings(self) -> None:
        """Have as many workers as the settings say, where they say something else than before: signals may have changed it since."""
        if self._settings.workers != self._configured:
            self._configured = self._settings.workers
            self._resize(self._configured)

    def _resize(self, count: int) -> None:
        """Have *count* workers. What the kernel deals to the sockets of a slot that is given up, a neighbour accepts."""
        self.slots.resize(count)
        for slot in self.slots.wanted:
            if slot.serving is None and slot.coming is None and slot.restart is None:
                self.start_worker(slot, self._generation)
        for slot in self.slots.surplus:
            slot.cancel_restart()
            for process in slot.processes:
                self._drain(process)
