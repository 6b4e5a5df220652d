"""The endpoint httpexchanges."""

from datetime import timedelta

import pytest

from pyboot.actuator.exchanges.endpoint import duration_text
from tests.actuator.management_client import managed


async def test_it_is_not_there_where_nothing_is_recorded() -> None:
    """Whatever is exposed."""
    for properties in ({}, {"management.httpexchanges.recording.enabled": False}):
        async with managed(properties=properties) as (client, _):
            assert 404 == (await client.get("/httpexchanges")).status_code


async def test_it_begins_with_none() -> None:
    """And lists them under Spring Boot's name."""
    async with managed(properties={"management.httpexchanges.recording.enabled": True}) as (client, _):
        assert {"exchanges": []} == (await client.get("/httpexchanges")).json()


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "PT0S"),
        (0.001234, "PT0.001234S"),
        (1.5, "PT1.5S"),
        (60, "PT1M"),
        (62.5, "PT1M2.5S"),
        (3600, "PT1H"),
        (7325, "PT2H2M5S"),
        (10, "PT10S"),
    ],
)
def test_a_duration_is_written_as_java_does(seconds: float, text: str) -> None:
    """Which Spring's tools read."""
    assert text == duration_text(timedelta(seconds=seconds))
