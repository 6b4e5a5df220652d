"""Worker: the end of the channel in a worker: its listening sockets come from here, and the supervisor hears that its loop turns.

It is imported where there is a supervisor only. Two laws: the beat is sent by the loop itself, so that a loop that is blocked is silent;
and a worker whose supervisor is gone finishes what it has begun, for a while, and ends: nobody would ever end it otherwise.
"""

import asyncio
import contextlib
import faulthandler
import json
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Any, Final, Protocol, Self, final

from .asking import Asking
from .broker import Request
from .channel import PROTOCOL, Channel, Message
from .command import HELD, Identity

__all__ = ["Listening", "Worker"]

_BEAT_SECONDS: Final = 1.0
_BEATS: Final = 4  # so often at least within the silence that ends a worker: one that is late must not do it
_ORPHANED: Final = 70  # the exit code, EX_SOFTWARE
# The supervisor ends a stuck worker long before that; a worker that is stuck when its supervisor is gone ends itself.
_ALONE_SECONDS: Final = 30.0


class Listening(Protocol):
    """A channel that has got a socket from the supervisor; its methods may be called from any thread."""

    def adopt(self, descriptor: int, owner: object) -> None:
        """Accept from one more socket as well, which is of *owner*."""

    def give_back(self, owner: object) -> None:
        """Accept no longer from the socket of *owner*."""

    def hold(self) -> None:
        """Read nothing for the time being."""

    def go_on(self) -> None:
        """Read again."""


class OrphanedError(OSError):
    """The supervisor is gone."""


@final
class Worker:
    """The worker that this process is."""

    def __init__(self, identity: Identity, channel: Channel) -> None:
        """Take the end of the channel that this process was given."""
        self.identity = identity
        self._channel = channel
        self._channel.set_blocking(False)
        self.asking = Asking(self._send)
        self._lock = threading.Lock()  # a socket may be asked for from any loop's thread; the answer is for who has asked
        self._postponed: list[Message] = []
        self._asked: dict[tuple[Any, ...], int] = {}
        self._listening: dict[str, list[Listening]] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: Callable[[int], object] = lambda code: None
        self._refuse: Callable[[], object] = lambda: None
        self._begin_drain: Callable[[], object] = lambda: None
        self._next_beat: asyncio.TimerHandle | None = None
        self._cut_off: threading.Timer | None = None
        self.is_end = False
        """Whether the end that is asked for is that of all workers, and not of this one alone."""
        self._stalled_after = 30.0
        self._orphan_timeout = 5.0

    @classmethod
    def of_this_process(cls) -> Self | None:
        """Return the worker that this process is, once; ``None`` where it has no supervisor."""
        identity = Identity.taken_from(os.environ)
        return None if identity is None else cls(identity, Channel.inherited(identity.descriptor))

    def begin(self) -> None:
        """Say hello, or end where nobody hears it. Ctrl-C and a hang-up reach all processes of a terminal, and are the supervisor's affair.

        ``SIGQUIT`` writes where all threads stand.
        """
        for number in (signal.SIGINT, signal.SIGHUP):
            signal.signal(number, _do_nothing)  # not SIG_IGN, which the application's own child processes would inherit
        try:
            faulthandler.register(signal.SIGQUIT, all_threads=True)
        except (OSError, ValueError, AttributeError, RuntimeError):  # standard error is no file
            signal.signal(signal.SIGQUIT, _do_nothing)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HELD)
        try:
            self._send("hello", {"protocol": PROTOCOL, "pid": os.getpid(), "slot": self.identity.slot})
        except OrphanedError:  # while this interpreter started: there is nothing to begin
            raise SystemExit(_ORPHANED) from None

    def tell_settings(self, settings: dict[str, Any]) -> None:
        """Tell the supervisor the settings below ``pyboot.workers``, times in seconds."""
        self._stalled_after = settings["stalled_after"]
        self._orphan_timeout = settings["orphan_timeout"]
        self._send("settings", settings)

    def tell_sources(self, files: list[str]) -> None:
        """Tell the supervisor which files the application has read its settings from, for whoever watches for changes."""
        self._send("sources", {"files": files})

    def tell_modules(self, modules: list[str]) -> None:
        """Tell the supervisor what a spare process may import in advance."""
        self._send("modules", {"modules": modules})

    def next_message(self) -> Message:
        """Wait for the next message, before there is a loop; raises SystemExit where the supervisor is gone."""
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        poll.poll()
        message = self._channel.receive()
        if message is None:
            raise SystemExit(_ORPHANED)
        return message

    def leave_to_successor(self) -> None:
        """Let the program that this process executes next have the channel."""
        os.set_inheritable(self._channel.fileno(), True)

    def failed(self, report: str) -> bool:
        """Leave it to the supervisor to print the report of a failed start, once for all; tell whether it has taken it."""
        try:
            self._channel.send("failed", {"report": report})
        except OSError:
            return False
        return True

    @property
    def slot(self) -> int:
        """The place of this worker."""
        return self.identity.slot

    def wish(self, number: signal.Signals) -> None:
        """Ask the supervisor to do what it does for a signal: ``SIGHUP`` rolls, ``SIGTERM`` stops, ``SIGQUIT`` writes where all stand."""
        self._send("wish", {"signal": int(number)})

    def line(self, fields: dict[str, Any]) -> Channel:
        """Return a channel of its own, which the supervisor has the other end of and knows by *fields*: what much goes through.

        So nothing that goes through it is ever in the way of a beat, or of what the supervisor asks for.

        Raises:
            OSError: the supervisor takes no message, or no descriptor is left.
        """
        ours, theirs = Channel.pair()
        try:
            self._send("line", fields, (theirs.fileno(),))
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return ours

    # Sockets.

    def bound_socket(self, family: int, kind: int, address: Any, *, only_v6: bool, listening: Listening) -> tuple[int, bool]:
        """Return the descriptor of a socket that is bound to *address*, and whether other workers accept from it as well.

        Raises:
            OSError: the address cannot be had; the supervisor says why.
        """
        if isinstance(address, str) and not address.startswith("\0"):
            address = os.path.abspath(address)  # the supervisor may stand in another folder
        nth = 0
        if not isinstance(address, str) and not address[1]:
            place = (family, kind, tuple(address))
            nth = self._asked[place] = self._asked.get(place, -1) + 1
        request = Request(family, kind, address, only_v6, nth)
        with self._lock:
            answer = self._ask(request)
        if answer.kind == "refused":
            raise OSError(answer.fields["errno"], answer.fields["text"])
        self._listening.setdefault(_key(list(request)), []).append(listening)
        return answer.descriptors[0], bool(answer.fields["is_shared"])

    def _ask(self, request: Request) -> Message:
        self._send("listen", request._asdict())
        poll = select.poll()
        poll.register(self._channel.fileno(), select.POLLIN)
        while True:
            poll.poll()
            message = self._channel.receive()
            if message is None:
                raise OrphanedError("the supervisor is gone: there is nobody to ask for a socket")
            if message.kind in ("listening", "refused"):
                return message
            self._postponed.append(message)
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._handle_postponed)

    # On the loop.

    def serve(
        self,
        loop: asyncio.AbstractEventLoop,
        stop: Callable[[int], object],
        refuse: Callable[[], object] = lambda: None,
        drain: Callable[[], object] = lambda: None,
    ) -> None:
        """Say that everything is up, and beat from now on.

        *stop* is called with an exit code when the worker is to end in order. Where that is in a while *drain* is called before, and
        *refuse* if all workers will end.
        """
        self._loop, self._stop, self._refuse, self._begin_drain = loop, stop, refuse, drain
        loop.add_reader(self._channel.fileno(), self._on_readable)
        self._send("ready", {})
        self._handle_postponed()
        self._beat()

    def _beat(self) -> None:
        assert self._loop is not None
        with contextlib.suppress(OSError):  # it does not read at the moment, or its end will be read in a moment
            self._channel.send("beat")
        if sys.gettrace() is None and not self.identity.is_reloaded:  # nobody stops it in a debugger
            with contextlib.suppress(RuntimeError, OSError, ValueError, AttributeError):  # standard error is no file
                faulthandler.dump_traceback_later(self._stalled_after + _ALONE_SECONDS, exit=True)
        self._next_beat = self._loop.call_later(min(_BEAT_SECONDS, self._stalled_after / _BEATS), self._beat)

    def _on_readable(self) -> None:
        while True:
            with self._lock:
                try:
                    message = self._channel.receive()
                except BlockingIOError:
                    return
            if message is None:
                self._orphaned()
                return
            self._handle(message)

    def _handle_postponed(self) -> None:
        postponed, self._postponed = self._postponed, []
        for message in postponed:
            self._handle(message)

    def _handle(self, message: Message) -> None:
        if self.asking.handle(message):
            return
        if message.kind == "drain":
            self._drain(message.fields["delay"], is_end=message.fields["is_end"])
            return
        if message.kind == "adopt":
            self._adopt(message)
            return
        for listening in self._meant(message):
            if message.kind == "release":
                listening.give_back(message.fields["slot"])
            elif message.kind == "hold":
                listening.hold()
            elif message.kind == "resume":
                listening.go_on()

    def _drain(self, delay_seconds: float, *, is_end: bool) -> None:
        """End in order after a delay: others accept from now on what comes, or at the *end* of all a load balancer finds out."""
        assert self._loop is not None
        self.is_end = is_end
        if not is_end:
            for listening in self._all_listening():
                listening.hold()
        elif delay_seconds:
            self._refuse()
        if delay_seconds:
            self._begin_drain()
            self._loop.call_later(delay_seconds, self._stop, 0)
        else:
            self._stop(0)

    def _meant(self, message: Message) -> list[Listening]:
        """Return the channels that a message is about: those of an address, or all."""
        if "asked" in message.fields:
            return self._listening.get(_key(message.fields["asked"]), [])
        return self._all_listening()

    def _all_listening(self) -> list[Listening]:
        return [each for listening in self._listening.values() for each in listening]

    def _adopt(self, message: Message) -> None:
        meant = self._meant(message)
        for descriptor in message.descriptors:
            if meant:
                meant[0].adopt(descriptor, message.fields["slot"])
            else:
                os.close(descriptor)

    def _orphaned(self) -> None:
        """End in order, since the supervisor is gone; what is not done in time is cut off."""
        assert self._loop is not None
        self._loop.remove_reader(self._channel.fileno())
        self.is_end = True
        self._cut_off = threading.Timer(self._orphan_timeout, os._exit, [_ORPHANED])  # a thread: what is not done may block the loop
        self._cut_off.daemon = True
        self._cut_off.start()
        self._stop(_ORPHANED)

    def end(self) -> None:
        """Leave the loop, and the process, alone from here on."""
        if self._loop is not None:
            self._loop.remove_reader(self._channel.fileno())
        self.asking.end()
        if self._next_beat is not None:
            self._next_beat.cancel()
        if self._cut_off is not None:
            self._cut_off.cancel()
        faulthandler.cancel_dump_traceback_later()
        self._channel.close()

    def _send(self, kind: str, fields: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
        """Send a message; raises `OrphanedError` where nobody is there to get it."""
        try:
            self._channel.send(kind, fields, descriptors)
        except BlockingIOError:
            raise
        except OSError as error:
            raise OrphanedError(error.errno, "the supervisor is gone") from error


def _do_nothing(number: int, frame: FrameType | None) -> None:
    pass


def _key(request: list[Any]) -> str:
    """Return one text for a request, before and after it was JSON."""
    return json.dumps(request)
