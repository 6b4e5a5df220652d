"""Breakable: awaits a step so that it ends in time, even if its code swallows every cancel.

A cancel is a request: ``except CancelledError: continue`` refuses it, for ever if need be, and whoever awaits that coroutine waits as
long. A task of its own could be left behind, but what a generator or a cancel scope has entered in one task has to be left in the same
one. So the step is driven by hand, in the task of who awaits it: what it yields is passed on, what comes back is sent in. Once it is
given up, the next cancel is not passed in any more: the coroutine is closed instead, and the cancel goes on from here.
"""

import asyncio
import logging
from collections.abc import Coroutine, Generator
from typing import Any

_log = logging.getLogger(__name__)

AGAIN_SECONDS = 1.0
"""The time between two cancels of a step that has swallowed one."""

CANCELS = 5
"""So many more cancels follow the first; the last of them gives the step up."""


class Breakable[T]:
    """Awaits *work* once; a cancel that :meth:`insist` follows ends it for certain.

    What *work* raises goes to whoever awaits.
    """

    def __init__(self, work: Coroutine[Any, Any, T], doing: str) -> None:
        self._work = work
        self._doing = doing
        self._task: asyncio.Task[Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._cancels = 0
        self._is_told = False

    def insist(self, seconds: float = 0.0) -> None:
        """Note that the task has been cancelled: from *seconds* on, cancel it again each second, and give the step up in the end."""
        if self._task is not None and self._timer is None:
            loop = self._task.get_loop()
            self._timer = loop.call_later(AGAIN_SECONDS, self._again, self._task, loop.time() + seconds)

    def _again(self, task: asyncio.Task[Any], patient_until: float) -> None:
        loop = task.get_loop()
        if loop.time() >= patient_until:
            self._cancels += task.cancel()
        elif not self._is_told:
            self._is_told = True
            _log.warning("still %s, although it has been cancelled", self._doing)
        self._timer = loop.call_later(AGAIN_SECONDS, self._again, task, patient_until)

    def __await__(self) -> Generator[Any, Any, T]:
        task = self._task = asyncio.current_task()
        try:
            return (yield from self._driven())
        finally:
            self._task = None
            if self._timer is not None:
                self._timer.cancel()
            while task is not None and self._cancels:
                self._cancels -= 1
                task.uncancel()

    def _driven(self) -> Generator[Any, Any, T]:
        step, value = self._work.send, None
        while True:
            try:
                awaited = step(value)
            except StopIteration as finish:
                return finish.value  # type: ignore[no-any-return]  # what a coroutine of T returns
            try:
                yield from self._passed_on(awaited)
                step, value = self._work.send, None
            except GeneratorExit:
                self._work.close()
                raise
            except BaseException as error:
                if self._cancels >= CANCELS:
                    self._give_up()
                    raise
                step, value = self._work.throw, error

    def _passed_on(self, awaited: Any) -> Generator[Any, Any, None]:
        """Have the task wait for *awaited*; a task need not end when it is cancelled, so only a plain future is waited for directly."""
        if awaited is None or type(awaited) is asyncio.Future:
            yield awaited
            return
        awaited._asyncio_future_blocking = False  # it has been taken, as a task does
        while not awaited.done():
            try:
                yield from _Passage(awaited)
            except asyncio.CancelledError:
                if self._cancels >= CANCELS or not awaited.cancel():
                    raise

    def _give_up(self) -> None:
        _log.error("%s is given up: it has swallowed %d cancels", self._doing, CANCELS)
        try:
            self._work.close()
        except BaseException as error:  # noqa: BLE001  it is of no use to anybody any more
            _log.error("%s does not let itself be closed either: %s", self._doing, error)


class _Passage(asyncio.Future[None]):
    """Done when *awaited* is; a cancel of it does not wait for that."""

    def __init__(self, awaited: asyncio.Future[Any]) -> None:
        super().__init__(loop=awaited.get_loop())
        self._children = (awaited,)  # whoever looks for what a task waits for finds it here, as in a future of ``gather``
        awaited.add_done_callback(self._pass)

    def _pass(self, awaited: asyncio.Future[Any]) -> None:
        if not self.done():
            self.set_result(None)
        elif not awaited.cancelled():
            awaited.exception()  # of a step that has been given up nobody else asks for it


async def in_time[T](work: Coroutine[Any, Any, T], doing: str, deadline: asyncio.Timeout) -> T:
    """Await *work* within *deadline*, and do not wait for it much longer, whatever becomes of its cancel.

    Raises:
        TimeoutError: it was late, and has ended by its cancel or was given up. Code that swallows the cancel may return all the same.
    """
    async with deadline:
        step, when = Breakable(work, doing), deadline.when()
        timer = None if when is None else asyncio.get_running_loop().call_at(when, step.insist)
        try:
            return await step
        finally:
            if timer is not None:
                timer.cancel()
