"""Sentinels are asked who the master is, and what they say is believed only where the server says so, too."""

import uuid

import pytest

from pyboot.cluster.errors import EngineUnreachableError
from pyboot.testing.engine_node import EngineNode
from tests.cluster.engines.redis.servers import RedisServer

pytestmark = pytest.mark.slow


async def test_the_master_is_found(server: RedisServer, tmp_path_factory: pytest.TempPathFactory) -> None:
    """By the first sentinel that answers and knows it."""
    file = tmp_path_factory.mktemp("sentinel") / "sentinel.conf"
    file.write_text(f"sentinel monitor main 127.0.0.1 {server.port} 1\n")
    with RedisServer.started("redis-server", config=str(file)) as sentinel:
        prefix = f"pb:{uuid.uuid4().hex[:8]}:"
        engine = server.engine("a", prefix, f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/main")
        await engine.connect(EngineNode(engine))
        assert await engine.epoch() == 1
        await engine.close()

        other = server.engine("b", prefix, f"redis+sentinel://127.0.0.1:1,127.0.0.1:{sentinel.port}/other")
        with pytest.raises(EngineUnreachableError) as raised:
            await other.connect(EngineNode(other))
    said = str(raised.value)
    assert "no master 'other' is known: 127.0.0.1:1 (" in said
    assert f"127.0.0.1:{sentinel.port} (it does not know that name)" in said
