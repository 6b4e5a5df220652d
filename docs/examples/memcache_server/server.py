"""A cache that speaks memcache's text protocol: pymemcache and other clients talk to it. ``python server.py [PORT]``."""

import asyncio
import sys
import time
from collections import OrderedDict

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap, SocketChannel, loop_factory
from pyboot.components.netty.codec.memcache import (
    CorruptedMemcacheMessageError,
    TextMemcacheRequest,
    TextMemcacheResponse,
    TextMemcacheServerCodec,
)

MONTH = 30 * 24 * 3600  # a time beyond that is a date
STORED, NOT_STORED, END = TextMemcacheResponse("STORED"), TextMemcacheResponse("NOT_STORED"), TextMemcacheResponse("END")
NOT_FOUND, DELETED, TOUCHED = TextMemcacheResponse("NOT_FOUND"), TextMemcacheResponse("DELETED"), TextMemcacheResponse("TOUCHED")
EXISTS, OK = TextMemcacheResponse("EXISTS"), TextMemcacheResponse("OK")


class Entry:
    """A value, its flags, its version, and until when it is there."""

    def __init__(self, value: bytes, flags: int, deadline: float, cas: int) -> None:
        self.value, self.flags, self.deadline, self.cas = value, flags, deadline, cas


class Cache:
    """Keys and values; the one that was used longest ago goes first where there is no room.

    Args:
        max_bytes: most bytes of all keys and values together.
    """

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        self.max_bytes = max_bytes
        self.used_bytes = 0
        self.version = 0
        self._entries: OrderedDict[bytes, Entry] = OrderedDict()

    def get(self, key: bytes) -> Entry | None:
        """Give what *key* has, unless its time is over."""
        entry = self._entries.get(key)
        if entry is not None and entry.deadline <= time.time():
            self.delete(key)
            return None
        if entry is not None:
            self._entries.move_to_end(key)
        return entry

    def put(self, key: bytes, value: bytes, flags: int, deadline: float) -> None:
        """Give *key* a value."""
        self.delete(key)
        self.version += 1
        self._entries[key] = Entry(value, flags, deadline, self.version)
        self.used_bytes += len(key) + len(value)
        while self.used_bytes > self.max_bytes:
            self.delete(next(iter(self._entries)))

    def delete(self, key: bytes) -> bool:
        """Forget *key*; tell whether it was there."""
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self.used_bytes -= len(key) + len(entry.value)
        return True

    def clear(self) -> None:
        """Forget everything."""
        self._entries.clear()
        self.used_bytes = 0


class MemcacheCommands(ChannelHandler[TextMemcacheRequest]):
    """Answers the commands of one connection."""

    def __init__(self, cache: Cache) -> None:
        self.cache = cache

    def channel_read(self, ctx: ChannelHandlerContext, msg: TextMemcacheRequest) -> None:
        """Answer; one that says ``noreply`` gets none."""
        try:
            answers = self.answers(ctx, msg)
        except ValueError:
            answers = [TextMemcacheResponse("CLIENT_ERROR", (b"bad command line format",))]
        for answer in answers:
            if not msg.is_quiet:
                ctx.write(answer)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        """Send what was answered."""
        ctx.flush()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Say that the bytes are no command, as memcached does, and close: what comes behind cannot be told from data."""
        if isinstance(error, CorruptedMemcacheMessageError):
            ctx.write_and_flush(TextMemcacheResponse("ERROR"))
            ctx.close()
        else:
            ctx.fire_exception_caught(error)

    def answers(self, ctx: ChannelHandlerContext, msg: TextMemcacheRequest) -> list[TextMemcacheResponse]:
        """Do what is asked."""
        match msg.word, msg.arguments:
            case "get" | "gets", keys:
                return [*self.found(keys, with_cas=msg.word == "gets"), END]
            case "set" | "add" | "replace" | "append" | "prepend" | "cas", _:
                return [self.stored(msg)]
            case "delete", (key, *_):
                return [DELETED if self.cache.delete(key) else NOT_FOUND]
            case "incr" | "decr", (key, step, *_):
                return [self.counted(key, int(step) if msg.word == "incr" else -int(step))]
            case "touch", (key, seconds, *_):
                entry = self.cache.get(key)
                if entry is not None:
                    entry.deadline = deadline_of(int(seconds))
                return [NOT_FOUND if entry is None else TOUCHED]
            case "flush_all", _:
                self.cache.clear()
                return [OK]
            case "version", _:
                return [TextMemcacheResponse("VERSION", (b"pyboot",))]
            case "quit", _:
                ctx.close()
                return []
            case _:
                return [TextMemcacheResponse("ERROR")]

    def found(self, keys: tuple[bytes, ...], *, with_cas: bool) -> list[TextMemcacheResponse]:
        """Give the values of *keys* that are there."""
        entries = ((key, self.cache.get(key)) for key in keys)
        return [
            TextMemcacheResponse.of_value(key, each.value, each.flags, each.cas if with_cas else None)
            for key, each in entries
            if each is not None
        ]

    def stored(self, msg: TextMemcacheRequest) -> TextMemcacheResponse:
        """Store, if what the command asks for is so."""
        key, flags, seconds, *rest = msg.arguments
        old, value = self.cache.get(key), msg.content or b""
        if msg.word == "cas" and old is None:
            return NOT_FOUND
        if msg.word == "cas" and old is not None and int(rest[1]) != old.cas:
            return EXISTS
        if (msg.word == "add" and old is not None) or (msg.word in ("replace", "append", "prepend") and old is None):
            return NOT_STORED
        if old is not None and msg.word in ("append", "prepend"):
            joined = old.value + value if msg.word == "append" else value + old.value
            self.cache.put(key, joined, old.flags, old.deadline)
        else:
            self.cache.put(key, value, int(flags), deadline_of(int(seconds)))
        return STORED

    def counted(self, key: bytes, step: int) -> TextMemcacheResponse:
        """Count up, around 64 bits, or down, to 0."""
        entry = self.cache.get(key)
        if entry is None:
            return NOT_FOUND
        if not entry.value.isdigit():
            return TextMemcacheResponse("CLIENT_ERROR", (b"cannot increment or decrement non-numeric value",))
        number = max(0, int(entry.value[:20]) + step) % (1 << 64)
        self.cache.put(key, b"%d" % number, entry.flags, entry.deadline)
        return TextMemcacheResponse(str(number))


def deadline_of(seconds: int) -> float:
    """When a time is over: 0 is never, a negative one at once, a long one a date."""
    if seconds == 0:
        return float("inf")
    return float(seconds) if seconds > MONTH else time.time() + seconds


async def main(port: int) -> None:
    """Serve until interrupted."""
    cache = Cache()

    def assemble(channel: SocketChannel) -> None:
        channel.pipeline().add_last(TextMemcacheServerCodec(), MemcacheCommands(cache))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 11211), loop_factory=loop_factory())
