"""`pyboot top`: the workers, servers and busiest connections of a running application, in the terminal."""

import time
from collections.abc import Sequence
from typing import Any, Final

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from .ctl import ManagementClient

_SECONDS: Final = 1.0
_MOST: Final = 20

type Rows = Sequence[Sequence[str]]


def watch(client: ManagementClient, *, once: bool) -> None:
    """Show it again each second until an interrupt; *once* where standard output is no terminal, or that is asked for.

    Raises:
        CommandError: the application cannot be asked.
    """
    console = Console()
    if once or not console.is_terminal:
        console.print(screen(client))
        return
    with Live(screen(client), console=console, screen=True, auto_refresh=False) as live:
        while True:
            time.sleep(_SECONDS)
            live.update(screen(client), refresh=True)


def screen(client: ManagementClient) -> Group:
    """Return what is shown now."""
    channels = client.ask("channels", given={"limit": str(_MOST), "sort": "rate"})
    return Group(
        _table("workers", ("slot", "pid", "state", "up", "restarts", "connections", "memory"), _workers(client.ask("workers"))),
        _table("servers", ("server", "address", "open", "opened", "in", "out", "errors"), _servers(client.ask("servers"))),
        _table(f"connections, {channels['total']} in all", ("id", "server", "remote", "in/s", "out/s", "pending"), _channels(channels)),
    )


def _table(title: str, columns: Sequence[str], rows: Rows) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=True)
    for row in rows:
        table.add_row(*map(Text, row))  # as it is: [fe80::1]:9000 is an address, and no markup
    return table


def _workers(told: Any) -> Rows:
    return [
        (
            str(row["slot"]),
            _text(row.get("pid")),
            row["state"] + (" (silent)" if row.get("silent") else ""),
            _text(None if row.get("uptime") is None else f"{row['uptime']:.0f} s"),
            str(row["restarts"]),
            _text(row.get("connections")),
            _size(row.get("memory")),
        )
        for row in told["workers"]
    ]


def _servers(told: Any) -> Rows:
    return [
        (
            name,
            row["address"],
            str(row["connections"]["open"]),
            str(row["connections"]["opened"]),
            _size(row["bytes"]["in"]),
            _size(row["bytes"]["out"]),
            str(row["errors"]),
        )
        for name, row in told["servers"].items()
    ]


def _channels(told: Any) -> Rows:
    return [
        (row["id"], row["server"], _text(row["remote"]), _size(row["rateIn"]), _size(row["rateOut"]), _size(row["pending"]))
        for row in told["channels"]
    ]


def _text(value: object) -> str:
    return "-" if value is None else str(value)


def _size(size: float | None) -> str:
    """Return a number of bytes as people read it."""
    if size is None:
        return "-"
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("the largest unit takes everything")
