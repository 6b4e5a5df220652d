"""A kernel for embedded loops: what comes waits there until the loop looks, which a process that was stopped does late."""

from collections.abc import Callable
from typing import Any

from pyboot.components.netty.channel import EmbeddedEventLoop


class Kernel:
    """Takes the place of *loop*'s selector.

    In the order of asyncio: a turn looks, then timers are due, then all of it runs. A look that was interrupted by a signal finds
    nothing, as ``epoll.poll`` does when its time is over by then.
    """

    def __init__(self, loop: EmbeddedEventLoop) -> None:
        self._loop = loop
        self._arrived: list[Callable[[], Any]] = []
        self._is_interrupted = False
        loop._selector = self

    def arrive(self, handle: Callable[[], Any]) -> None:
        """Something has come: *handle* is called when the loop looks."""
        self._arrived.append(handle)

    def turn(self) -> None:
        """Let the loop look, and run what is due."""
        self._loop.call_soon(lambda: None)
        self._loop.run_ready()

    def stop(self, seconds: float) -> None:
        """The process is stopped for *seconds*, then goes on."""
        self._is_interrupted = True
        self._loop.jump(seconds)
        self.turn()

    def select(self, timeout: float | None) -> list[Any]:
        """As the loop's selector."""
        if self._is_interrupted:
            self._is_interrupted = False
            return []
        arrived, self._arrived = self._arrived, []
        for handle in arrived:
            self._loop.call_soon(handle)
        return []
