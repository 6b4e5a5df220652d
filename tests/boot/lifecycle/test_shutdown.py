"""Shutdown: asked for by a bean or by a signal."""

import asyncio
import os
import signal

from pyboot.boot.lifecycle.shutdown import Shutdown, ShutdownSignals


async def test_a_request_wakes_who_waits() -> None:
    """The first exit code that says something counts."""
    shutdown = Shutdown()
    waiting = asyncio.ensure_future(shutdown.wait())
    assert not shutdown.is_requested
    shutdown.request()
    shutdown.request(3)
    shutdown.request(4)
    await waiting

    assert shutdown.is_requested
    assert 3 == shutdown.exit_code


async def test_a_signal_is_a_request() -> None:
    """Only inside the block."""
    before = signal.getsignal(signal.SIGTERM)
    shutdown = Shutdown()
    with ShutdownSignals(shutdown) as signals:
        os.kill(os.getpid(), signal.SIGTERM)
        await shutdown.wait()

    assert signal.SIGTERM is signals.received
    assert before == signal.getsignal(signal.SIGTERM)
