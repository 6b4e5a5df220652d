"""Signals as bytes that a loop reads."""

import os
import select
import signal

from pyboot.supervisor.signals import SupervisorSignals


def test_signals_are_read_in_their_order_and_before_is_put_back() -> None:
    """Nothing else happens when one comes."""
    before = signal.getsignal(signal.SIGHUP)
    with SupervisorSignals() as signals:
        assert [] == signals.received()
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGPIPE)
        select.select([signals.fileno()], [], [], 5)
        assert [signal.SIGHUP] == signals.received()
    assert before == signal.getsignal(signal.SIGHUP)
