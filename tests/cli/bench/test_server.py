"""A peer's process."""

import os
import sys

import pytest

from pyboot.cli.bench.errors import PeerFailedError
from pyboot.cli.bench.server import Server

pytestmark = pytest.mark.slow


def start(program: str) -> Server:
    """A Python process."""
    return Server("peer", [sys.executable, "-c", program], dict(os.environ), None)


def test_tells_its_port_and_ends_with_its_input() -> None:
    """What is printed before the line of the port does not disturb."""
    with start("print('hello'); print('SERVING 4711 some thing', flush=True); import sys; sys.stdin.read()") as server:
        assert (4711, "some thing") == (server.port, server.detail)
        assert server.resident_bytes > 0
        assert server.pid != os.getpid()


def test_one_that_dies_first_is_named_with_its_last_words() -> None:
    """The reason is in the error."""
    with pytest.raises(PeerFailedError, match=r"peer ended before it served:\n(?s:.*)ZeroDivisionError"):
        start("1 / 0")


def test_one_that_talks_much_is_not_stopped_by_a_full_pipe() -> None:
    """A megabyte of output, and it still serves."""
    with start("print('SERVING 1 x'); print('y' * (1 << 20)); print('done', flush=True); import sys; sys.stdin.read()") as server:
        assert 1 == server.port
