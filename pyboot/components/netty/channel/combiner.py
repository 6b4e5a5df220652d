"""PromiseCombiner: one promise for the ends of many. Source: Netty's class of that name."""

from __future__ import annotations

from typing import final

from .promise import ChannelPromise

__all__ = ["PromiseCombiner"]


@final
class PromiseCombiner:
    """Ends a promise when all that were added are over: done, or failed with the first error among them.

    Add all promises first, then call `finish` with the one that they end. Use it on the channel's loop only.
    """

    def __init__(self) -> None:
        self._pending = 0
        self._error: BaseException | None = None
        self._whole: ChannelPromise | None = None

    def add(self, *promises: ChannelPromise) -> PromiseCombiner:
        """Wait for *promises* too. Raises RuntimeError after `finish`."""
        if self._whole is not None:
            raise RuntimeError("finish() was called: nothing can be added any more")
        for promise in promises:
            self._pending += 1  # first: one that is over tells its listener at once
            promise.add_listener(self._ended)
        return self

    def finish(self, whole: ChannelPromise) -> ChannelPromise:
        """End *whole* when all others are over, at once if they are already or none was added. Raises RuntimeError the second time."""
        if self._whole is not None:
            raise RuntimeError("finish() was called before: a combiner is for one promise")
        self._whole = whole
        self._end_if_all_are_over()
        return whole

    def _ended(self, promise: ChannelPromise) -> None:
        self._pending -= 1
        if self._error is None:
            self._error = promise.error
        self._end_if_all_are_over()

    def _end_if_all_are_over(self) -> None:
        if self._whole is None or self._pending:
            return
        if self._error is None:
            self._whole.try_success()
        else:
            self._whole.try_failure(self._error)
