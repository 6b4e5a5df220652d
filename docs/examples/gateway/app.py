"""A gateway: devices log in with a token and report; who falls silent is given up. With the profile prod it speaks TLS."""

from pydantic import BaseModel, SecretStr

from pyboot.boot import ConfigurationProperties, PyBootApplication, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer


@PyBootApplication
class App: ...


@ConfigurationProperties("gateway")
class GatewayProperties(BaseModel):
    token: SecretStr


@NettyServer
class DeviceServer:
    pipeline = ["line", {"heartbeat": {"interval": "20s", "payload": "beat", "end": "\n"}}, {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Session(ChannelHandler[str]):
    def __init__(self, properties: GatewayProperties) -> None:
        self.token = properties.token.get_secret_value()
        self.device = ""

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        match msg.split():
            case ["login", device, self.token]:
                self.device = device
                ctx.write_and_flush(f"welcome {device}")
            case ["report", value] if self.device:
                print(self.device, "reports", value, flush=True)
            case _:
                ctx.write_and_flush("refused")
                ctx.close()


if __name__ == "__main__":
    run(App)
