"""The reference of codecs: every example on its pages is run."""

import re
from pathlib import Path

import pytest

from pyboot.components.netty import codec, handler
from pyboot.netty.pipeline.codec import CodecDefinition
from pyboot.netty.pipeline.flow import ends_of
from pyboot.netty.pipeline.kinds import NOTHING
from pyboot.netty.pipeline.registry import CodecRegistry

TLS = "pyboot.components.netty.handler.tls"
PAGES = Path(__file__).resolve().parents[1] / "docs/reference/codecs"
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
EXAMPLES = [(page.name, number, code) for page in sorted(PAGES.glob("*.md")) for number, code in enumerate(BLOCK.findall(page.read_text()))]


@pytest.mark.parametrize(("page", "number", "code"), EXAMPLES, ids=lambda value: str(value) if not str(value).count("\n") else "")
def test_the_example_runs(page: str, number: int, code: str) -> None:
    """As it stands on the page, its assertions included."""
    exec(compile(code, f"{page}, example {number}", "exec"), {"__name__": "example"})


def test_every_page_but_the_index_has_an_example() -> None:
    """What is only described is half described."""
    assert {"index.md"} == {page.name for page in PAGES.glob("*.md")} - {page for page, _, _ in EXAMPLES}


def named_section(codec: CodecDefinition) -> str:
    """The section of the reference on a codec by its name, as it would be written today."""
    lines = [f"## `{codec.name}`", "", codec.summary.replace("``", "`"), ""]
    if codec.handler_types is not None:
        lines.append(f"Handlers: {', '.join(f'`{each.__name__}`' for each in codec.handler_types)}.")
        ends = ends_of(codec.handler_types)
        ways = [("In", ends.takes, ends.makes), ("Out", ends.accepts, ends.gives)]
        lines += [f"{name}: {taken} → {made}." for name, taken, made in ways if taken != NOTHING]
    if codec.options:
        lines += ["", "| option | is | default | |", "|---|---|---|---|"]
        lines += [
            f"| `{each.name}` | {_cell(each.type)} | {_cell(each.default or 'must be given')} | {_cell(each.description)} |"
            for each in codec.options
        ]
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def test_the_reference_of_names_is_that_of_the_registry() -> None:
    """Every name with what it does, what goes in and comes out, its options and defaults; and no other."""
    page = (PAGES / "names.md").read_text()
    codecs = CodecRegistry().definitions()

    assert [] == [codec.name for codec in codecs if named_section(codec) not in page]
    assert [codec.name for codec in codecs] == re.findall(r"^## `(.+)`$", page, flags=re.MULTILINE)


# What has no work of its own: an interface, an event, what others are made of.
UNSHOWN = {
    "AbstractRemoteAddressFilter",
    "ChunkedFile",
    "ChunkedInput",
    "ChunkedRegion",
    "ChunkedStream",
    "FrameDecoder",
    "GlobalChannelTrafficShapingHandler",
    "GlobalTrafficShapingHandler",
    "MessageToByteDecoder",
    "TrafficStatistics",
    "HttpObservation",
    "HttpServerObserver",
    "current_observation",
    "name_route",
}


def test_every_codec_and_handler_has_an_example() -> None:
    """One that is run; those of TLS stand on a page of their own, with servers and clients."""
    shown = set(re.findall(r"\w+", "\n".join(code for _, _, code in EXAMPLES)))
    offered = {name: getattr(surface, name) for surface in (codec, handler) for name in surface.__all__}
    named = {name for name, thing in offered.items() if not thing.__module__.startswith(TLS)}

    assert UNSHOWN == named - shown


@pytest.mark.parametrize(
    "page", ["frames.md", "messages.md", "http.md", "bases.md", "handlers.md", "http-handlers.md", "redis.md", "memcache.md", "stomp.md"]
)
def test_a_section_with_an_example_has_a_byte_box(page: str) -> None:
    """What goes in and what comes out, drawn."""
    sections = re.split(r"^## (?=\w)", (PAGES / page).read_text(), flags=re.MULTILINE)

    assert [] == [section.partition("\n")[0] for section in sections if "```python\n" in section and "```text\n" not in section]
