"""The page of codecs by their names: each with what it does, what goes in and comes out, its options and their defaults."""

from pyboot.netty.pipeline.codec import CodecDefinition
from pyboot.netty.pipeline.flow import ends_of
from pyboot.netty.pipeline.kinds import NOTHING
from pyboot.netty.pipeline.registry import CodecRegistry
from tests.pages.sources import REFERENCE, cell

PAGE = REFERENCE / "codecs/names.md"


def page() -> str:
    """Return the page: what is written by hand above the first section, and a section for each codec of the registry."""
    introduction, _, _ = PAGE.read_text("utf-8").partition("\n## `")
    return "\n".join([introduction.rstrip("\n") + "\n", *(section(codec) for codec in CodecRegistry().definitions())]).rstrip("\n") + "\n"


def section(codec: CodecDefinition) -> str:
    """Return the section of the page on *codec*."""
    lines = [f"## `{codec.name}`", "", codec.summary.replace("``", "`"), ""]
    if codec.handler_types is not None:
        lines.append(f"Handlers: {', '.join(f'`{each.__name__}`' for each in codec.handler_types)}.")
        ends = ends_of(codec.handler_types)
        ways = [("In", ends.takes, ends.makes), ("Out", ends.accepts, ends.gives)]
        lines += [f"{name}: {taken} → {made}." for name, taken, made in ways if taken != NOTHING]
    if codec.options:
        lines += ["", "| option | is | default | |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}` | {cell(each.type)} | {cell(each.default or 'must be given')} | {cell(each.description)} |"
            for each in codec.options
        ]
    return "\n".join(lines) + "\n"
