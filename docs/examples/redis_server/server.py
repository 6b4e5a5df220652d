"""A key-value server that speaks Redis: redis-cli, redis-benchmark and redis-py talk to it. ``python server.py [PORT] [--inline]``."""

import asyncio
import fnmatch
import re
import sys
from collections.abc import Callable, Iterable

from store import OutOfMemoryError, Store

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap, SocketChannel, loop_factory
from pyboot.components.netty.codec.redis import (
    ArrayRedisMessage,
    CorruptedRedisMessageError,
    ErrorRedisMessage,
    FullBulkStringRedisMessage,
    IntegerRedisMessage,
    MapRedisMessage,
    NullRedisMessage,
    PushRedisMessage,
    RedisDecoder,
    RedisDecoderConfig,
    RedisEncoder,
    RedisMessage,
    SimpleStringRedisMessage,
)

OK, PONG, NULL = SimpleStringRedisMessage("OK"), SimpleStringRedisMessage("PONG"), NullRedisMessage()
ZERO, ONE = IntegerRedisMessage(0), IntegerRedisMessage(1)
NO_COMMAND = ErrorRedisMessage("ERR a command is an array of bulk strings")
SYNTAX, NO_INTEGER = ErrorRedisMessage("ERR syntax error"), ErrorRedisMessage("ERR value is not an integer or out of range")
FULL = ErrorRedisMessage("OOM command not allowed when used memory > 'maxmemory'.")
NUMBER = re.compile(rb"0|-?[1-9][0-9]{0,18}")
TIMES = {b"EX": 1, b"PX": 1000}
LARGEST = (1 << 63) - 1

Arguments = list[bytes]
Run = Callable[["RedisCommands", ChannelHandlerContext, Arguments], RedisMessage | None]


def text(content: str | bytes) -> FullBulkStringRedisMessage:
    """Make a bulk string."""
    return FullBulkStringRedisMessage(content if isinstance(content, bytes) else content.encode())


def number_of(argument: bytes) -> int:
    """Read a number of 64 bits; ``int`` alone would take underscores and spaces too."""
    number = int(argument) if NUMBER.fullmatch(argument) else LARGEST + 1
    if abs(number) > LARGEST:
        raise CommandError(NO_INTEGER)
    return number


class CommandError(Exception):
    """A command that is answered with an error."""

    def __init__(self, reply: ErrorRedisMessage) -> None:
        self.reply = reply


class Subscriptions:
    """Who hears which channel."""

    def __init__(self) -> None:
        self._listeners: dict[bytes, set[ChannelHandlerContext]] = {}

    def add(self, name: bytes, ctx: ChannelHandlerContext) -> None:
        """Let *ctx* hear of *name*."""
        self._listeners.setdefault(name, set()).add(ctx)

    def discard(self, name: bytes, ctx: ChannelHandlerContext) -> None:
        """Let *ctx* hear of it no more."""
        listeners = self._listeners.get(name, set())
        listeners.discard(ctx)
        if not listeners:
            self._listeners.pop(name, None)

    def publish(self, name: bytes, content: bytes) -> int:
        """Tell all who listen, and give how many; one who does not read is cut off before the news of others fill the memory."""
        listeners = list(self._listeners.get(name, ()))
        push = PushRedisMessage([text("message"), text(name), text(content)])
        for ctx in listeners:
            if ctx.channel.is_writable:
                ctx.write_and_flush(push)
            else:
                ctx.close()
        return len(listeners)


class RedisCommands(ChannelHandler[RedisMessage]):
    """Answers the commands of one connection."""

    def __init__(self, store: Store, subscriptions: Subscriptions, encoder: RedisEncoder) -> None:
        self.store = store
        self.subscriptions = subscriptions
        self.encoder = encoder  # of this connection: it knows which protocol is spoken
        self.channels: dict[bytes, None] = {}  # that this connection listens to, in order
        self.name = b""

    def channel_read(self, ctx: ChannelHandlerContext, msg: RedisMessage) -> None:
        """Answer a command; replies of one read leave together."""
        arguments = msg.strings if isinstance(msg, ArrayRedisMessage) else None
        if not arguments:
            ctx.write(NO_COMMAND)
            return
        known = COMMANDS.get(arguments[0]) or COMMANDS.get(arguments[0].upper())
        if known is None or not known[1] <= len(arguments) - 1 <= known[2]:
            ctx.write(self.refusal(arguments, known is not None))
            return
        try:
            reply = known[0](self, ctx, arguments)
        except CommandError as error:
            reply = error.reply
        except OutOfMemoryError:
            reply = FULL
        if reply is not None:
            ctx.write(reply)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        """Send what was answered."""
        ctx.flush()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """Leave all channels."""
        for name in self.channels:
            self.subscriptions.discard(name, ctx)
        ctx.fire_channel_inactive()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Say what was wrong with the bytes, as Redis does, and close."""
        if isinstance(error, CorruptedRedisMessageError):
            ctx.write_and_flush(ErrorRedisMessage(f"ERR Protocol error: {error}"))
            ctx.close()
        else:
            ctx.fire_exception_caught(error)

    def refusal(self, arguments: Arguments, is_known: bool) -> ErrorRedisMessage:
        """Say why a command is none; its name comes from the peer, so it is shown with its line ends escaped."""
        name = repr(arguments[0][:64])[1:]
        return ErrorRedisMessage(f"ERR wrong number of arguments for {name} command" if is_known else f"ERR unknown command {name}")

    # The connection.

    def ping(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """PING [message]."""
        if self.channels and self.encoder.protocol == 2:  # there even this must look like news
            return ArrayRedisMessage(None, [b"pong", arguments[1] if len(arguments) > 1 else b""])
        return PONG if len(arguments) == 1 else text(arguments[1])

    def echo(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """ECHO message."""
        return text(arguments[1])

    def hello(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """HELLO [version [SETNAME name]]: which protocol is spoken from here on."""
        if len(arguments) > 1:
            if arguments[1] not in (b"2", b"3"):
                return ErrorRedisMessage("NOPROTO unsupported protocol version")
            options = arguments[2:]
            if options and (len(options) != 2 or options[0].upper() != b"SETNAME"):
                return SYNTAX
            self.name = options[1] if options else self.name
            self.encoder.protocol = int(arguments[1])
        told = {"server": "pyboot", "version": "7.0.0", "mode": "standalone", "role": "master"}
        facts: list[tuple[RedisMessage, RedisMessage]] = [(text(name), text(value)) for name, value in told.items()]
        spoken = IntegerRedisMessage(self.encoder.protocol)
        return MapRedisMessage([*facts, (text("proto"), spoken), (text("modules"), ArrayRedisMessage([]))])

    def client(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """CLIENT SETNAME | GETNAME | SETINFO: what client libraries say of themselves."""
        match arguments[1].upper(), arguments[2:]:
            case b"SETNAME", [name]:
                self.name = name
                return OK
            case b"GETNAME", []:
                return text(self.name)
            case b"SETINFO", [_, _]:
                return OK
            case _:
                return SYNTAX

    def select(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """SELECT 0: there is one database."""
        return OK if arguments[1] == b"0" else ErrorRedisMessage("ERR DB index is out of range")

    def command(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """COMMAND: what redis-cli asks for its help."""
        return ArrayRedisMessage([])

    def config(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """CONFIG GET name: what redis-benchmark asks first; there is nothing to set."""
        return MapRedisMessage([]) if arguments[1].upper() == b"GET" else SYNTAX

    def quit(self, ctx: ChannelHandlerContext, arguments: Arguments) -> None:
        """QUIT: say good-bye and close, behind all that was answered."""
        ctx.write_and_flush(OK)
        ctx.close()

    # Keys.

    def get(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """GET key."""
        value = self.store.get(arguments[1])
        return NULL if value is None else FullBulkStringRedisMessage(value)

    def set(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """SET key value [NX | XX] [EX seconds | PX milliseconds | KEEPTTL]."""
        _, key, value, *options = arguments
        seconds, keeps, condition = None, False, b""
        rest = iter(options)
        for option in map(bytes.upper, rest):
            if option in TIMES and seconds is None and not keeps:
                seconds = number_of(next(rest, b"")) / TIMES[option]
                if seconds <= 0:
                    return ErrorRedisMessage("ERR invalid expire time in 'set' command")
            elif option in (b"NX", b"XX") and not condition:
                condition = option
            elif option == b"KEEPTTL" and seconds is None:
                keeps = True
            else:
                return SYNTAX
        if condition and (self.store.get(key) is None) is (condition == b"XX"):
            return NULL
        self.store.put(key, value, seconds, keeps_deadline=keeps)
        return OK

    def mget(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """MGET key ..."""
        values = map(self.store.get, arguments[1:])
        return ArrayRedisMessage([NULL if value is None else text(value) for value in values])

    def mset(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """MSET key value ..."""
        if len(arguments) % 2 == 0:
            return ErrorRedisMessage("ERR wrong number of arguments for 'mset' command")
        for key, value in zip(arguments[1::2], arguments[2::2], strict=True):
            self.store.put(key, value)
        return OK

    def delete(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """DEL key ..."""
        return IntegerRedisMessage(sum([self.store.delete(key) for key in arguments[1:]]))

    def exists(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """EXISTS key ..."""
        return IntegerRedisMessage(sum(self.store.get(key) is not None for key in arguments[1:]))

    def incr(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """INCR key, DECR key, INCRBY key number, DECRBY key number."""
        step = number_of(arguments[2]) if len(arguments) > 2 else 1
        changed = number_of(self.store.get(arguments[1]) or b"0") + (step if arguments[0].upper().startswith(b"INCR") else -step)
        if abs(changed) > LARGEST:
            return ErrorRedisMessage("ERR increment or decrement would overflow")
        self.store.put(arguments[1], b"%d" % changed, keeps_deadline=True)
        return IntegerRedisMessage(changed)

    def expire(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """EXPIRE key seconds, PEXPIRE key milliseconds."""
        scale = 1000 if arguments[0].upper() == b"PEXPIRE" else 1
        return ONE if self.store.expire(arguments[1], number_of(arguments[2]) / scale) else ZERO

    def persist(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """PERSIST key."""
        return ONE if self.store.expire(arguments[1], None) else ZERO

    def ttl(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """TTL key, PTTL key: -1 of one that stays, -2 of one that is not there."""
        left = self.store.left(arguments[1])
        scale = 1000 if arguments[0].upper() == b"PTTL" else 1
        return IntegerRedisMessage(-1 if left is None else -2 if left == -2 else round(left * scale))

    def keys(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """KEYS pattern."""
        pattern = arguments[1].decode("latin-1")
        return ArrayRedisMessage(None, [key for key in self.store.names() if fnmatch.fnmatchcase(key.decode("latin-1"), pattern)])

    def dbsize(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """DBSIZE."""
        return IntegerRedisMessage(len(self.store))

    def flushall(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """FLUSHALL, FLUSHDB."""
        self.store.clear()
        return OK

    # Channels.

    def subscribe(self, ctx: ChannelHandlerContext, arguments: Arguments) -> None:
        """SUBSCRIBE channel ..."""
        for name in arguments[1:]:
            self.channels[name] = None
            self.subscriptions.add(name, ctx)
            ctx.write(PushRedisMessage([text("subscribe"), text(name), IntegerRedisMessage(len(self.channels))]))

    def unsubscribe(self, ctx: ChannelHandlerContext, arguments: Arguments) -> None:
        """UNSUBSCRIBE [channel ...]: of those, or of all."""
        names: Iterable[bytes | None] = arguments[1:] or list(self.channels) or [None]
        for name in names:
            if name is not None:
                self.channels.pop(name, None)
                self.subscriptions.discard(name, ctx)
            said = NULL if name is None else text(name)
            ctx.write(PushRedisMessage([text("unsubscribe"), said, IntegerRedisMessage(len(self.channels))]))

    def publish(self, ctx: ChannelHandlerContext, arguments: Arguments) -> RedisMessage:
        """PUBLISH channel message."""
        return IntegerRedisMessage(self.subscriptions.publish(arguments[1], arguments[2]))


ANY = 1 << 20
# By name: who answers, and how many arguments are allowed.
COMMANDS: dict[bytes, tuple[Run, int, int]] = {
    b"PING": (RedisCommands.ping, 0, 1), b"ECHO": (RedisCommands.echo, 1, 1), b"HELLO": (RedisCommands.hello, 0, ANY),
    b"CLIENT": (RedisCommands.client, 1, ANY), b"SELECT": (RedisCommands.select, 1, 1), b"COMMAND": (RedisCommands.command, 0, ANY),
    b"CONFIG": (RedisCommands.config, 2, ANY), b"QUIT": (RedisCommands.quit, 0, 0),
    b"GET": (RedisCommands.get, 1, 1), b"SET": (RedisCommands.set, 2, ANY), b"MGET": (RedisCommands.mget, 1, ANY),
    b"MSET": (RedisCommands.mset, 2, ANY), b"DEL": (RedisCommands.delete, 1, ANY), b"EXISTS": (RedisCommands.exists, 1, ANY),
    b"INCR": (RedisCommands.incr, 1, 1), b"DECR": (RedisCommands.incr, 1, 1), b"INCRBY": (RedisCommands.incr, 2, 2),
    b"DECRBY": (RedisCommands.incr, 2, 2), b"EXPIRE": (RedisCommands.expire, 2, 2), b"PEXPIRE": (RedisCommands.expire, 2, 2),
    b"PERSIST": (RedisCommands.persist, 1, 1), b"TTL": (RedisCommands.ttl, 1, 1), b"PTTL": (RedisCommands.ttl, 1, 1),
    b"KEYS": (RedisCommands.keys, 1, 1), b"DBSIZE": (RedisCommands.dbsize, 0, 0), b"FLUSHALL": (RedisCommands.flushall, 0, 1),
    b"FLUSHDB": (RedisCommands.flushall, 0, 1), b"SUBSCRIBE": (RedisCommands.subscribe, 1, ANY),
    b"UNSUBSCRIBE": (RedisCommands.unsubscribe, 0, ANY), b"PUBLISH": (RedisCommands.publish, 2, 2),
}  # fmt: skip


async def main(port: int, *, inline: bool) -> None:
    """Serve until interrupted; *inline*: whether commands as people type them are taken too."""
    store, subscriptions, config = Store(), Subscriptions(), RedisDecoderConfig(inline=inline)

    def assemble(channel: SocketChannel) -> None:
        encoder = RedisEncoder()
        channel.pipeline().add_last(RedisDecoder(config), encoder, RedisCommands(store, subscriptions, encoder))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    given = [each for each in sys.argv[1:] if each != "--inline"]
    asyncio.run(main(int(given[0]) if given else 6379, inline="--inline" in sys.argv), loop_factory=loop_factory())
