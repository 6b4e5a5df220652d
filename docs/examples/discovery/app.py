"""Who is there? Services answer datagrams with their names; whoever asks hears all that answer in time."""

import asyncio
import sys

from pyboot.components.netty import Bootstrap, ChannelHandler, ChannelHandlerContext, ChannelOption, DatagramPacket

QUESTION = b"who is there?"


class Answerer(ChannelHandler[DatagramPacket]):
    """Answers the question, and nothing else: what anybody may send must not be echoed to anybody."""

    def __init__(self, name: str) -> None:
        """Take the *name* to answer with."""
        self.name = name

    def channel_read(self, ctx: ChannelHandlerContext, packet: DatagramPacket) -> None:
        """Take one datagram."""
        if bytes(packet.content) == QUESTION:
            ctx.write_and_flush(DatagramPacket(b"here is " + self.name.encode(), packet.sender))


class Asker(ChannelHandler[DatagramPacket]):
    """Keeps the answers."""

    def __init__(self) -> None:
        """Begin with none."""
        self.heard: asyncio.Queue[str] = asyncio.Queue()

    def channel_read(self, ctx: ChannelHandlerContext, packet: DatagramPacket) -> None:
        """Take one answer."""
        self.heard.put_nowait(f"{bytes(packet.content).decode()} at {packet.sender[0]}")


async def answer(name: str, host: str, port: int) -> None:
    """Be there until interrupted."""
    channel = await Bootstrap().handler(Answerer(name)).bind(host, port)
    print("listening on {}:{}".format(*channel.local_address()), flush=True)
    await asyncio.Event().wait()


async def ask(host: str, port: int, seconds: float) -> None:
    """Ask *host*, which may be a broadcast address, and print who answers within *seconds*."""
    asker = Asker()
    channel = await Bootstrap().option(ChannelOption.SO_BROADCAST, True).handler(asker).bind("0.0.0.0", 0)
    await channel.write_and_flush(DatagramPacket(QUESTION, (host, port)))
    try:
        async with asyncio.timeout(seconds):
            while True:
                print(await asker.heard.get(), flush=True)
    except TimeoutError:
        await channel.close()


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["answer", name, host, port]:
            asyncio.run(answer(name, host, int(port)))
        case ["ask", host, port, seconds]:
            asyncio.run(ask(host, int(port), float(seconds)))
        case _:
            raise SystemExit("answer NAME HOST PORT, or ask HOST PORT SECONDS")
