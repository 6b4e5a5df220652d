"""HealthIndicators: each has an answer, whatever it does."""

import asyncio
import logging

import pytest

from pyboot.actuator.health.indicators import HealthIndicators
from tests.actuator.health.asked import (
    ALONE,
    OPEN,
    GoodHealthIndicator,
    HangingHealthIndicator,
    RaisingHealthIndicator,
    UnnumberedHealthIndicator,
    UnshowableHealthIndicator,
)
from tests.actuator.management_client import managed


async def test_one_that_hangs_is_given_up_and_the_others_are_told(caplog: pytest.LogCaptureFixture) -> None:
    """It is cancelled, and nobody waits until it heeds that."""
    async with managed(GoodHealthIndicator, HangingHealthIndicator, RaisingHealthIndicator, properties=ALONE) as (_, context):
        indicators = HealthIndicators(context, 0.02, 0.0)
        told = await indicators.ask(indicators.names)

    assert ["good", "hanging", "raising"] == indicators.names
    assert ["UP", "DOWN", "DOWN"] == [told[name].status for name in indicators.names]
    assert "no answer within 0.02 s" == told["hanging"].details["error"]
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert any("'raising' raised" in message for message in messages)
    assert any("'good' took" in message for message in messages)


async def test_who_is_cancelled_cancels_what_was_asked() -> None:
    """Nothing is left behind."""
    async with managed(HangingHealthIndicator, properties=ALONE) as (_, context):
        asking = asyncio.create_task(HealthIndicators(context, 60.0, 60.0).ask(["hanging"]))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        left = [task for task in asyncio.all_tasks() if task.get_name() == "health of hanging"]
        if left:
            await asyncio.wait(left, timeout=20)
        assert all(task.done() for task in left)


async def test_names_are_relaxed() -> None:
    """As those of settings are."""
    async with managed(GoodHealthIndicator) as (_, context):
        indicators = HealthIndicators(context, 1.0, 1.0)
    assert ("diskSpace", "good", None) == (indicators.find("disk-space"), indicators.find("GOOD"), indicators.find("bad"))


async def test_what_cannot_be_shown_is_down_and_the_others_are_told() -> None:
    """Details without a form in JSON, and a status that is no text, are the affair of the one that told them."""
    async with managed(GoodHealthIndicator, UnshowableHealthIndicator, UnnumberedHealthIndicator, properties=OPEN) as (client, _):
        answer = await client.get("/health")

    assert 503 == answer.status_code
    told = answer.json()["components"]
    assert "UP" == told["good"]["status"]
    assert "DOWN" == told["unshowable"]["status"]
    assert told["unshowable"]["details"]["error"].endswith("TypeError: object has no form in JSON")
    assert "int as status" in told["unnumbered"]["details"]["error"]
