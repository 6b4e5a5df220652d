"""The web room's half of the report of a failed start."""

from importlib.metadata import entry_points

from pyboot.boot.diagnostics.analysis import analyze
from pyboot.web.errors import WebExtraError
from pyboot.web.failures import ANALYZERS


def test_every_refusal_is_found_by_its_base() -> None:
    """Description, action and code are the error's own."""
    analysis = analyze(WebExtraError("WSGI", "a2wsgi"), ANALYZERS)

    assert analysis is not None
    assert ("WSGI needs the package 'a2wsgi', which is not installed.", "PB-W004") == (analysis.description, analysis.code)
    assert "pip install" in analysis.action


def test_the_container_finds_it() -> None:
    """By the entry point of the starter."""
    (entry,) = [entry for entry in entry_points(group="pyboot.failure_analyzers") if entry.name == "web"]

    assert ANALYZERS is entry.load()
