"""The page of events: what the container publishes to listeners, and what travels through pipelines."""

import ast
import re
from collections.abc import Iterator

from tests.pages.sources import bases, fields, public_classes, sentence, sources, tree

INTRODUCTION = """# Events

A method of a bean that is labelled `@EventListener` is called with each event of the type that its parameter names, and of types below
it. A user event travels through the pipeline of one channel, to `user_event_triggered(ctx, event)`; a method that is labelled
`@OnUserEvent` hears of it without standing in the pipeline.
"""

TOLD = re.compile(r"(?:publish|fire_user_event_triggered)\(([A-Z]\w+)")
"""What somebody fires or publishes, where it is made in the same line."""


def page() -> str:
    """Return the page."""
    told = {name for text in sources().values() for name in TOLD.findall(text)}
    found = [
        (module, node)
        for module, node in public_classes(r"\w+")
        if node.name in told or node.name.endswith(("Event", "Draining", "InputShutdown"))
    ]
    found = [(module, node) for module, node in found if node.name not in ("ServerSentEvent", "OnUserEvent") and "Error" not in node.name]
    groups: dict[str, list[str]] = {}
    for module, node in found:
        groups.setdefault(_group(module), []).append(_row(module, node))
    return "\n".join([INTRODUCTION, *(line for title in sorted(groups) for line in _table(title, groups[title])), *_callbacks()])


def _group(module: str) -> str:
    parts = module.split(".")
    return "Of pipelines" if parts[1] == "components" else f"Of `{'.'.join(parts[:2])}`"


def _row(module: str, node: ast.ClassDef) -> str:
    kinds = ", ".join(f"`{name}`" for name in bases(node) if name not in ("Record", "object"))
    return f"| `{node.name}` | {', '.join(f'`{name}`' for name in fields(node))} | {sentence(node)} | {kinds} | `{module}` |"


def _table(title: str, rows: list[str]) -> Iterator[str]:
    yield from (f"## {title}", "", "| event | tells | | is a | defined in |", "|---|---|---|---|---|", *rows, "")


def _callbacks() -> Iterator[str]:
    yield from ("## Callbacks of a handler", "", "What a `ChannelHandler` may override, in the order of its class.", "")
    yield from ("| callback | |", "|---|---|")
    (handler,) = (each for each in tree("pyboot.components.netty.channel.handler").body if getattr(each, "name", "") == "ChannelHandler")
    assert isinstance(handler, ast.ClassDef)
    for member in handler.body:
        if isinstance(member, ast.FunctionDef) and not member.name.startswith("_") and ast.get_docstring(member):
            given = [each.arg for each in [*member.args.posonlyargs, *member.args.args][1:]]
            yield f"| `{member.name}({', '.join(given)})` | {sentence(member)} |"
    yield ""
