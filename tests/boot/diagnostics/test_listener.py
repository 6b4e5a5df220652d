"""Who listens on a port."""

import os
import socket
import sys
from pathlib import Path

import pytest

from pyboot.boot.diagnostics.listener import Listener, listener_on

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:2328 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0
   1: 0100007F:2329 0100007F:1F40 01 00000000:00000000 00:00000000 00000000     0        0 4712 1 0 100 0 0 10 0
"""


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """A system in which process 7 listens on port 9000, and has a connection from port 9001."""
    for folder in ("net", "7/fd", "8/fd"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "net/tcp").write_text(TABLE)
    (tmp_path / "7/cmdline").write_bytes(b"python\0serve.py\0--port=9000\0")
    (tmp_path / "7/fd/3").symlink_to("socket:[4711]")
    (tmp_path / "7/fd/4").symlink_to("socket:[4712]")
    (tmp_path / "8/fd/0").symlink_to("/dev/null")
    return tmp_path


def test_the_process_and_its_command_are_found(proc: Path) -> None:
    """By the inode of its socket."""
    assert Listener(7, "python serve.py --port=9000") == listener_on(9000, proc)


def test_a_connection_is_no_listener(proc: Path) -> None:
    """Nor is a port that nobody has."""
    assert [None, None] == [listener_on(port, proc) for port in (9001, 9002)]


def test_where_nothing_can_be_read_nobody_is_named(tmp_path: Path) -> None:
    """Another system, or another user's process."""
    assert listener_on(9000, tmp_path) is None


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="the system has no /proc/net/tcp")
def test_this_process_is_found() -> None:
    """In the real tables."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = listener_on(server.getsockname()[1])

    assert found is not None
    assert os.getpid() == found.process
    assert Path(sys.executable).name.removesuffix("3") in str(found)
