"""Backoff: how long to wait before the next attempt, so that clients that lost their server together do not come back together."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

__all__ = ["Backoff"]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Exponential waits with jitter. Raises ValueError for numbers that make no sense.

    Args:
        initial_seconds: the longest that the first wait can be.
        max_seconds: the longest that any wait can be.
        multiplier: how much longer the next wait can be than the one before.
        jitter: which part of each wait is drawn at random: with 0.2 it is between 80 and 100 per cent of the longest, with 1
            between nothing and all of it ("full jitter"), with 0 always all.
        max_attempts: how often in a row it is tried again before giving up; 0 for ever.
        stable_seconds: how long a connection has to last for the next loss to be the first again; one that breaks sooner
            goes on where the attempts before it stopped, or a server that takes connections and drops them is never left alone.

    Source: gRPC's "connection backoff protocol", whose jitter is on both sides; "Exponential Backoff And Jitter" of the AWS
    architecture blog.
    """

    initial_seconds: float = 0.5
    max_seconds: float = 30.0
    multiplier: float = 2.0
    jitter: float = 0.2
    max_attempts: int = 0
    stable_seconds: float = 10.0

    def __post_init__(self) -> None:
        rules = {
            f"initial wait of {self.initial_seconds} s, allowed is more than 0": self.initial_seconds > 0,
            f"longest wait of {self.max_seconds} s, allowed is no less than the initial {self.initial_seconds} s": self.max_seconds
            >= self.initial_seconds,
            f"multiplier {self.multiplier}, allowed is 1 or more": self.multiplier >= 1,
            f"jitter {self.jitter}, allowed is 0 to 1": 0 <= self.jitter <= 1,
            f"{self.max_attempts} attempts, allowed is 0, for ever, or more": self.max_attempts >= 0,
            f"stable after {self.stable_seconds} s, allowed is 0 or more": self.stable_seconds >= 0,
        }
        for broken in (rule for rule, holds in rules.items() if not holds):
            raise ValueError(broken)

    def waits(self) -> Iterator[float]:
        """The seconds before each further attempt, in a row; the end is where to give up."""
        longest = self.initial_seconds
        # Shorter by chance, never longer: the longest wait is a promise. Apart, for those who lost one server would all come back at once.
        for _ in range(self.max_attempts) if self.max_attempts else itertools.count():
            yield longest * (1 - self.jitter * random.random())  # noqa: S311  # nobody gains by guessing it
            longest = min(longest * self.multiplier, self.max_seconds)
