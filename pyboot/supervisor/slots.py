"""Slots: all places for workers, and how many of them are wanted."""

from collections.abc import Iterator
from typing import final

from .process import WorkerProcess
from .slot import Slot

__all__ = ["Slots"]


@final
class Slots:
    """The slots by their index. One that is no longer wanted stays: the kernel goes on dealing connections to its socket."""

    def __init__(self, count: int = 1) -> None:
        """Begin with *count* vacant slots, all of which are wanted."""
        self.count = 0
        self._all: list[Slot] = []
        self.resize(count)

    def __iter__(self) -> Iterator[Slot]:
        return iter(self._all)

    def __getitem__(self, index: int) -> Slot:
        return self._all[index]

    def __len__(self) -> int:
        return len(self._all)

    def resize(self, count: int) -> None:
        """Want *count* slots."""
        self.count = count
        self._all += [Slot(index) for index in range(len(self._all), count)]

    def restore(self, restarts: list[int]) -> None:
        """Go on counting where another supervisor has ended."""
        for slot, count in zip(self._all, restarts, strict=False):
            slot.restarts = count

    @property
    def wanted(self) -> list[Slot]:
        """The slots that are to have a worker."""
        return self._all[: self.count]

    @property
    def settled(self) -> list[Slot]:
        """The slots that are wanted, where each has its worker and nobody comes or goes; none otherwise."""
        is_settled = self.is_complete and not self.is_anybody_coming and not self.is_anybody_leaving
        return self.wanted if is_settled else []

    @property
    def surplus(self) -> list[Slot]:
        """The slots that are not."""
        return self._all[self.count :]

    @property
    def processes(self) -> list[WorkerProcess]:
        """All processes of all slots."""
        return [process for slot in self._all for process in slot.processes]

    @property
    def is_anybody_ready(self) -> bool:
        """Whether any slot has a worker that is ready."""
        return any(slot.is_covered for slot in self._all)

    @property
    def is_complete(self) -> bool:
        """Whether all that are wanted have one."""
        return all(slot.is_covered for slot in self.wanted)

    @property
    def is_anybody_leaving(self) -> bool:
        """Whether there are workers that were asked to end and are not done."""
        return any(slot.leaving for slot in self._all)

    @property
    def is_anybody_coming(self) -> bool:
        """Whether there are workers that do not serve yet."""
        return any(slot.coming for slot in self._all)
