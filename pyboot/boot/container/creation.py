"""Creation: one shared bean while it is being made, and the law of who makes it, who waits for it, and what closing does.

A shared bean is one that many may have: a singleton, a bean of a scope store, what a ``Lazy`` keeps. Whoever asks first enters its
creation in the store that it lives in (singletons have one, too); all others find that creation and wait.

1. *Who makes.* Each store has a loop: singletons that of the context, the beans of a connection that of the first who awaited one of them.
   ``aget`` makes beans there, whoever asks. One that has to be awaited is made by a task of its own, which no asker's cancel reaches
   (eager ones by the task that starts the context, so that one task enters and leaves their generators). ``get`` makes plain beans
   where it is called, in any thread. A plain bean is made without a suspension. One that awaits all the same, since its type hides an
   asynchronous ``@PostConstruct``, is made by who asks: if that one is cancelled, those who wait try again.
2. *Who waits.* ``aget`` waits on any loop, ``get`` blocks its thread. ``get`` waits for plain beans alone: of one that is awaited it says
   so. As plain beans are made without a suspension, whoever blocks waits for a thread that works, never for a loop that the block stops.
3. *Circles.* Who makes a bean and asks for another that waits for the first, in the same or in other threads and tasks, would wait for
   ever. He is refused, with the circle drawn. Hence each creation notes the one that it waits for, as the import lock of Python does
   (``importlib._bootstrap._ModuleLock``).
4. *Closing.* From its beginning nothing is made in a store. Creations that await are cancelled, the others waited for; what they have made
   is ended with the rest, in exact reverse of the making, and who waits for them is told that the store is closed. A bean can be had
   until its own end begins, and not after it. What a ``Lazy`` keeps is made as part of the store that its owner lives in. A closing that
   is asked for by a making waits neither for that one nor for those that wait for it.
5. *Failures.* A making that fails is told to everybody who waits, each by an exception of his own, and the next who asks tries again.
   What was made by then is ended: at once by whoever made it, at the start with the store, which is about to close.
"""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future
from contextvars import ContextVar, Token
from itertools import pairwise
from typing import Any

from pyboot.boot.errors import BeanCreationError, BeanNotReadyError, CircularDependencyError
from pyboot.boot.graph.build import Graph
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.scope import Scope

from .teardown import PATIENCE_SECONDS

_log = logging.getLogger(__name__)

LOCK = threading.Lock()
"""Guards the creations of all stores, and who waits for whom. It is held for moments, and never while something is made."""

_current: ContextVar["Creation | None"] = ContextVar("pyboot_creation", default=None)


class Creation:
    """One making of *definition*, a bean of *graph*: it knows who makes the bean, and which other creations that waits for."""

    def __init__(self, definition: BeanDefinition, graph: Graph) -> None:
        self.definition = definition
        self.graph = graph
        self.task: asyncio.Task[Any] | None = None
        self._thread: int | None = None
        self.is_own_task = False
        """Whether the making has a task of its own, which no asker's cancel reaches."""
        self._waits_for: dict[Creation, BeanDefinition] = {}  # with what was asked for; several, where it gathers them
        self._outcome: Future[None] | None = None  # there as soon as somebody waits
        self._failure: BaseException | None = None
        self.is_done = False
        """Whether it has come to an end, a good one or not."""

    def begin(self, task: asyncio.Task[Any] | None) -> Token["Creation | None"]:
        """Note that *task*, or the running thread where there is none, makes the bean from now on, until the token is given back."""
        self.task = task
        self._thread = threading.get_ident()
        return _current.set(self)

    def rest(self, token: Token["Creation | None"]) -> None:
        """Note that what follows is no longer part of the making."""
        _current.reset(token)

    def expect(self) -> "Creation":
        """Prepare, while the lock is held, for somebody who is going to wait."""
        if self._outcome is None:
            self._outcome = Future()
            self._outcome.set_running_or_notify_cancel()  # a waiter that is cancelled cannot cancel it
        return self

    def start(self, making: Coroutine[Any, Any, None], never_begun: Callable[[], None]) -> None:
        """Make the bean by a task of its own, on the running loop; what is raised goes to those who wait.

        *never_begun* is called instead if that task is cancelled before its first step, as by the end of the loop.
        """

        async def make() -> None:
            try:
                await making
            except BaseException as error:  # noqa: BLE001  whoever waits is told; raised here, SystemExit would end the loop
                self.fail(error)

        def ended(task: asyncio.Task[None]) -> None:
            if task.cancelled():
                making.close()
                never_begun()

        self.is_own_task = True
        self.task = asyncio.get_running_loop().create_task(make(), name=f"making of {self.definition.name}")
        self.task.add_done_callback(ended)

    def join(self, asker: "Creation | None", asked: BeanDefinition) -> None:
        """Note, while the lock is held, that *asker* waits for this creation because *asked* was asked for.

        Raises:
            CircularDependencyError: this one waits for *asker*.
        """
        self.refuse_circle(asker, asked)
        if asker is not None:
            asker._waits_for[self] = asked

    def refuse_circle(self, asker: "Creation | None", asked: BeanDefinition) -> None:
        """Raise the error of :meth:`join`, if it would."""
        chain = _chain(self, asker) if asker is not None else []
        if chain:
            raise CreationCircleError(chain, asked)

    def let_go(self, asker: "Creation | None") -> None:
        """Note that *asker* waits no longer."""
        if asker is not None:
            with LOCK:
                asker._waits_for.pop(self, None)

    def succeed(self) -> None:
        """Tell all who wait to look again: the bean is there, or is to be made by one of them."""
        self.is_done = True
        self._tell_all()

    def fail(self, error: BaseException) -> None:
        """Tell all who wait, unless they have been told."""
        if isinstance(error, asyncio.CancelledError | GeneratorExit):  # it would look like a cancel of those who wait
            error = BeanCreationError(self.definition.name, str(self.definition.origin), "its making was cancelled")
        self.is_done = True
        if self._failure is None:
            self._failure = twin(error)  # as it is now: whoever made the bean is going to raise it further up
        self._tell_all()

    def _tell_all(self) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(None)

    def cancel(self) -> None:
        """Cancel the making, if a task of its own does it."""
        if self.is_own_task and self.task is not None:
            try:
                self.task.get_loop().call_soon_threadsafe(self.task.cancel)
            except RuntimeError as error:  # its loop has been closed
                self.fail(error)

    def block(self) -> None:
        """Block the running thread until the making has ended; raise what it has raised.

        Raises:
            BeanNotReadyError: the making needs the loop that this thread runs.
        """
        if not self.is_done and self.task is not None and self.task.get_loop() is running_loop():
            raise BeanNotReadyError(self.definition.name)
        assert self._outcome is not None
        try:
            self._outcome.result(PATIENCE_SECONDS)
        except TimeoutError:
            self._tell()
            self._outcome.result()
        self._raise_failure()

    async def wait(self) -> None:
        """Wait until the making has ended, and raise what it has raised. A cancel leaves the making alone."""
        assert self._outcome is not None
        ended = asyncio.wrap_future(self._outcome)
        if not (await asyncio.wait({ended}, timeout=PATIENCE_SECONDS))[0]:
            self._tell()
        await ended
        self._raise_failure()

    def _raise_failure(self) -> None:
        if self._failure is not None:
            raise twin(self._failure)

    def _tell(self) -> None:
        waited = ", ".join(f"'{creation.definition.name}'" for creation in tuple(self._waits_for))
        _log.warning("waiting for the bean '%s' to be made%s", self.definition.name, waited and f", which waits for {waited}")

    def is_made_here(self) -> bool:
        """Tell whether the running code is part of the making: the making has called it, or its task awaits it."""
        if self.is_done or self._thread != threading.get_ident():
            return False
        return self.task is None or _is_awaited_by(self.task, current_task())

    def asked_through(self, other: "Creation") -> list[BeanDefinition]:
        """Return the beans between this one and *other*, which its making waits for: the one asked for, and those that it needs."""
        return _way(other.graph, self._waits_for[other], other.definition)

    def leads_to(self, other: "Creation | None") -> bool:
        """Tell, while the lock is held, whether this creation is *other* or waits for it, directly or not."""
        return other is not None and bool(_chain(self, other))

    def waits_for(self) -> tuple["Creation", ...]:
        """Return, while the lock is held, the creations that the making waits for."""
        return tuple(self._waits_for)


class CreationCircleError(CircularDependencyError):
    """A circle of beans that ask for each other while they are made. Prototypes in it are drawn in as the error passes them."""

    def __init__(self, chain: list[Creation], asked: BeanDefinition) -> None:
        self._making = [creation.definition for creation in chain]
        self._beans: list[BeanDefinition] = []
        for creation, following in pairwise(chain):
            self._beans += [creation.definition, *creation.asked_through(following)]
        self._beans += [chain[-1].definition, *_way(chain[0].graph, asked, chain[0].definition)]
        super().__init__(self._drawn())

    def _drawn(self) -> list[str]:
        return [f"{entry.name} ({entry.origin})" for entry in self._beans]

    def pass_through(self, definition: BeanDefinition) -> None:
        """Note that the making of *definition* was broken off by this error: a prototype has asked in the name of its maker."""
        if self._making and definition is self._making[-1]:
            self._making.pop()
        elif self._making and definition.scope == Scope.PROTOTYPE and definition not in self._beans:
            self._beans.insert(self._beans.index(self._making[-1]) + 1, definition)
            self.loop = self._drawn()


def _chain(start: Creation, goal: Creation) -> list[Creation]:
    """Return the creations from *start* to *goal*, each of which waits for the next; none if it does not lead there."""
    chains = {start: [start]}
    waiting = [start]
    while waiting:
        step = waiting.pop()
        if step is goal:
            return chains[step]
        for following in step.waits_for():
            if following not in chains:
                chains[following] = [*chains[step], following]
                waiting.append(following)
    return []


def _way(graph: Graph, start: BeanDefinition, goal: BeanDefinition) -> list[BeanDefinition]:
    """Return the shortest way from *start* down to *goal*, which it needs, without the goal."""
    ways = {start: [start]} if start is not goal else {}
    waiting = list(ways)
    while waiting:
        step = waiting.pop(0)
        for needed in graph.needs(step):
            if needed is goal:
                return ways[step]
            if needed not in ways:
                ways[needed] = [*ways[step], needed]
                waiting.append(needed)
    return []


def twin(error: BaseException) -> BaseException:
    """Return another exception with the class, the facts, the cause and the traceback of *error*.

    One exception that several raise would collect the frames and the notes of all of them. A class of the user's may have any
    constructor, so none but that of the nearest built-in base is called. Where that refuses, *error* itself is returned.
    """
    builtin: Any = next(base for base in type(error).__mro__ if base.__module__ == "builtins")
    try:
        other: BaseException = builtin.__new__(type(error), *error.args)
        builtin.__init__(other, *error.args)
    except Exception:  # noqa: BLE001  as of an error that is made of something else than it has been given
        return error
    vars(other).update({name: list(fact) if isinstance(fact, list) else fact for name, fact in vars(error).items()})
    other.__cause__, other.__context__, other.__suppress_context__ = error.__cause__, error.__context__, error.__suppress_context__
    return other.with_traceback(error.__traceback__)


def running_creation() -> Creation | None:
    """Return the creation that the code which runs now is part of."""
    creation = _current.get()
    return creation if creation is not None and creation.is_made_here() else None


def running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the loop that this thread runs, if it runs one."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def current_task() -> asyncio.Task[Any] | None:
    """Return the running task; none outside of a loop."""
    loop = running_loop()
    return asyncio.current_task(loop) if loop is not None else None


def _is_awaited_by(task: asyncio.Task[Any], other: asyncio.Task[Any] | None) -> bool:
    """Tell whether *task* is *other*, or awaits it now: directly, by ``asyncio.gather``, or by a ``TaskGroup``.

    What a task awaits is no public knowledge of asyncio before Python 3.14: where it cannot be told, a circle is waited for, and logged.
    """
    waiting: list[Any] = [task]
    while waiting:
        step = waiting.pop()
        if step is other:
            return True
        if isinstance(step, asyncio.Task):
            step = getattr(step, "_fut_waiter", None)
            waiting += [] if step is None else [step]
        else:
            waiting += getattr(step, "_children", ())
    return any(_is_awaited_by(task, parent) for parent in _parents(other))


def _parents(task: asyncio.Task[Any] | None) -> Iterator[asyncio.Task[Any]]:
    """Iterate over the tasks that have *task* in a ``TaskGroup`` and wait at its end."""
    for callback, _ in getattr(task, "_callbacks", None) or ():
        group = getattr(callback, "__self__", None)
        if isinstance(group, asyncio.TaskGroup) and getattr(group, "_exiting", False):
            yield group._parent_task  # type: ignore[attr-defined]  # as above: no public knowledge
