"""RecentErrors: the last of what was logged, bounded, without secrets, and only between start and stop."""

import logging

import pytest

from pyboot.actuator.page.recent_errors import KEPT, TEXT, TRACE, RecentErrors, Ring
from tests.actuator.management_client import managed

LOG = logging.getLogger("tests.page")


async def test_it_keeps_the_last_of_warning_and_above() -> None:
    """So many, with numbers that go on; what is below is none of its."""
    async with managed(exposing="page") as (_, context):
        errors = context.get(RecentErrors)
        before = max((each["number"] for each in errors.since(0)), default=0)
        LOG.info("fine")
        for number in range(KEPT + 3):
            LOG.warning("order %d", number)
        kept = errors.since(0)
        LOG.error("one more")
        (last,) = errors.since(kept[-1]["number"])

    assert KEPT == len(kept)
    assert (f"order {KEPT + 2}", "WARNING", "tests.page", before + KEPT + 3) == tuple(
        kept[-1][key] for key in ("text", "level", "logger", "number")
    )
    assert ("one more", "ERROR", "") == (last["text"], last["level"], last["trace"])


async def test_long_texts_and_tracebacks_are_cut() -> None:
    """Of a text the beginning stays, of a traceback the end, where the error is."""
    async with managed(exposing="page") as (_, context):
        try:
            raise ValueError("x" * 10_000 + " at last")
        except ValueError:
            LOG.exception("y" * 5000)
        last = context.get(RecentErrors).since(0)[-1]

    assert "y" * TEXT + "…" == last["text"]
    assert (TRACE + 1, True) == (len(last["trace"]), last["trace"].endswith(" at last\n"))


async def test_secrets_are_masked() -> None:
    """In texts and in tracebacks."""
    async with managed(exposing="page", properties={"my.password": "opensesame"}) as (_, context):
        try:
            raise ValueError("refused opensesame")
        except ValueError:
            LOG.exception("tried %s", "opensesame")
        last = context.get(RecentErrors).since(0)[-1]

    assert "opensesame" not in last["text"] + last["trace"]
    assert last["text"].startswith("tried ")


def test_what_cannot_be_shown_is_told_by_logging(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing is kept of it; the program goes on."""
    told = list[logging.LogRecord]()
    ring = Ring(str)
    monkeypatch.setattr(ring, "handleError", told.append)
    record = logging.LogRecord("tests.page", logging.WARNING, __file__, 1, "%d orders", ("many",), None)
    ring.handle(record)

    assert (0, [record]) == (len(ring.kept), told)


async def test_it_hears_nothing_where_the_page_is_not_exposed_nor_after_the_end() -> None:
    """The handler of the root is there as long as the application."""
    handlers = list(logging.getLogger().handlers)
    async with managed(exposing="health") as (_, context):
        assert context.find(RecentErrors) is None
    async with managed(exposing="page"):
        assert len(handlers) < len(logging.getLogger().handlers)
    assert handlers == logging.getLogger().handlers
