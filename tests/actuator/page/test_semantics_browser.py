"""The page in a real browser, headless Chromium: it shows, updates, sorts, changes what may be changed, and asks nobody else.

The application runs in this process, on its own loop; what the browser does is awaited there.
"""

import logging
import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright, expect

from pyboot.testing.application import connect
from tests.actuator.management_client import managed
from tests.actuator.network.connected import LineServer, Shout, said

CHROMIUM = shutil.which("chromium")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="the package chromium is not installed"),
    # Playwright leaves its transport to the collector of garbage when its driver has ended.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

# As root no sandbox is to be had; the others keep it from asking its makers.
FLAGS = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LOG = logging.getLogger("tests.page.orders")


@asynccontextmanager
async def looking(
    *, many: int = 0, properties: Mapping[str, object] | None = None, exposing: str = "*", view: str = "overview", **browsing: Any
) -> AsyncIterator[tuple[Page, list[Any], list[str]]]:
    """Open the page of an application with *many* connections, and return it with the connections, and the complaints of the browser.

    Complaints are errors of the console, violations of the policy among them, and requests to anywhere else.
    """
    async with AsyncExitStack() as stack:
        client, context = await stack.enter_async_context(managed(LineServer, Shout, exposing=exposing, properties=properties or {}))
        streams = [await stack.enter_async_context(connect(context, "lines")) for _ in range(many)]
        playwright = await stack.enter_async_context(async_playwright())
        sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *sandbox])
        stack.push_async_callback(browser.close)
        page, complaints = await browser.new_page(**browsing), list[str]()
        page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        own = str(client.base_url).removesuffix("/actuator/")
        page.on("request", lambda request: None if request.url.startswith(own) else complaints.append(f"asked {request.url}"))
        await page.goto(f"{own}/actuator/page#{view}")
        await expect(page.locator("#state")).to_have_text("live")
        yield page, streams, complaints


async def test_it_shows_servers_and_connections_and_goes_on() -> None:
    """Without a reload, without a complaint, and without a request to anywhere else."""
    async with looking(many=3) as (page, streams, complaints):
        await expect(page.locator('[data-tile="open"] strong')).to_have_text("3")
        await expect(page.locator(".card", has_text="Servers").locator("tbody tr")).to_contain_text("lines")
        await said(streams[0], "a" * 5000)
        await expect(page.locator('[data-tile="in"] .muted')).to_have_text("4.9 KiB in all")
        LOG.error("the payment of order %d failed", 7)
        await expect(page.locator(".records")).to_contain_text("the payment of order 7 failed")
        for name in ("Servers", "Connections", "Pipelines", "Loops", "Log levels", "Errors"):
            await page.get_by_role("link", name=name, exact=True).click()
            await expect(page.locator("#views [aria-current]")).to_have_text(name)
            await expect(page.locator("main .card").first).to_be_visible()

    assert [] == complaints


async def test_connections_are_sorted_by_what_is_chosen() -> None:
    """By the head of a column, or the list above, which go together."""
    async with looking(many=3, view="connections") as (page, streams, complaints):
        await said(streams[1], "a" * 5000)
        first = page.locator("tbody tr").first
        await page.get_by_label("Most by").select_option("rate")
        await expect(page.locator("tbody tr")).to_have_count(3)
        await page.get_by_role("button", name="Age").click()
        await expect(page.locator('th[aria-sort="descending"]')).to_contain_text("Age")
        await expect(page.get_by_label("Most by")).to_have_value("age")
        host, port = streams[0][1].get_extra_info("sockname")
        await expect(first).to_contain_text(f"{host}:{port}")
        await page.get_by_role("button", name="Hold still").click()
        await said(streams[2], "b")
        await expect(page.get_by_text("held still")).to_be_visible()

    assert [] == complaints


async def test_one_connection_is_shown_with_its_pipeline_and_closed() -> None:
    """By keyboard alone."""
    async with looking(many=1, view="connections") as (page, streams, complaints):
        await page.locator("tbody button").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("list", name="pipeline")).to_contain_text("Shout#0")
        await page.get_by_role("button", name="Close it").focus()
        await page.keyboard.press("Enter")
        assert b"" == await streams[0][0].read()
        await page.keyboard.press("Escape")
        await expect(page.locator("dialog")).to_have_count(0)
        await expect(page.locator("main")).to_contain_text("0 open")

    assert [] == [each for each in complaints if "404" not in each]  # it may look once more for what has gone


async def test_a_log_level_is_set_where_that_is_allowed() -> None:
    """And goes by its parent again."""
    before = LOG.level
    try:
        async with looking(view="loggers") as (page, _, complaints):
            await page.get_by_label("Names with").fill(LOG.name)  # of very many the first ones alone are shown
            level = page.get_by_label(f"Level of {LOG.name}")
            await level.select_option("DEBUG")
            await expect(page.get_by_text(f"{LOG.name} is DEBUG now.")).to_be_visible()
            assert logging.DEBUG == LOG.level
            await level.select_option("")
            await expect(page.get_by_text(f"{LOG.name} goes by its parent now.")).to_be_visible()
            assert logging.NOTSET == LOG.level
    finally:
        LOG.setLevel(before)

    assert [] == complaints


@pytest.mark.parametrize(
    ("properties", "exposing", "why"),
    [
        ({"management.endpoint.loggers.access": "read-only"}, "*", "management.endpoint.loggers.access is read-only"),
        ({}, "page", "'loggers' is not exposed: add it to management.endpoints.web.exposure.include"),
    ],
)
async def test_where_it_may_not_be_set_the_page_says_why(properties: Mapping[str, object], exposing: str, why: str) -> None:
    """And offers nothing that would be refused."""
    async with looking(properties=properties, exposing=exposing, view="loggers") as (page, _, complaints):
        await expect(page.locator("main")).to_contain_text(why)
        assert 0 == await page.locator("main select:enabled").count()

    assert [] == complaints


async def test_a_token_is_asked_for_where_nobody_says_who_asks() -> None:
    """The empty page is for everybody, what it shows is not."""
    users = {
        "management.server.auth.users.ada.token": "t0ken",
        "management.server.auth.users.ada.roles": "admin",
        "management.server.auth.permit": "page",
    }
    async with looking(many=1, properties=users) as (page, _, complaints):
        await expect(page.locator('[data-tile="open"]')).to_contain_text("say who asks")
        await page.get_by_label("A token").fill("t0ken")
        await page.get_by_role("button", name="Use it").click()
        await expect(page.locator('[data-tile="open"] strong')).to_have_text("1")
        await expect(page.locator("#facts")).to_contain_text("ada")
        await expect(page.locator("#who")).to_be_hidden()

    assert [] == complaints


@pytest.mark.parametrize("view", ["overview", "servers", "connections", "pipelines", "loops", "loggers", "errors"])
async def test_it_fits_into_400_pixels(view: str) -> None:
    """Without scrolling to the side, whatever is shown."""
    async with looking(many=2, view=view, viewport={"width": 400, "height": 800}) as (page, _, _):
        LOG.error("x" * 300)
        await expect(page.locator("main .card, main .tile").first).to_be_visible()
        await expect(page.locator("#facts")).to_contain_text("up")
        assert 400 == await page.evaluate("document.documentElement.scrollWidth")


async def test_it_is_dark_where_that_is_wished_or_chosen() -> None:
    """Of the system, or by its button, which is remembered."""
    ground = "getComputedStyle(document.body).backgroundColor"
    async with looking(color_scheme="dark") as (page, _, _):
        assert "rgb(18, 21, 23)" == await page.evaluate(ground)
        await page.get_by_role("button", name="Theme").click()
        assert "rgb(246, 246, 243)" == await page.evaluate(ground)
        await page.reload()
        assert "rgb(246, 246, 243)" == await page.evaluate(ground)


async def test_a_thousand_connections_are_no_load_for_it() -> None:
    """It draws two hundred of them, and answers."""
    async with looking(many=1000, view="connections", properties={"netty.servers.lines.max-connections": 2000}) as (page, _, complaints):
        await page.get_by_label("Show").select_option("200")
        await expect(page.get_by_text("200 of 1,000 open")).to_be_visible()
        await expect(page.locator("tbody tr")).to_have_count(200)

    assert [] == complaints
