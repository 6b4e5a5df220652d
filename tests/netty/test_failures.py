"""The bridge's half of the report of a failed start."""

from importlib.metadata import entry_points

import pytest

from pyboot.boot.diagnostics.analysis import analyze
from pyboot.netty.errors import AssemblyError, EmptyPipelineError
from pyboot.netty.failures import ANALYZERS


def test_every_refusal_is_found_by_its_base() -> None:
    """Description, action and code are the error's own."""
    analysis = analyze(EmptyPipelineError("echo"), ANALYZERS)

    assert analysis is not None
    assert ("The server 'echo' has nothing in its pipeline: it would read bytes and drop them.", "PB-N008") == (
        analysis.description,
        analysis.code,
    )
    assert "@ChannelHandlerBean" in analysis.action


def test_the_container_finds_it() -> None:
    """By the entry point of the distribution."""
    (entry,) = [entry for entry in entry_points(group="pyboot.failure_analyzers") if entry.name == "netty"]

    assert ANALYZERS is entry.load()


@pytest.mark.parametrize("error", AssemblyError.__subclasses__(), ids=lambda error: error.__name__)
def test_every_refusal_has_a_code_of_its_own(error: type[AssemblyError]) -> None:
    """The code is an entry of the catalogue of errors."""
    assert 1 == sum(other.code == error.code for other in AssemblyError.__subclasses__())
