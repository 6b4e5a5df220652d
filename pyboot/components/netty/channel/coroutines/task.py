"""MailboxTask: the task that the callbacks of one mailbox run as, and which takes over those that suspend.

Theory of operation. The task is made with the first coroutine and waits, in its own coroutine (`_carry`), for one to suspend. A callback in
its first step runs as this task, but not in it: it is swapped in as the current one around the step (`mailbox`). Once suspended, the
callback is carried: what it waits for the task yields to the loop, and what the loop answers or throws goes into the driver. So::

    cancel() comes             the task                                  the callback
    while nobody is stepped    ends; the next callback gets another      -
    from its first step        ends with it                              learns of it where it suspends; if it never does, not at all
    while it is suspended      ends with it                              is interrupted where it waits

A task that is cancelled before the loop has begun it would never begin (asyncio's rule), and the callback under way would have to go
on in another, while its timeouts and task groups know only this one. So its first step comes first, and then the cancellation.
"""

from __future__ import annotations

import asyncio
import types
from collections.abc import Generator
from typing import TYPE_CHECKING, Any, final

from .driver import ENDED

if TYPE_CHECKING:
    from .mailbox import Mailbox

__all__ = ["MailboxTask", "is_end"]


@final
class MailboxTask(asyncio.Task[None]):
    """The task of a mailbox; it tells the mailbox of a cancellation at once, not when the loop gets to it."""

    def __init__(self, mailbox: Mailbox, name: str) -> None:
        self._mailbox = mailbox
        self.has_begun = False
        self.is_giving_up = False  # cancelled before its first step, which it is to take all the same
        self.was_writing = False  # when it was cancelled: it waited for the end of a write (`waiting.until_written`)
        # In the channel's context, where plain callbacks run too: what one sets the other sees.
        channel = mailbox.ctx.channel
        super().__init__(_main(mailbox), loop=channel.loop, name=name, context=channel.own_context())
        self._wake: asyncio.Future[None] = channel.loop.create_future()
        self._awaited: Any = None  # Any: what the callback that suspended last waits for
        # It waits for work for as long as the channel lives: one that ends with its program is nothing to warn about.
        self._log_destroy_pending = False

    def cancel(self, msg: Any = None) -> bool:  # Any: asyncio's own signature
        self._mailbox.cancel_asked()
        # asyncio's own way, once the task has been begun, or where no callback of it is under way.
        if self.has_begun or self._mailbox.is_idle:
            return super().cancel(msg)
        self.is_giving_up = True
        self.get_loop().call_soon(self.cancel_now, msg)
        return True

    def cancel_now(self, msg: Any = None) -> None:  # Any: as above
        """Cancel the task itself, begun or not."""
        self.is_giving_up = False
        super().cancel(msg)

    def hand_over(self, awaited: Any) -> None:
        """A callback waits for *awaited*: the task carries it from here on."""
        self._awaited = awaited
        if not self._wake.done():
            self._wake.set_result(None)

    def wait_for_work(self) -> asyncio.Future[None]:
        """Return what to wait for until a callback is handed over."""
        return self._wake

    def take_over(self) -> Any:
        """Return what the callback waits for that was handed over."""
        awaited, self._awaited = self._awaited, None
        self._wake = self.get_loop().create_future()
        return awaited

    @property
    def is_ending(self) -> bool:
        """True if it is over, cancelled, or about to be: no callback is begun in it any more."""
        return self.is_giving_up or self.cancelling() > 0 or self.done()


async def _main(mailbox: Mailbox) -> None:
    """`_carry` as the coroutine that a task wants."""
    await _carry(mailbox)


@types.coroutine
def _carry(mailbox: Mailbox) -> Generator[Any, Any, None]:  # Any: whatever coroutines await and are answered
    """Wait until a callback suspends, see it to its end, then what waits behind it; and again.

    With a callback that was cancelled the task ends too, as any task would.
    """
    task = asyncio.current_task()
    assert isinstance(task, MailboxTask)
    task.has_begun = True
    interrupt: BaseException | None = None
    while mailbox.is_served_by(task):
        try:
            yield from task.wait_for_work()
        except asyncio.CancelledError as cancelled:
            if not mailbox.is_suspended or not mailbox.is_served_by(task):
                return  # the channel is closed, or the loop ends
            interrupt = cancelled
        awaited = task.take_over()
        while awaited is not ENDED:
            if interrupt is None:
                try:
                    answer = yield awaited
                except GeneratorExit:  # of nobody but who closes a task that the loop has left behind
                    mailbox.let_go()
                    raise
                except BaseException as error:  # noqa: BLE001  # whatever a task throws in belongs to the callback
                    interrupt = error
                    continue
                awaited = mailbox.resume(answer)
            else:
                thrown, interrupt = interrupt, None
                awaited = mailbox.interrupt(thrown)
        if task.cancelling() > 0:
            return


def is_end(raised: BaseException) -> bool:
    """True if a callback did not fail but was ended: its own task was cancelled, or the loop has left it behind."""
    if isinstance(raised, asyncio.CancelledError):
        task = asyncio.current_task()
        return task is not None and (task.cancelling() > 0 or (isinstance(task, MailboxTask) and task.is_giving_up))
    return isinstance(raised, GeneratorExit) and asyncio._get_running_loop() is None
