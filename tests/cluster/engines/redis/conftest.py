"""Servers as processes: one a module."""

from collections.abc import Iterator

import pytest

from tests.cluster.engines.redis.servers import RedisServer


@pytest.fixture(scope="module", params=["redis-server", "valkey-server"])
def server(request: pytest.FixtureRequest) -> Iterator[RedisServer]:
    """A server that keeps nothing."""
    with RedisServer.started(request.param, "--enable-debug-command", "local") as server:
        yield server
