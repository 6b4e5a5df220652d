"""A client of Redis: commands, a pipeline of many, and news of a channel. ``python client.py [PORT]``."""

import asyncio
import sys

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, loop_factory
from pyboot.components.netty.codec.redis import PushRedisMessage, RedisClientHandler, RedisDecoder, RedisResponseError


class News(ChannelHandler[PushRedisMessage]):
    """Keeps what the server tells unasked."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[list[object]] = asyncio.Queue(1000)

    def channel_read(self, ctx: ChannelHandlerContext, msg: PushRedisMessage) -> None:
        """Put it where `main` finds it; QueueFull closes the connection of one who does not listen."""
        self.heard.put_nowait(msg.value)


async def main(port: int) -> None:
    """Ask the server on *port* a few things."""
    redis, news = RedisClientHandler(), News()
    channel = await Bootstrap().handler(lambda channel: channel.pipeline().add_last(RedisDecoder(), redis, news)).connect("127.0.0.1", port)
    await redis.execute("HELLO", 3)  # from here on pushes come between the replies

    await redis.execute("SET", "greeting", "hello")
    print(await redis.execute("GET", "greeting"))

    counted = await redis.pipeline([("DEL", "counter"), *[("INCR", "counter")] * 1000])
    print(counted[-1])

    try:
        await redis.execute("INCR", "greeting")
    except RedisResponseError as error:
        print(error.code, "-", error)

    redis.send("SUBSCRIBE", "news")  # answered by a push, not by a reply
    print(await news.heard.get())
    await redis.execute("PUBLISH", "news", "it rains")
    print(await news.heard.get())
    await channel.close()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 6379), loop_factory=loop_factory())
