"""The figures as JSON: every sample of every round, so that others can draw their own conclusions."""

import platform
from dataclasses import asdict

from .figures import Measured, Result, Spread
from .machine import Cores


def record(results: list[Result], cores: Cores) -> dict[str, object]:
    """Return a document of plain values."""
    machine = {"system": platform.platform(), "processor": platform.machine(), "server_core": cores.server, "load_core": cores.load}
    return {"machine": machine, "works": [_work(result) for result in results]}


def _work(result: Result) -> dict[str, object]:
    base = result.base
    return {
        **asdict(result.work),
        "base": base.peer.name if base else None,
        "peers": [_peer(figures, base) for figures in result.measured],
        "absent": result.absent,
        "failed": result.failed,
    }


def _peer(figures: Measured, base: Measured | None) -> dict[str, object]:
    facts: dict[str, object] = {"name": figures.peer.name, "title": figures.peer.title, "mode": figures.mode, "runs_as": figures.detail}
    if figures.connection_bytes:
        return facts | {"connection_bytes": figures.connection_bytes}
    facts["samples"] = [asdict(sample) for sample in figures.samples]
    if base is not None:
        facts["ratio"] = _spread(figures.ratio(base))
        if figures.knows_cpu and base.knows_cpu:
            facts["cpu_ratio"] = _spread(figures.cpu_ratio(base))
    return facts


def _spread(spread: Spread) -> dict[str, float]:
    return {key: round(value, 4) for key, value in asdict(spread).items()}
