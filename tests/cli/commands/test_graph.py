"""`pyboot graph`."""

import os
from pathlib import Path

import pytest

from pyboot.boot import Blueprint, Import, Provider, PyBootApplication, Service, prepare
from pyboot.boot.config.load import Given
from pyboot.cli.commands import graph
from pyboot.cli.commands.graph import drawn
from pyboot.cli.errors import CommandError


@Service
class Store:
    """Is needed."""


@Service("end")
class Reader:
    """Needs it now; its name is a word of Mermaid's own."""

    def __init__(self, store: Store) -> None: ...


@Service
class Writer:
    """Needs it later."""

    def __init__(self, store: Provider[Store]) -> None: ...


@Import(Store, Reader, Writer)
@PyBootApplication(scan=())
class App:
    """Reads and writes."""


MERMAID = """graph LR
    b0["app: App"]
    b1["store: Store"]
    b2["end: Reader"]
    b3["writer: Writer"]
    b2 --> b1
    b3 -.-> b1"""


@pytest.fixture
def blueprint() -> Blueprint:
    """The application alone."""
    return prepare(App, Given(properties={"pyboot.autoconfigure.enabled": False}, variables={}))


def test_mermaid_draws_arrows_to_what_is_needed(blueprint: Blueprint) -> None:
    """Dotted where it is asked for later; what nobody needs of the framework is left out."""
    assert sorted(MERMAID.splitlines()) == sorted(drawn(blueprint, "mermaid").splitlines())


def test_graphviz_draws_the_same(blueprint: Blueprint) -> None:
    """As a directed graph."""
    told = drawn(blueprint, "dot")

    assert '    "end" -> "store";\n    "writer" -> "store" [style=dotted];\n}' in told
    assert '    "end" [label="end: Reader"];' in told


def test_programs_get_the_arrows(blueprint: Blueprint) -> None:
    """With what waits."""
    told = graph.facts(blueprint)

    assert {"bean": "writer", "needs": "store", "waits": True} in told["needs"]
    assert {"name": "store", "type": "Store"} in told["beans"]


def test_a_picture_is_drawn_by_graphviz(blueprint: Blueprint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which gets the graph as it is written for it; here something stands in for its program."""
    program = tmp_path / "dot"
    program.write_text('#!/bin/sh\necho "<svg $1>"\nhead -n 1\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert "<svg -Tsvg>\ndigraph beans {\n" == drawn(blueprint, "svg")


def test_a_picture_without_graphviz_is_refused(blueprint: Blueprint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what can be had without it."""
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(CommandError, match="Graphviz"):
        drawn(blueprint, "svg")
