"""The server, and the handler that every device gets behind the heartbeats."""

from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

from .devices import Devices


@NettyServer(port=9000)
class DeviceServer:
    """Lines of text in, lines of text out."""

    pipeline = ["line", "string"]


@ChannelHandlerBean(order=10)
class DeviceHandler(ChannelHandler[str]):
    """Speaks with one device: `login ID` first, then `report VALUE` as often as it likes."""

    def __init__(self, devices: Devices) -> None:
        """Take the service that the container hands in."""
        self.devices = devices
        self.device = ""

    async def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        """Do what the line says, and answer."""
        ctx.write_and_flush(self.answer(*msg.split()) + "\n")

    def answer(self, *words: str) -> str:
        """Return `ok`, or what is wrong."""
        match words:
            case ["login", device] if not self.device:
                self.device = device
                self.devices.arrive(device)
            case ["report", value] if self.device:
                try:
                    self.devices.report(self.device, float(value))
                except ValueError:
                    return f"error: {value} is no number"
            case _:
                return "error: first `login ID`, then `report VALUE`"
        return "ok"

    async def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The device is gone, or was given up."""
        if self.device:
            self.devices.leave(self.device)
