"""Claim: a request of the HTTP client costs a fraction of what one of httpx costs, and about as much as one of aiohttp."""

import importlib.util
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from pyboot.components.netty.core import core_info

pytestmark = pytest.mark.bench

PROGRAM = Path(__file__).parent / "http_client_peer.py"
ROUNDS = 5


@pytest.mark.parametrize(("peer", "library", "at_least"), [("httpx", "httpx2", 4.0), ("aiohttp", "aiohttp", 0.6)])
def test_a_request_of_a_short_page(peer: str, library: str, at_least: float) -> None:
    """By processor time of the client, 16 at once, in turn with its rival."""
    if importlib.util.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    if core_info().form != "compiled":
        pytest.skip("the claim is of the compiled core")

    def cost(side: str) -> float:
        return float(subprocess.run([sys.executable, PROGRAM, side], capture_output=True, text=True, check=True, timeout=60).stdout)

    ratios = [cost(peer) / cost("pyboot") for _ in range(ROUNDS)]
    middle = statistics.median(ratios)
    print(f"a request of {peer} costs {middle:.2f} of ours ({min(ratios):.2f} to {max(ratios):.2f})")
    assert middle >= at_least
