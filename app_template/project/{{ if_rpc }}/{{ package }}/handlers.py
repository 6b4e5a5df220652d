"""The server, and the handler that every connection gets."""

from pyboot.netty import (
    ChannelHandler,
    ChannelHandlerBean,
    ChannelHandlerContext,
    JsonDecoder,
    JsonEncoder,
    NettyServer,
)

from .calculator import Calculator
from .protocol import Request, Response


@NettyServer(port=9000)
class RpcServer:
    """Requests in, responses out."""

    pipeline = ["length-field", JsonDecoder(Request), JsonEncoder()]


@ChannelHandlerBean(order=10)
class RpcHandler(ChannelHandler[Request]):
    """Answers each request."""

    def __init__(self, calculator: Calculator) -> None:
        """Take the service that the container hands in."""
        self.calculator = calculator

    async def channel_read(self, ctx: ChannelHandlerContext, msg: Request) -> None:
        """Answer; what goes wrong with one call is its own affair."""
        ctx.write_and_flush(self.answer(msg))

    def answer(self, request: Request) -> Response:
        """Call the service."""
        try:
            return Response(id=request.id, result=self.calculator.call(request.method, request.params))
        except (ArithmeticError, LookupError) as error:
            return Response(id=request.id, error=str(error))
