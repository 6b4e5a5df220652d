"""The page of all endpoints."""

from pathlib import Path

import pytest

from tests.actuator.management_client import managed
from tests.endpoints_page import SHAPES, page

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/endpoints.md"


def test_the_page_is_what_the_code_says() -> None:
    """Write it anew: ``uv run python -m tests.endpoints_page > docs/reference/endpoints.md``."""
    assert page() == PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize("id", SHAPES)
async def test_an_answer_has_the_names_that_the_page_shows(id: str) -> None:
    """At its top."""
    properties = {
        "management.endpoint.heapdump.access": "unrestricted",
        "management.endpoint.health.show-components": "always",
        "management.httpexchanges.recording.enabled": True,
        "pyboot.application.name": "shop",
    }
    async with managed(properties=properties) as (client, _):
        told = (await client.get(f"/{id}")).json()

    shown = SHAPES[id]
    if id != "info":  # which tells what there is
        assert set(shown) == set(told)
    if "contexts" in shown:
        assert set(shown["contexts"]["shop"]) <= set(told["contexts"]["shop"])
