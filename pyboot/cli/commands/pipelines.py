"""`pyboot pipelines`: what stands in the pipelines of servers and clients, and what each takes and makes of it."""

from collections.abc import Iterator, Sequence
from typing import Any

from pyboot.boot import Blueprint
from pyboot.boot.model.origin import origin_of
from pyboot.cli.endpoints import Endpoint, endpoints
from pyboot.cli.target import failures_reported
from pyboot.netty.pipeline.flow import Way, inbound, outbound
from pyboot.netty.pipeline.problem import Standing
from pyboot.netty.pipeline.steps import Step

_TITLES = ("", "name", "class", "in", "out")


def found(blueprint: Blueprint) -> list[Endpoint]:
    """Return the servers and clients; where labels and settings make none, that is reported, and the process ends with 1."""
    with failures_reported(blueprint.environment.secrets.masked):
        return endpoints(blueprint)


def facts(pipelines: Sequence[Endpoint]) -> list[dict[str, Any]]:
    """Return one entry for each server and client, with its handlers from the network inwards."""
    return [
        {
            "kind": each.kind,
            "name": each.name,
            "address": each.address,
            "handlers": [fact for step in each.steps for fact in _handlers(step)],
        }
        for each in pipelines
    ]


def text(pipelines: Sequence[Endpoint]) -> str:
    """Return the same for people: a table for each."""
    tables = [f"{each['kind']} {each['name']}  {each['address']}\n{_table(each['handlers'])}" for each in facts(pipelines)]
    return "\n\n".join(tables) or "The application has neither servers nor clients."


def _handlers(step: Step) -> Iterator[dict[str, Any]]:
    """The handlers at one step: one entry for each handler, or, where nothing is known of them, one for the step."""
    name = step.title if step.codec is None else step.codec.name
    if not step.stands:
        yield {"name": name, "class": None, "origin": None, "in": None, "out": None}
    for handler in step.stands:
        standing = Standing(handler, step.codec)
        yield {
            "name": name,
            "class": standing.type.__qualname__,
            "origin": None if standing.is_of_library else str(origin_of(standing.type)),
            "in": _way(inbound(handler)),
            "out": _way(outbound(handler)),
        }


def _way(way: Way) -> dict[str, str] | None:
    """The kinds that go in and come out; None where everything passes unchanged."""
    return None if way.is_open else {"takes": str(way.taken), "makes": str(way.made)}


def _table(handlers: Sequence[dict[str, Any]]) -> str:
    rows = [_TITLES, *(_row(number, handler) for number, handler in enumerate(handlers, 1))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("    " + "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows)


def _row(number: int, handler: dict[str, Any]) -> tuple[str, ...]:
    ways = [f"{way['takes']} -> {way['makes']}" if way else "" for way in (handler["in"], handler["out"])]
    return (str(number), handler["name"], handler["class"] or "", *ways)
