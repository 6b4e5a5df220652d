"""`pyboot graph`: draws the needs of beans as a text for Mermaid or Graphviz."""

from collections.abc import Iterator
from typing import NamedTuple

from pyboot.boot import Blueprint
from pyboot.boot.model.generic import spell


class Arrow(NamedTuple):
    """One bean needs another, at its making or, where *is_later*, through a provider."""

    owner: str
    needed: str
    is_later: bool


def drawn(blueprint: Blueprint, form: str) -> str:
    """Return the graph in *form*, "mermaid" or "dot"; beans that every application has are there where somebody needs them."""
    arrows = list(dict.fromkeys(_arrows(blueprint)))
    linked = {name for arrow in arrows for name in (arrow.owner, arrow.needed)}
    shown = [bean for bean in blueprint.graph.order if bean.source != "framework" or bean.name in linked]
    titles = {bean.name: f"{bean.name}: {spell(bean.provides)}".replace('"', "'") for bean in shown}
    return _mermaid(titles, arrows) if form == "mermaid" else _dot(titles, arrows)


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
