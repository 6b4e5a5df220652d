"""The built-in codecs of Redis: what each name does, by its bytes."""

import pytest

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.redis import (
    ArrayRedisMessage,
    PushRedisMessage,
    RedisClientHandler,
    RedisLimitError,
    SimpleStringRedisMessage,
)
from pyboot.netty.errors import CodecOptionsError
from pyboot.netty.pipeline.registry import CodecRegistry


def channel(name: str, **options: object) -> EmbeddedChannel:
    """A channel with the codec alone."""
    return EmbeddedChannel(*CodecRegistry().codec(name, options).handlers())


def test_a_server_gets_commands_and_writes_replies() -> None:
    """Those that people type where it says so."""
    embedded = channel("redis", inline=True)
    embedded.receive(b"*2\r\n$3\r\nGET\r\n$1\r\na\r\nPING\r\n")
    embedded.write_outbound(SimpleStringRedisMessage("PONG"))

    assert [ArrayRedisMessage.command("GET", "a"), ArrayRedisMessage.command("PING")] == embedded.inbound_messages()
    assert b"+PONG\r\n" == embedded.outbound_bytes()


@pytest.mark.parametrize(
    ("options", "stream"),
    [
        ({"max-line": 4}, b"+12345\r\n"),
        ({"max-bulk": "1KiB"}, b"$1025\r\n"),
        ({"max-message": 20}, b"*2\r\n$9\r\n123456789\r\n$9\r\n"),
        ({"max-elements": 2}, b"*3\r\n"),
        ({"max-depth": 1}, b"*1\r\n*1\r\n"),
    ],
)
@pytest.mark.parametrize("name", ["redis", "redis-client"])
def test_each_limit_is_an_option(name: str, options: dict[str, object], stream: bytes) -> None:
    """Of both."""
    with pytest.raises(RedisLimitError):
        channel(name, **options).receive(stream)


def test_a_client_asks_and_hears() -> None:
    """Replies go to who asked, pushes on."""
    embedded = channel("redis-client", max_outstanding=1)
    client = embedded.pipeline().get(RedisClientHandler)
    with embedded.loop.as_running_loop():
        asked = embedded.loop.create_task(client.execute("PING"))
    embedded.run_pending_tasks()
    assert b"*1\r\n$4\r\nPING\r\n" == embedded.outbound_bytes()
    embedded.receive(b">0\r\n+PONG\r\n")
    embedded.run_pending_tasks()

    assert ("PONG", [PushRedisMessage([])]) == (asked.result(), embedded.inbound_messages())


@pytest.mark.parametrize("options", [{"max-bulk": 0}, {"max-depth": 0}, {"max-elements": "many"}, {"inlined": True}])
def test_what_is_not_allowed_is_refused(options: dict[str, object]) -> None:
    """When the pipeline is put together, not when a connection comes."""
    with pytest.raises(CodecOptionsError):
        CodecRegistry().codec("redis", options).handlers()
