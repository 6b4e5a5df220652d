"""Calls the server every second. What the network does to one call is that call's affair; the connection comes back by itself."""

import itertools

from messages import Request, Response

from pyboot.boot import PyBootApplication, Scheduled, Service, run
from pyboot.netty import ChannelHandlerBean, NettyClient, RequestResponseHandler


@PyBootApplication
class App: ...


@NettyClient(host="127.0.0.1", port=9000)
class RpcClient:
    pipeline = ["length-field", {"json": {"type": Response}}]


@ChannelHandlerBean
class Calls(RequestResponseHandler[Request, Response]):
    def id_of(self, msg: Request | Response) -> int:
        return msg.id


@Service
class Caller:
    def __init__(self, client: NettyClient) -> None:
        self.client = client
        self.ids = itertools.count(1)

    @Scheduled(every="${calls.every:1s}")
    async def call(self) -> None:
        try:
            print(await self.client.request(Calls, Request(next(self.ids), "hypot", [3, 4])), flush=True)
        except ConnectionError as error:
            print("no answer:", error, flush=True)


if __name__ == "__main__":
    run(App)
