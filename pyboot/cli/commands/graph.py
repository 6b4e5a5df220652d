"""`pyboot graph`: draws the needs of beans as a text for Mermaid or Graphviz, and with Graphviz as a picture."""

import shutil
import subprocess
from collections.abc import Iterator
from typing import Any, NamedTuple

from pyboot.boot import Blueprint
from pyboot.boot.model.definition import BeanDefinition
from pyboot.boot.model.generic import spell
from pyboot.cli.errors import CommandError


class Arrow(NamedTuple):
    """One bean needs another, at its making or, where *is_later*, through a provider."""

    owner: str
    needed: str
    is_later: bool


def drawn(blueprint: Blueprint, form: str) -> str:
    """Return the graph in *form*, "mermaid", "dot" or "svg"; beans that every application has are there where somebody needs them.

    Raises:
        CommandError: the picture needs Graphviz, which is not installed.
    """
    arrows = list(dict.fromkeys(_arrows(blueprint)))
    titles = {bean.name: f"{bean.name}: {spell(bean.provides)}".replace('"', "'") for bean in _shown(blueprint, arrows)}
    if form == "mermaid":
        return _mermaid(titles, arrows)
    return _picture(_dot(titles, arrows)) if form == "svg" else _dot(titles, arrows)


def facts(blueprint: Blueprint) -> dict[str, Any]:
    """Return the beans and the arrows between them; one that *waits* is a need through a provider."""
    arrows = list(dict.fromkeys(_arrows(blueprint)))
    return {
        "beans": [{"name": bean.name, "type": spell(bean.provides)} for bean in _shown(blueprint, arrows)],
        "needs": [{"bean": arrow.owner, "needs": arrow.needed, "waits": arrow.is_later} for arrow in arrows],
    }


def _shown(blueprint: Blueprint, arrows: list[Arrow]) -> list[BeanDefinition]:
    linked = {name for arrow in arrows for name in (arrow.owner, arrow.needed)}
    return [bean for bean in blueprint.graph.order if bean.source != "framework" or bean.name in linked]


def _picture(dot: str) -> str:
    program = shutil.which("dot")
    if program is None:
        action = "Install it, or write --format mermaid, which GitHub, GitLab and many editors draw."
        raise CommandError("An SVG is drawn by Graphviz, whose program `dot` is not installed.", action)
    return subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, text=True, check=True).stdout  # noqa: S603  the program is Graphviz


def _arrows(blueprint: Blueprint) -> Iterator[Arrow]:
    graph = blueprint.graph
    for bean in graph.order:
        for edge in graph.edges.get(bean, ()):
            yield from (Arrow(bean.name, target.name, not edge.is_hard) for target in edge.targets)
        yield from (Arrow(bean.name, target.name, False) for target in graph.extra.get(bean, ()))


def _mermaid(titles: dict[str, str], arrows: list[Arrow]) -> str:
    """Return the text for Mermaid; nodes are numbered, since a bean may have a name that Mermaid takes for a word of its own."""
    numbers = {name: f"b{number}" for number, name in enumerate(titles)}
    nodes = [f'    {numbers[name]}["{title}"]' for name, title in titles.items()]
    links = [f"    {numbers[arrow.owner]} {'-.->' if arrow.is_later else '-->'} {numbers[arrow.needed]}" for arrow in arrows]
    return "\n".join(["graph LR", *nodes, *links])


def _dot(titles: dict[str, str], arrows: list[Arrow]) -> str:
    nodes = [f'    "{name}" [label="{title}"];' for name, title in titles.items()]
    links = [f'    "{arrow.owner}" -> "{arrow.needed}"{" [style=dotted]" * arrow.is_later};' for arrow in arrows]
    return "\n".join(["digraph beans {", "    rankdir=LR;", "    node [shape=box];", *nodes, *links, "}"])
