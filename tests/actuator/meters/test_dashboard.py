"""The dashboard: everything in it is of the table, and asks for what an application really tells."""

import re
from pathlib import Path

from pyboot.actuator.meters.dashboard import dashboard, family_of, page
from pyboot.actuator.meters.exposition import render
from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.meters.table import ROWS
from pyboot.boot import start
from tests.actuator.management_client import application

FILE = Path(__file__).resolve().parents[3] / "docs/reference/grafana.json"
ALIASES = {row.spec.name for row in ROWS if row.spec.name.startswith("jvm.")} - {"jvm.gc.pause"}


def test_the_file_is_what_the_table_says() -> None:
    """Write it anew: ``uv run python -m pyboot.actuator.meters.dashboard > docs/reference/grafana.json``."""
    assert page() == FILE.read_text(encoding="utf-8")


def test_each_meter_has_a_panel() -> None:
    """But for those that are there by another name, for Spring Boot Admin."""
    titles = [panel["title"] for panel in dashboard()["panels"] if panel["type"] != "row"]

    assert sorted({row.spec.name for row in ROWS} - ALIASES) == sorted(titles)


def test_panels_do_not_lie_on_each_other() -> None:
    """Nor reach beyond the 24 columns; each has a number of its own."""
    panels = dashboard()["panels"]
    taken = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]

    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) < 24
    assert len(panels) == len({panel["id"] for panel in panels})


def test_what_is_asked_is_closed_and_of_the_chosen_instances() -> None:
    """Parentheses in pairs, and every name restricted."""
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", ()):
            asked = target["expr"]
            assert all(asked.count(first) == asked.count(last) for first, last in ("()", "{}", "[]")), asked
            assert asked.count('instance=~"$instance"') == len(re.findall(r"\w+\{", asked)), asked


async def test_the_names_are_those_of_the_text_that_prometheus_reads() -> None:
    """Whatever an application tells of the table by default is asked by just that name."""
    async with start(application(), properties={"management.server.port": -1}) as context:
        registry = context.get(MeterRegistry)
        await registry.prepare()
        _, text = await render(registry.collect())
    told = {line.partition("{")[0].partition(" ")[0] for line in text.decode().splitlines() if line and not line.startswith("#")}
    asked = {
        name for panel in dashboard()["panels"] for target in panel.get("targets", ()) for name in re.findall(r"(\w+)\{", target["expr"])
    }
    own = {each for each in told if not each.startswith("jvm_") or each.startswith("jvm_gc_pause")}

    assert len(own) > 25
    assert {name for name in own if not name.endswith(("_bucket",))} <= asked
    assert {family_of(row) for row in ROWS if row.spec.name == "netty.server.bytes"} == {"netty_server_bytes"}
