"""Calls the server every second. What the network does to one call is that call's affair; the connection comes back by itself."""

import asyncio
import itertools

from messages import Request, Response

from pyboot.boot import PyBootApplication, Scheduled, Service, run
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyClient


@PyBootApplication
class App: ...


@NettyClient(host="127.0.0.1", port=9000)
class RpcClient:
    pipeline = ["length-field", {"json": {"type": Response}}]


@Service
class Rpc:
    def __init__(self, client: NettyClient) -> None:
        self.client = client
        self.ids = itertools.count(1)
        self.waiting: dict[int, asyncio.Future[Response]] = {}

    async def call(self, method: str, *params: float) -> Response:
        request = Request(next(self.ids), method, list(params))
        answer: asyncio.Future[Response] = asyncio.get_running_loop().create_future()
        self.waiting[request.id] = answer
        try:
            await self.client.send(request)
            return await answer
        finally:
            self.waiting.pop(request.id, None)


@ChannelHandlerBean
class Answers(ChannelHandler[Response]):
    def __init__(self, rpc: Rpc) -> None:
        self.waiting = rpc.waiting

    def channel_read(self, ctx: ChannelHandlerContext, msg: Response) -> None:
        if answer := self.waiting.pop(msg.id, None):
            answer.set_result(msg)

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        while self.waiting:  # nobody knows whether they were done
            self.waiting.popitem()[1].set_exception(ConnectionError("the connection was lost before the answer came"))


@Service
class Caller:
    def __init__(self, rpc: Rpc) -> None:
        self.rpc = rpc

    @Scheduled(every="${calls.every:1s}")
    async def call(self) -> None:
        try:
            print(await self.rpc.call("hypot", 3, 4), flush=True)
        except ConnectionError as error:
            print("no answer:", error, flush=True)


if __name__ == "__main__":
    run(App)
