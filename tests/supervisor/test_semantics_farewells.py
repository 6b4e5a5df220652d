"""What clients of HTTP hear when their worker is replaced: the end is announced, so that none asks into it."""

import asyncio
import http.client
import signal
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Self

import pytest

from pyboot.components.netty import HttpClient
from tests.supervisor.running import Running

pytestmark = pytest.mark.slow

APPLICATION = """
import os
from pyboot.boot import PyBootApplication
from pyboot.components.netty import FullHttpResponse
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer

@PyBootApplication
class App: ...

@NettyServer(port=0)
class WebServer:
    pipeline = ["http-server"]

@ChannelHandlerBean()
class WebHandler(ChannelHandler):
    def channel_read(self, ctx, request):
        ctx.write_and_flush(FullHttpResponse(200, str(os.getpid())))
"""
OPTIONS = ("--workers=2", "--pyboot.workers.settle=100ms", "--netty.servers.web.http2.enabled=true")


class Http1:
    """A client that opens another connection only where a response has said that it was the last: http.client does."""

    def __init__(self, port: int) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        self.close = self._connection.close

    def ask(self) -> None:
        """Ask once."""
        self._connection.request("GET", "/")
        with self._connection.getresponse() as response:
            response.read()


class Http2:
    """A client that hears GOAWAY. Those that stand on h2 fail with what is on its way then: nothing else may come to a connection of h2."""

    def __init__(self, port: int) -> None:
        self._runner = asyncio.Runner()
        self._client = HttpClient(http2="prior-knowledge")
        self._url = f"http://127.0.0.1:{port}/"

    def ask(self) -> None:
        """Ask once."""
        assert 200 == self._runner.run(self._client.get(self._url)).status

    def close(self) -> None:
        """Close its connection."""
        self._runner.run(self._client.close())
        self._runner.close()


class Asking:
    """Clients that ask again and again on connections that they keep, and repeat nothing, until the block ends."""

    def __init__(self, new_client: Callable[[], Http1 | Http2], clients: int = 2) -> None:
        self.results: Counter[str] = Counter()
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(new_client,)) for _ in range(clients)]

    def _run(self, new_client: Callable[[], Http1 | Http2]) -> None:
        client = new_client()
        while not self._over.wait(0.05):
            try:
                client.ask()
                self.results["answered"] += 1
            except Exception as error:  # noqa: BLE001  # whatever it is: it is what the test counts
                self.results[repr(error)] += 1
                client.close()
                client = new_client()
        client.close()

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()


@pytest.mark.parametrize("client", [Http1, Http2])
def test_no_request_on_a_kept_connection_is_lost_to_a_roll(tmp_path: Path, client: type[Http1 | Http2]) -> None:
    """Not even of clients that do not ask a second time where their connection has ended."""
    with Running(tmp_path, *OPTIONS, program=APPLICATION) as running:
        running.ready(2)
        with Asking(lambda: client(running.port)) as asking:
            running.signal(signal.SIGHUP)
            running.wait(r"worker 0: ready .* generation 2")
            running.wait("rolled to generation 2")
            running.wait(r"worker \d: ended with 0, generation 1", 2)
        assert {"answered"} == set(asking.results), asking.results
        assert asking.results["answered"] > 20
