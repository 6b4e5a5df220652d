"""`pyboot top` against a real management server at a Unix socket."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from pyboot.cli.commands.ctl import ManagementClient
from pyboot.cli.commands.top import screen, watch
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


class Told:
    """Says what an application with one connection says."""

    def ask(self, where: str, given: object = None) -> Any:
        """Answer for *where*."""
        row = {"id": "00000001", "server": "[bold]", "remote": "[fe80::1]:9000", "rateIn": 1.0, "rateOut": 1.0, "pending": 0}
        return {"channels": {"total": 1, "channels": [row]}, "workers": {"workers": []}, "servers": {"servers": {}}}[where]


def test_what_stands_in_brackets_is_shown() -> None:
    """An address of IPv6 is one, and no markup."""
    console = Console(width=80)
    with console.capture() as shown:
        console.print(screen(cast(ManagementClient, Told())))
    assert "[fe80::1]:9000" in shown.get()
    assert "[bold]" in shown.get()
