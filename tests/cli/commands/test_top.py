"""`pyboot top` against a real management server at a Unix socket."""

import asyncio
from pathlib import Path

import pytest

from pyboot.cli.commands.ctl import ManagementClient
from pyboot.cli.commands.top import watch
from tests.actuator.management_client import managed


async def test_top_shows_workers_servers_and_connections_once_where_there_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Plain text."""
    path = tmp_path / "m.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        await asyncio.to_thread(watch, ManagementClient(str(path)), once=False)
    shown = capsys.readouterr().out
    assert all(word in shown for word in ("workers", "slot", "ready", "servers", "connections, 0 in all"))
    assert "\x1b" not in shown
