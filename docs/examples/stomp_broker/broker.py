"""A small broker of STOMP 1.2: destinations that several listen to, receipts, heart-beats. ``python broker.py [PORT]``."""

import asyncio
import sys
from itertools import count

from pyboot.components.netty import ChannelHandler, ChannelHandlerContext, ServerBootstrap, SocketChannel, loop_factory
from pyboot.components.netty.codec.stomp import (
    CorruptedStompFrameError,
    StompFrame,
    StompFrameDecoder,
    StompFrameEncoder,
    StompHeartbeatHandler,
)

MOST_SUBSCRIPTIONS = 1000  # of one connection


class Broker:
    """Who listens to which destination."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Session]] = {}
        self._numbers = count(1)

    def add(self, destination: str, session: "Session") -> None:
        """Let *session* hear of *destination*."""
        self._listeners.setdefault(destination, set()).add(session)

    def discard(self, destination: str, session: "Session") -> None:
        """Let it hear no more."""
        listeners = self._listeners.get(destination, set())
        listeners.discard(session)
        if not listeners:
            self._listeners.pop(destination, None)

    def send(self, destination: str, headers: dict[str, str], body: bytes) -> None:
        """Tell all who listen; of a message that a broker passes on, the sender's own headers go along."""
        said = {name: value for name, value in headers.items() if name not in ("receipt", "transaction", "content-length")}
        for session in list(self._listeners.get(destination, ())):
            session.deliver({**said, "destination": destination, "message-id": str(next(self._numbers))}, body)


class Session(ChannelHandler[StompFrame]):
    """One client."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.ctx: ChannelHandlerContext | None = None  # once it is connected
        self.subscriptions: dict[str, str] = {}  # destinations, by the id that the client chose

    def channel_read(self, ctx: ChannelHandlerContext, msg: StompFrame) -> None:
        """Do what the client asks, and say so where it wants a receipt."""
        is_first = msg.command in ("CONNECT", "STOMP")
        if is_first is (self.ctx is not None):
            self.refuse(ctx, msg, "a second CONNECT" if is_first else f"{msg.command} before CONNECT")
            return
        try:
            wrong = self.done(ctx, msg)
        except KeyError as missing:
            wrong = f"{msg.command} without the header {missing}"
        if wrong:
            self.refuse(ctx, msg, wrong)
            return
        if "receipt" in msg.headers and not is_first:
            ctx.write_and_flush(StompFrame("RECEIPT", {"receipt-id": msg.headers["receipt"]}))
        if msg.command == "DISCONNECT":
            ctx.close()

    def done(self, ctx: ChannelHandlerContext, msg: StompFrame) -> str:
        """Do it, or say what is wrong."""
        headers = msg.headers
        match msg.command:
            case "CONNECT" | "STOMP":
                if "1.2" not in headers["accept-version"].split(","):
                    return "STOMP 1.2 is spoken here"
                self.ctx = ctx
                ctx.write_and_flush(StompFrame("CONNECTED", {"version": "1.2", "server": "pyboot"}))
            case "SEND":
                if "transaction" in headers:
                    return "transactions are not known here"
                self.broker.send(headers["destination"], dict(headers), msg.body)
            case "SUBSCRIBE":
                if headers["id"] in self.subscriptions or len(self.subscriptions) >= MOST_SUBSCRIPTIONS:
                    return "a subscription of that id, or too many of them"
                if headers.get("ack", "auto") != "auto":
                    return "messages are acknowledged by themselves here (ack:auto)"
                self.subscriptions[headers["id"]] = headers["destination"]
                self.broker.add(headers["destination"], self)
            case "UNSUBSCRIBE":
                self.leave(headers["id"])
            case "DISCONNECT":
                self.leave_all()
            case other:
                return f"{other} is not known here"
        return ""

    def deliver(self, headers: dict[str, str], body: bytes) -> None:
        """Pass a message on, once for each subscription; a client that does not read is cut off before others' messages fill the memory."""
        ctx = self.ctx
        assert ctx is not None
        if not ctx.channel.is_writable:
            ctx.close()
            return
        for id, destination in self.subscriptions.items():
            if destination == headers["destination"]:
                ctx.write_and_flush(StompFrame("MESSAGE", {**headers, "subscription": id}, body))

    def refuse(self, ctx: ChannelHandlerContext, msg: StompFrame, problem: str) -> None:
        """Say what is wrong, and close: the specification knows no other way."""
        headers = {"message": problem, **({"receipt-id": msg.headers["receipt"]} if "receipt" in msg.headers else {})}
        ctx.write_and_flush(StompFrame("ERROR", headers))
        ctx.close()

    def leave(self, id: str) -> None:
        """End one subscription."""
        destination = self.subscriptions.pop(id)
        if destination not in self.subscriptions.values():
            self.broker.discard(destination, self)

    def leave_all(self) -> None:
        """End all."""
        for id in list(self.subscriptions):
            self.leave(id)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The client has gone."""
        self.leave_all()
        ctx.fire_channel_inactive()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Say what was wrong with the bytes, and close."""
        if isinstance(error, CorruptedStompFrameError):
            self.refuse(ctx, StompFrame("ERROR"), str(error))
        else:
            ctx.fire_exception_caught(error)


async def main(port: int) -> None:
    """Serve until interrupted."""
    broker = Broker()

    def assemble(channel: SocketChannel) -> None:
        channel.pipeline().add_last(StompFrameDecoder(), StompFrameEncoder(), StompHeartbeatHandler(), Session(broker))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 61613), loop_factory=loop_factory())
