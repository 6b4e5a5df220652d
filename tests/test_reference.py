"""The reference of codecs: every example on its pages is run."""

import re
from pathlib import Path

import pytest

from pyboot.components.netty import codec, handler

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
