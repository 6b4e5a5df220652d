"""What the log says of a client's moves."""

import asyncio
import logging

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.limited_log import LimitedLog
from pyboot.netty.client.moves import LoggedMoves


async def test_failed_attempts_are_told_at_numbers_that_double(caplog: pytest.LogCaptureFixture) -> None:
    """Losses each time; the attempt that helped is told with its number."""
    moves = LoggedMoves("upstream", "there:80", LimitedLog("of clients"), asyncio.get_running_loop())
    refused = ConnectionRefusedError("refused")
    with caplog.at_level(logging.INFO, "pyboot.netty.client"):
        for failures in range(1, 6):
            moves.waiting("not connected", refused, failures, 0.5)
        moves.connected(EmbeddedChannel(), 5)
        moves.waiting("lost", refused, 6, 1)
        moves.gave_up("lost", refused, 7)

    assert [
        "client 'upstream': not connected to there:80 (refused); attempt 1 in 0.5 s",
        "client 'upstream': not connected to there:80 (refused); attempt 2 in 0.5 s",
        "client 'upstream': not connected to there:80 (refused); attempt 4 in 0.5 s",
        "client 'upstream': is connected to there:80 at attempt 5",
        "client 'upstream': lost the connection to there:80 (refused); attempt 6 in 1.0 s",
        "client 'upstream': lost the connection to there:80 (refused); gave up after 7 further attempts",
    ] == caplog.messages


async def test_an_error_that_waiting_does_not_mend_is_told_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    """What the network does was told already."""
    moves = LoggedMoves("upstream", "there:80", LimitedLog("of clients"), asyncio.get_running_loop())
    moves.over(None)
    moves.over(ConnectionResetError())
    moves.over(ValueError("a mistake"))

    (record,) = caplog.records
    assert ("client 'upstream': not connected again, because of an error", True) == (record.getMessage(), record.exc_info is not None)
