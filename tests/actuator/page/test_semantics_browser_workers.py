"""The page of an application with two workers, in headless Chromium: it shows both whichever it is served by, or one of them."""

import asyncio
import os
import shutil
import socket
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import ExitStack, asynccontextmanager

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.actuator.page.test_semantics_browser import CHROMIUM, FLAGS
from tests.supervisor.running import Running

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="the package chromium is not installed"),
    # Playwright leaves its transport to the collector of garbage when its driver has ended.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]

APPLICATION = """
import logging, os, time
from pyboot.boot import Component, Import, PyBootApplication
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.netty import ChannelHandler, ChannelHandlerBean, HttpClient, NettyClient, NettyServer

@PyBootApplication
@Import(ActuatorAutoConfiguration)
class App: ...

@NettyServer(name="greet", port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean(server="greet")
class GreetHandler(ChannelHandler):
    def channel_read(self, ctx, message):
        if message == "warn":
            logging.getLogger("shop").warning("an order of %s", os.getpid())
        if message == "block":
            time.sleep(25)
        ctx.write_and_flush(f"{os.getpid()}\\n")

@NettyClient(name="nowhere", host="127.0.0.1", port=1)
class NowhereClient:
    pipeline = ["line", "string"]

@ChannelHandlerBean(client="nowhere")
class Never(ChannelHandler): ...

@Component
class Prices:
    def __init__(self, prices: HttpClient) -> None: ...
"""

OPTIONS = (
    "--workers=2",
    "--management.server.port=0",
    "--management.endpoints.web.exposure.include=*",
    "--netty.http-clients.prices.base-url=http://127.0.0.1:1",
    "--pyboot.workers.settle=100ms",
    "--pyboot.workers.quiet-period=100ms",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Two workers."""
    if shutil.which("chromium") is None:
        pytest.skip("the package chromium is not installed")
    with Running(tmp_path_factory.mktemp("page"), *OPTIONS, program=APPLICATION) as found:
        found.ready(2)
        yield found


@pytest.fixture
def clients(running: Running) -> Iterator[dict[int, list[socket.socket]]]:
    """Connections, three at least to each worker, by its process."""
    found: dict[int, list[socket.socket]] = {pid: [] for pid in running.workers()}
    with ExitStack() as stack:
        while min(map(len, found.values())) < 3:
            client = stack.enter_context(socket.create_connection(("127.0.0.1", running.port)))
            client.settimeout(20)
            found[int(said(client, "hello"))].append(client)
        yield found


def said(client: socket.socket, line: str) -> bytes:
    """Say *line*, and return the answer."""
    client.sendall(f"{line}\n".encode())
    return client.recv(100)


@asynccontextmanager
async def looking(running: Running, view: str) -> AsyncIterator[Page]:
    """Open the page."""
    port = running.wait(r"management server listening on [\d.]+:(\d+)")[0][1]
    async with async_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.getuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *sandbox])
        try:
            page = await browser.new_page()
            await page.goto(f"http://127.0.0.1:{port}/actuator/page#{view}")
            await expect(page.locator("#state")).to_have_text("live")
            yield page
        finally:
            await browser.close()


def total(clients: dict[int, list[socket.socket]]) -> int:
    """How many there are."""
    return sum(map(len, clients.values()))


async def test_connections_are_those_of_all_or_of_one_and_each_can_be_closed(
    running: Running, clients: dict[int, list[socket.socket]]
) -> None:
    """With the worker in the id; where one worker is chosen, without."""
    async with looking(running, "connections") as page:
        await expect(page.locator("#facts")).to_contain_text("2 workers")
        await expect(page.get_by_text(f"{total(clients)} open")).to_be_visible()
        ids = await page.locator("tbody button").all_text_contents()
        assert {"0", "1"} == {each.partition(".")[0] for each in ids}
        for slot in ("0", "1"):
            await page.locator("tbody button", has_text=f"{slot}.").first.click()
            await expect(page.get_by_role("list", name="pipeline")).to_contain_text("GreetHandler#0")
            await page.get_by_role("button", name="Close it").click()
            await expect(page.locator("dialog")).to_contain_text("It closes.")
            await page.get_by_role("button", name="Back").click()
        await expect(page.get_by_text(f"{total(clients) - 2} open")).to_be_visible()
        assert 2 == len(await asyncio.to_thread(closed, [each for found in clients.values() for each in found], 2))

        counts = []
        for slot in ("0", "1"):
            await page.locator("#worker").select_option(slot)
            await expect(page.locator("tbody button").first).not_to_contain_text(".")
            counts.append(await page.locator("tbody tr").count())
        assert sorted(len(found) - 1 for found in clients.values()) == sorted(counts)
        await page.locator("tbody button").first.click()
        await expect(page.get_by_role("list", name="pipeline")).to_contain_text("GreetHandler#0")
        await page.get_by_role("button", name="Cut it off").click()
        await expect(page.get_by_text(f"{counts[1] - 1} open")).to_be_visible()


def closed(clients: Iterable[socket.socket], many: int) -> list[socket.socket]:
    """Wait until so *many* of them are at their end, and return those."""
    found = list[socket.socket]()
    while len(found) < many:
        for client in clients:
            client.settimeout(0.05)
            try:
                if client not in found and not client.recv(100):
                    found.append(client)
            except TimeoutError:
                continue
            except ConnectionError:
                found.append(client)
    return found


async def test_errors_and_levels_are_those_of_all(running: Running, clients: dict[int, list[socket.socket]]) -> None:
    """Each record with its worker; a level is set in all of them, or in the one that is chosen.

    Levels are looked at every five seconds: what one worker was known to have is shown for so long.
    """
    async with looking(running, "errors") as page:
        for pid, found in clients.items():
            await asyncio.to_thread(said, found[0], "warn")
            await expect(page.locator(".records")).to_contain_text(f"an order of {pid}")
        records = page.locator(".records li", has_text="an order of")
        assert {"worker 0", "worker 1"} == set(await records.locator(".chip").all_text_contents())
        await page.get_by_role("link", name="Log levels").click()
        await page.locator("#worker").select_option("1")
        level = page.get_by_label("Level of shop")
        await level.select_option("ERROR")
        await expect(page.get_by_text("shop is ERROR now.")).to_be_visible()
        await page.locator("#worker").select_option("0")
        await expect(level).to_have_value("", timeout=20_000)
        await page.locator("#worker").select_option("")
        await page.get_by_label("Level of shop").select_option("DEBUG")
        await expect(page.get_by_text("shop is DEBUG now.")).to_be_visible()
        for slot in ("0", "1"):
            await page.locator("#worker").select_option(slot)
            await expect(level).to_have_value("DEBUG", timeout=20_000)


async def test_clients_and_workers_are_those_of_all(running: Running) -> None:
    """Clients that come again, and clients of HTTP, with the worker that has them."""
    async with looking(running, "clients") as page:
        for name in ("nowhere, worker 0", "nowhere, worker 1", "prices, worker 0, HTTP", "prices, worker 1, HTTP"):
            await expect(page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await expect(page.locator(".card", has_text="nowhere, worker 1")).to_contain_text("waits before it connects again")
        await expect(page.locator(".card", has_text="prices, worker 0")).to_contain_text("0 at work, 0 idle")
        await page.locator("#worker").select_option("1")
        await expect(page.get_by_role("heading", name="nowhere", exact=True)).to_be_visible()
        await page.get_by_role("link", name="Workers").click()
        await expect(page.locator(".card")).to_have_count(2)


async def test_a_worker_that_does_not_answer_is_named(running: Running, clients: dict[int, list[socket.socket]]) -> None:
    """And those that do are shown all the same; nothing is told of it when it is back."""
    async with looking(running, "servers") as page:
        await expect(page.locator("#silent")).to_be_hidden()
        own = await own_process(page)
        (other,) = (pid for pid in clients if pid != own)
        clients[other][0].sendall(b"block\n")
        await expect(page.locator("#silent")).to_contain_text("does not answer", timeout=10_000)
        await expect(page.locator("#state")).to_have_text("live")
        await page.get_by_role("link", name="Workers").click()
        await expect(page.locator(".card", has_text=f"{other}")).to_contain_text("does not answer", timeout=15_000)
        await expect(page.locator("#silent")).to_be_hidden(timeout=60_000)
        await expect(page.locator(".card", has_text=f"{other}")).to_contain_text("ready")


async def own_process(page: Page) -> int:
    """Return the process that serves the stream of *page*, which its greeting tells."""
    told = await page.locator("#facts").get_attribute("title")
    assert told is not None
    return int(told.rpartition(" ")[2])
