"""Claim: an ASGI application that says hello costs the server less than it costs uvicorn, on the same loop; pipelined a third of it."""

import pytest

from .hello import ratios

pytestmark = pytest.mark.bench


@pytest.mark.parametrize(("depth", "least"), [(1, 1.15), (16, 3.0)])
def test_against_uvicorn(depth: int, least: float) -> None:
    """Times what uvicorn, with httptools and uvloop, does with a second of the processor."""
    times = ratios(("pyboot-asgi", "uvicorn"), depth)

    assert times["uvicorn"] >= least


@pytest.mark.parametrize(("depth", "least"), [(1, 0.75), (16, 1.5)])
def test_against_granian(depth: int, least: float) -> None:
    """Times what one worker of granian does."""
    times = ratios(("pyboot-asgi", "granian"), depth)

    assert times["granian"] >= least
