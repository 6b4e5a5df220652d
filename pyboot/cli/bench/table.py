"""The figures as tables in the terminal."""

from rich import box
from rich.console import Console
from rich.table import Table

from .figures import BUSY, Measured, Result, Spread

TIMES = "\N{MULTIPLICATION SIGN}"
LIMITED = 0.95  # of its core: the load generator can hardly do more


def show_table(console: Console, result: Result) -> None:
    """Print one work: a row for each peer, the absent ones below with their reasons, and what to doubt."""
    if result.measured:
        console.print(_idle_table(result) if result.work.is_idle else _speed_table(result))
    for line in result.absent:
        console.print(f"  not measured: {line}", style="dim", markup=False, highlight=False)
    for line in result.failed:
        console.print(f"  {line}", style="red", markup=False, highlight=False)
    for line in doubts(result):
        console.print(f"  {line}", style="yellow", markup=False, highlight=False)


def show_legend(console: Console, results: list[Result]) -> None:
    """Print what each peer is and ran on."""
    seen = {figures.peer.name: figures for result in results for figures in result.measured}
    for figures in seen.values():
        console.print(f"  {figures.peer.name:<16} {figures.peer.title} ({figures.detail})", style="dim", markup=False, highlight=False)


def doubts(result: Result) -> list[str]:
    """Return what makes a figure of this work less certain than it looks."""
    lines = []
    for figures in result.measured:
        if not figures.samples:
            continue
        load, server = (figures.spread(share).middle for share in ("load_cpu", "server_cpu"))
        if load > LIMITED:
            lines.append(f"{figures.peer.name}: the load generator was the limit ({load:.0%} of its core); compare by CPU")
        elif 0 < server < BUSY:
            lines.append(f"{figures.peer.name}: the server got or used only {server:.0%} of its core; compare by CPU")
    return lines


def amount(figure: float) -> str:
    """Return a count in three digits: `1.24 M`, `85.3 k`, `912`."""
    for unit, size in (("M", 1e6), ("k", 1e3)):
        if figure >= size:
            return f"{figure / size:.3g} {unit}"
    return f"{figure:.3g}"


def ratio_text(ratio: Spread) -> str:
    """`1.90 (1.85-1.97)`: the median of the rounds' ratios and their extremes."""
    digits = 2 if ratio.high < 10 else 1 if ratio.high < 100 else 0
    return f"{ratio.middle:.{digits}f} ({ratio.low:.{digits}f}-{ratio.high:.{digits}f})"


def _table(title: str, *headings: str) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("peer", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _speed_table(result: Result) -> Table:
    work, base = result.work, result.base
    against = base.peer.name if base else "none"
    title = f"{work.name}: {work.title}, {work.connections} connections {TIMES} {work.depth} in flight"
    table = _table(title, "rate/s", "Gbit/s" if work.is_bulk else "p50 µs", "p99 µs", f"{TIMES} {against}", f"{TIMES} by CPU", "core")
    for figures in sorted(result.measured, key=lambda one: -one.spread("qps").middle):
        second = f"{figures.spread('gbps').middle:.2f}" if work.is_bulk else f"{figures.spread('p50_us').middle:,.0f}"
        table.add_row(*_speed_row(figures, base, second))
    return table


def _speed_row(figures: Measured, base: Measured | None, second: str) -> list[str]:
    rate, delay = amount(figures.spread("qps").middle), f"{figures.spread('p99_us').middle:,.0f}"
    ratios = ["1", "1"] if base is None or base is figures else [ratio_text(figures.ratio(base)), _cpu_text(figures, base)]
    return [figures.peer.name, rate, second, delay, *ratios, f"{figures.spread('server_cpu').middle:.0%}"]


def _cpu_text(figures: Measured, base: Measured) -> str:
    return f"{figures.cpu_ratio(base).middle:.2f}" if figures.knows_cpu and base.knows_cpu else "?"


def _idle_table(result: Result) -> Table:
    base = result.base
    title = f"{result.work.name}: {result.work.connections} {result.work.title}"
    table = _table(title, "KiB each", "least", "most", f"KiB over {base.peer.name if base else 'none'}")
    for figures in result.measured:
        each = Spread.of(figures.connection_bytes)
        over = "0" if base is None or base is figures else f"{figures.surplus_bytes(base).middle / 1024:.2f}"
        table.add_row(figures.peer.name, *(f"{part / 1024:.2f}" for part in (each.middle, each.low, each.high)), over)
    return table
