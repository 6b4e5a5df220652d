"""Scope stores: the beans of one life, the application's or a connection's, and their end. The law is in :mod:`.creation`."""

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from enum import Enum
from typing import Any

from pyboot.boot.errors import BootError, ClosedContextError, ClosedStoreError
from pyboot.boot.graph.build import Graph
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.scope import Scope

from .callbacks import called
from .creation import LOCK, Creation, running_creation, running_loop
from .teardown import Callback, Ending, Teardown, note, undo

_log = logging.getLogger(__name__)


class StoreState(Enum):
    """The states of a store; each follows the one above it, and none comes back."""

    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"


class ScopeStore:
    """Holds the beans of one connection, or of one scope of your own; it is passed along explicitly, not by a context variable.

    Its beans are made and ended on ``loop``, that of the first who awaits one of them. ``deadline_seconds`` bounds the end of each.
    A store that is part of a *whole* has beans of its own, and the loop and the closing of the whole.
    """

    __slots__ = ("_creations", "_pending", "_state", "_teardown", "_whole", "beans", "deadline_seconds", "loop", "scope")

    def __init__(self, scope: str = Scope.CHANNEL, *, whole: "ScopeStore | None" = None) -> None:
        self.scope = scope
        self._whole = self if whole is None else whole
        self.beans: dict[BeanDefinition, object] = {}
        self.loop: asyncio.AbstractEventLoop | None = None
        self.deadline_seconds: float | None = None
        self._creations: dict[BeanDefinition, Creation] = {}
        self._pending: set[Creation] = set()  # its own, and those of its parts
        self._state = StoreState.OPEN
        self._teardown: Teardown | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether the store has nothing to destroy and makes nothing."""
        return self._teardown is None and not self._pending

    @property
    def is_open(self) -> bool:
        """Tell whether beans can be made in the store."""
        return self._whole._state is StoreState.OPEN

    def closed(self, wanted: str) -> BootError:
        """Return the error for somebody who has asked for *wanted* too late."""
        scope = self._whole.scope
        return ClosedContextError(wanted) if scope == Scope.SINGLETON else ClosedStoreError(wanted, scope)

    def enter(
        self, definition: BeanDefinition, graph: Graph, asker: Creation | None, asked: BeanDefinition
    ) -> tuple[Creation, bool] | None:
        """Return the creation of *definition*, and whether the caller has begun it and is to make the bean; ``None`` if it is there.

        Args:
            definition: the bean.
            graph: where its needs are known.
            asker: the creation that the caller is part of.
            asked: what the caller was asked for, for the drawing of a circle.

        Raises:
            CircularDependencyError: the creation waits for *asker*.
            ClosedContextError, ClosedStoreError: the store has begun to close.
        """
        with LOCK:
            if definition in self.beans:
                return None
            if not self.is_open:
                raise self.closed(definition.name)
            creation = self._creations.get(definition)
            is_new = creation is None
            if creation is None:
                creation = Creation(definition, graph)
            creation.join(asker, asked)
            if is_new:
                self._creations[definition] = creation
                self._whole._pending.add(creation)
            else:
                creation.expect()
            return creation, is_new

    def refuse_circle(self, definition: BeanDefinition, asker: Creation | None, asked: BeanDefinition) -> None:
        """Raise the error of a circle, if waiting for *definition* would close one."""
        with LOCK:
            creation = self._creations.get(definition)
            if creation is not None:
                creation.refuse_circle(asker, asked)

    def belongs_here(self) -> bool:
        """Tell whether the running loop is the store's; the first who awaits one of its beans decides that."""
        here, whole = asyncio.get_running_loop(), self._whole
        if whole.loop is None:
            with LOCK:  # another loop may come at the same moment
                whole._settle(here)
        return whole.loop is here

    def _settle(self, loop: asyncio.AbstractEventLoop) -> None:
        if self.loop is None:
            self.loop = loop

    async def across[T](self, work: Coroutine[Any, Any, T]) -> T:
        """Await *work* on the loop of the store; it goes on there if the caller is cancelled.

        Raises:
            ClosedContextError, ClosedStoreError: that loop has ended.
        """
        loop = self._whole.loop
        assert loop is not None
        try:
            outcome = asyncio.run_coroutine_threadsafe(work, loop)
        except RuntimeError as error:
            work.close()
            raise self.closed("a bean on a loop that has ended") from error
        here = asyncio.wrap_future(outcome)
        here.add_done_callback(lambda done: done.cancelled() or done.exception())  # of a caller that was cancelled nobody else asks for it
        try:
            return await asyncio.shield(here)
        except asyncio.CancelledError as error:
            if not here.cancelled():
                raise
            raise self.closed("a bean on a loop that has ended") from error

    def complete(self, creation: Creation, bean: object) -> None:
        """Put *bean* into the store, and tell those who wait.

        Raises:
            ClosedContextError, ClosedStoreError: the store has begun to close: the bean is ended with the others.
        """
        with LOCK:
            is_open = self._leave(creation)
            if is_open:
                self.beans[creation.definition] = bean
        if not is_open:
            error = self.closed(creation.definition.name)
            creation.fail(error)
            raise error
        creation.succeed()

    def abandon(self, creation: Creation, error: BaseException) -> None:
        """Tell those who wait that the making has failed with *error*; the next who asks tries again.

        After a cancel of the asker who made it himself, that is one of those who wait.
        """
        with LOCK:
            is_open = self._leave(creation)
        if not isinstance(error, asyncio.CancelledError):
            creation.fail(error)
        elif not is_open:
            creation.fail(self.closed(creation.definition.name))
        elif creation.is_own_task:
            creation.fail(error)
        else:
            creation.succeed()

    def _leave(self, creation: Creation) -> bool:
        """Forget, while the lock is held, a creation that has come to its end; tell whether the store is open."""
        self._creations.pop(creation.definition, None)
        self._whole._pending.discard(creation)
        return self.is_open

    def on_close(self, name: str, callback: Callable[[], Awaitable[object] | object]) -> None:
        """Call *callback* when the store closes, the last registered first, or at once if it has been closed."""
        with LOCK:
            is_late = self._state is StoreState.CLOSED
            if not is_late:
                if self._teardown is None:
                    self._teardown = Teardown(self.deadline_seconds)
                self._teardown.add(name, callback)
        if is_late:
            _end_late(name, callback, self.loop)

    def end_with_store(self, definition: BeanDefinition, ending: Callable[[], Any]) -> Callback:
        """Call *ending* when the store closes; from then on the bean of *definition* cannot be had. Return what is called."""

        def end() -> Any:
            self.beans.pop(definition, None)
            return ending()

        self.on_close(definition.name, end)
        return end

    async def end_at_once(self, definition: BeanDefinition, ends: Iterable[Callback], error: BaseException, *, is_blocking: bool) -> None:
        """Take *ends*, the last first, instead of at the closing: the making of the bean of *definition* has failed with *error*.

        What they raise is noted on *error*. Where the asker *is_blocking*, an end that has to be awaited goes on after the return, on
        the loop of the store if that runs.
        """
        with LOCK:
            taken = [] if self._teardown is None else self._teardown.withdraw(ends)
        if not is_blocking:
            await undo(error, *taken, seconds=self.deadline_seconds)
            return
        for end in taken:
            try:
                ended = end()
            except Exception as failure:  # noqa: BLE001  the failure of the making goes on
                note(error, failure)
            else:
                if inspect.isawaitable(ended):
                    _run_end(definition.name, ended, self._whole.loop)

    def shutdown(self) -> None:
        """Make no more beans from now on; those that are there can be had until they are ended by :meth:`aclose`."""
        with LOCK:
            if self._state is StoreState.OPEN:
                self._state = StoreState.CLOSING

    async def aclose(self) -> None:
        """Give up what is being made, and destroy the beans of the store, the last made first. Closing again does nothing.

        Raises:
            ExceptionGroup: some of them failed; the others were destroyed all the same.
        """
        self.shutdown()
        ending = Ending()
        await ending.step("waiting for beans that are being made", self._give_up)
        await ending.step("destroying beans", self._end)
        ending.finish("some beans could not be destroyed")

    async def _give_up(self) -> None:
        """Cancel the creations that await, and wait for the end of all others, except those that wait for the closing themselves."""
        own = running_creation()
        with LOCK:
            pending = [creation.expect() for creation in self._pending if not creation.leads_to(own)]
        for creation in pending:
            creation.cancel()
        for creation in pending:
            try:
                async with asyncio.timeout(self.deadline_seconds):
                    await creation.wait()
            except TimeoutError:
                _log.warning("the bean '%s' is still being made: its end will follow", creation.definition.name)
            except Exception as error:  # noqa: BLE001  who waits for the bean is told
                _log.debug("the making of '%s' was given up: %s", creation.definition.name, error)

    async def _end(self) -> None:
        with LOCK:
            teardown = self._teardown = self._teardown or Teardown()
        teardown.deadline_seconds = self.deadline_seconds
        try:
            await teardown.run()
        finally:
            with LOCK:
                self._state, self._teardown = StoreState.CLOSED, None
                self.beans.clear()
            for name, callback in teardown.take():  # entered by other threads in the last moment
                _end_late(name, callback, self.loop)


def _end_late(name: str, callback: Callable[[], Any], loop: asyncio.AbstractEventLoop | None) -> None:
    """End a bean whose making has outlived its store."""
    _log.warning("the bean '%s' was made after the end of its store: it is ended at once", name)
    _run_end(name, called(callback), loop)


def _run_end(name: str, ended: Awaitable[object], loop: asyncio.AbstractEventLoop | None) -> None:
    """End a bean on *loop*, that of its store, if it still runs; else on the loop that runs here, or on a new one."""

    async def end() -> None:
        try:
            await ended
        except Exception as error:  # noqa: BLE001  nobody waits for it
            _log.error("the bean '%s' could not be destroyed", name, exc_info=error)

    if loop is None or not loop.is_running():
        loop = running_loop()
    if loop is not None:
        asyncio.run_coroutine_threadsafe(end(), loop)
    else:
        asyncio.run(end())
