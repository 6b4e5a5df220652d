"""The driver: a generator that lives as long as its mailbox, is sent one coroutine after the other, and runs each.

Theory of operation. Whoever runs a coroutine sends it values and takes what it yields. A task does so. The mailbox could too, at the price
of an exception for each callback: a coroutine that is over says so by raising ``StopIteration``. A driver delegates to the coroutine
instead (``yield from``), where the interpreter takes that exception away before anybody sees it, and says `ENDED`::

    mailbox                driver                          coroutine
    send(coroutine)  ───▶  yield from coroutine      ───▶  runs, and awaits a future
                     ◀───  the future, passed through ◀───
    send(answer)     ───▶  passed through            ───▶  runs, and returns
                     ◀───  ENDED

So to step a callback that does not suspend costs one send, a fraction of a fresh task. An error of the callback comes out of the send and
ends the driver: the mailbox takes another one.
"""

from __future__ import annotations

import types
from collections.abc import Generator
from typing import Any, Final, final

__all__ = ["ENDED", "driver"]


@final
class _Ended:
    __slots__ = ()

    def __repr__(self) -> str:
        return "ENDED"


ENDED: Final = _Ended()


@types.coroutine
def driver() -> Generator[Any, Any, None]:  # Any: whatever coroutines await and are answered
    """Run each coroutine that is sent; yield `ENDED` between them, and within one what it awaits."""
    while True:
        coroutine = yield ENDED
        yield from coroutine
