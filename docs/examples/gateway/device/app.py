"""A device: it logs in with each connection, comes back after each loss, and reports."""

from pydantic import BaseModel, SecretStr

from pyboot.boot import ConfigurationProperties, PyBootApplication, Scheduled, Service, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient


@PyBootApplication
class App: ...


@ConfigurationProperties("device")
class DeviceProperties(BaseModel):
    name: str = "sensor-7"
    token: SecretStr


@NettyClient
class GatewayClient:
    pipeline = ["line", {"heartbeat": {"interval": "20s", "payload": "beat", "end": "\n"}}, {"string": {"end": "\n"}}]


@ChannelHandlerBean
class Login(ChannelHandler[str]):
    def __init__(self, properties: DeviceProperties) -> None:
        self.properties = properties

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        ctx.write_and_flush(f"login {self.properties.name} {self.properties.token.get_secret_value()}")

    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        print("heard", msg, flush=True)


@Service
class Thermometer:
    def __init__(self, gateway: NettyClient) -> None:
        self.gateway = gateway

    @Scheduled(every="${device.every:1s}")
    async def report(self) -> None:
        if self.gateway.is_connected:  # a report that is late is of no use to anybody
            self.gateway.write_and_flush("report 21.5")


if __name__ == "__main__":
    run(App)
