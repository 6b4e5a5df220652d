"""The endpoint loggers."""

import logging
from typing import Any

import pytest

from tests.actuator.management_client import managed

LEVELS = ["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE"]


async def test_loggers_are_told_with_what_they_do() -> None:
    """In Spring Boot's form and by its names."""
    logging.getLogger("shop.till").setLevel(logging.DEBUG)
    async with managed() as (client, _):
        told = (await client.get("/loggers")).json()
        one = (await client.get("/loggers/shop.till")).json()
        missing = await client.get("/loggers/shop.nobody")

    assert (LEVELS, {}) == (told["levels"], told["groups"])
    assert {"configuredLevel": "DEBUG", "effectiveLevel": "DEBUG"} == told["loggers"]["shop.till"] == one
    assert "ROOT" == next(iter(told["loggers"]))
    assert 404 == missing.status_code


@pytest.mark.parametrize(
    ("level", "expected", "told"),
    [
        ("DEBUG", logging.DEBUG, "DEBUG"),
        ("debug", logging.DEBUG, "DEBUG"),
        ("WARN", logging.WARNING, "WARN"),
        ("warning", logging.WARNING, "WARN"),
        ("FATAL", logging.CRITICAL, "FATAL"),
        ("OFF", logging.CRITICAL + 10, "OFF"),
        ("TRACE", 5, "TRACE"),
    ],
)
async def test_a_level_is_set_and_reset(level: str, expected: int, told: str) -> None:
    """Also of a logger that comes later; reset, it goes by its parent."""
    logger = logging.getLogger(f"shop.{level}")
    async with managed() as (client, _):
        assert 204 == (await client.post(f"/loggers/shop.{level}", json={"configuredLevel": level})).status_code
        assert expected == logger.level
        assert told == (await client.get(f"/loggers/shop.{level}")).json()["effectiveLevel"]
        assert 204 == (await client.post(f"/loggers/shop.{level}", json={})).status_code
        assert logging.NOTSET == logger.level
        assert (await client.get(f"/loggers/shop.{level}")).json()["configuredLevel"] is None


@pytest.mark.parametrize("body", [{"configuredLevel": None}, {}, None])
async def test_the_root_goes_back_to_what_the_settings_say(body: Any) -> None:
    """It has no parent."""
    async with managed(properties={"logging.level.root": "ERROR"}) as (client, _):
        await client.post("/loggers/root", json={"configuredLevel": "TRACE"})
        assert 5 == logging.root.level
        await client.post("/loggers/ROOT", json=body)
        assert logging.ERROR == logging.root.level


@pytest.mark.parametrize("level", ["LOUD", "", "1000000", 7, ["DEBUG"], {"a": 1}])
async def test_what_is_no_level_is_refused(level: Any) -> None:
    """And changes nothing."""
    logger = logging.getLogger("shop.kept")
    logger.setLevel(logging.ERROR)
    async with managed() as (client, _):
        assert 400 == (await client.post("/loggers/shop.kept", json={"configuredLevel": level})).status_code
    assert logging.ERROR == logger.level


async def test_read_only_leaves_levels_alone() -> None:
    """A write is not there then."""
    async with managed(properties={"management.endpoint.loggers.access": "read-only"}) as (client, _):
        answer = await client.post("/loggers/shop", json={"configuredLevel": "DEBUG"})
    assert (405, "GET, HEAD, OPTIONS") == (answer.status_code, answer.headers["allow"])
