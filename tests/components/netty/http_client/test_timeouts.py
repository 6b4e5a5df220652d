"""The timeouts of a request: whichever of a phase and the whole is first, and which of them it was."""

import asyncio

import pytest

from pyboot.components.netty.http_client.errors import HttpPhase, HttpTimeoutError
from pyboot.components.netty.http_client.timeouts import Deadlines, HttpTimeouts


async def expired(deadlines: Deadlines, phase: HttpPhase) -> HttpTimeoutError:
    """The error of a wait without end."""
    with pytest.raises(HttpTimeoutError) as caught:
        async with deadlines.scope(phase):
            await asyncio.Event().wait()
    return caught.value


async def test_the_error_names_the_phase() -> None:
    """And its seconds."""
    error = await expired(Deadlines(HttpTimeouts(read=0.01)), HttpPhase.READ)

    assert (HttpPhase.READ, 0.01) == (error.phase, error.seconds)


async def test_the_whole_ends_every_phase() -> None:
    """Also one that had for ever, and one that begins when it is over."""
    deadlines = Deadlines(HttpTimeouts(read=None, response=60, total=0.01))

    assert (HttpPhase.TOTAL, 0.01) == ((error := await expired(deadlines, HttpPhase.READ)).phase, error.seconds)
    assert HttpPhase.TOTAL == (await expired(deadlines, HttpPhase.RESPONSE)).phase


async def test_another_timeout_passes_as_it_is() -> None:
    """It is the caller's, who looks for it."""
    with pytest.raises(TimeoutError, match="mine"):
        async with Deadlines(HttpTimeouts()).scope(HttpPhase.READ):
            raise TimeoutError("mine")


def test_seconds_below_zero_are_refused() -> None:
    """0 and None are for ever."""
    assert (None, None) == (HttpTimeouts(read=0).of(HttpPhase.READ), HttpTimeouts(read=None).of(HttpPhase.READ))
    with pytest.raises(ValueError, match="connect timeout of -1 s"):
        HttpTimeouts(connect=-1)
