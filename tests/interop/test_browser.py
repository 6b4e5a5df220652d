"""A page in Chromium: files of a folder, a stream of events, and a WebSocket, all from one server."""

import asyncio
import json
import shutil
from asyncio.subprocess import DEVNULL
from pathlib import Path
from typing import Any

import pytest

from pyboot.boot import PyBootApplication
from pyboot.netty import NettyServers
from pyboot.testing import running

PAGE = """<!doctype html><link rel="stylesheet" href="/files/page.css"><script type="module">
const event = await new Promise(told => new EventSource("/events").addEventListener("price", event => told(event.data)));
const echoed = await new Promise(told => {
  const socket = new WebSocket(`ws://${location.host}/echo`);
  socket.onopen = () => socket.send("gr\\u00fc\\u00dfe");
  socket.onmessage = message => { told(message.data); socket.close(1000, "done"); };
});
const color = getComputedStyle(document.documentElement).color;
await fetch("/report", {method: "POST", body: JSON.stringify({event, echoed, color})});
</script>"""

REPORTS: asyncio.Queue[Any] = asyncio.Queue()
HAS_REPORTED = asyncio.Event()


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Stream events, echo over a WebSocket, and take the report of the page."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        while (event := await receive())["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": event["text"]})
        REPORTS.put_nowait(event)
    elif scope["type"] == "http":
        is_stream = scope["path"] == "/events"
        if scope["path"] == "/report":
            content = b""
            while (event := await receive())["type"] == "http.request":
                content += event["body"]
                if not event["more_body"]:
                    break
            REPORTS.put_nowait(json.loads(content))
            HAS_REPORTED.set()
        kind = b"text/event-stream" if is_stream else b"text/plain"
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind)]})
        body = b"event: price\ndata: 42\n\n" if is_stream else b""
        await send({"type": "http.response.body", "body": body, "more_body": is_stream})
        if is_stream:
            await HAS_REPORTED.wait()
            await send({"type": "http.response.body", "body": b""})


@PyBootApplication(scan=())
class App:
    """Serves it."""


async def test_a_page_with_files_events_and_a_websocket(tmp_path: Path) -> None:
    """The page tells what it has seen; the server what it has heard of the end."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("chromium is not installed: apt-get install chromium")
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "page.css").write_text("html { color: rgb(1, 2, 3) }")
    (tmp_path / "files" / "page.html").write_text(PAGE)
    properties = {
        "netty.servers.web.asgi": f"{__name__}:app",
        "netty.servers.web.http.static./files.root": str(tmp_path / "files"),
    }
    async with running(App, properties=properties) as context:
        host, port = context.get(NettyServers).address("web")
        url = f"http://{host}:{port}/files/page.html"
        options = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", f"--user-data-dir={tmp_path / 'profile'}"]
        process = await asyncio.create_subprocess_exec(browser, *options, "--remote-debugging-port=0", url, stdout=DEVNULL, stderr=DEVNULL)
        try:
            async with asyncio.timeout(60):
                seen = [await REPORTS.get(), await REPORTS.get()]
        finally:
            process.terminate()
            await process.wait()
    assert {"event": "42", "echoed": "grüße", "color": "rgb(1, 2, 3)"} in seen
    assert {"type": "websocket.disconnect", "code": 1000, "reason": "done"} in seen
