"""Every kind of answer, by Starlette."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

DONE: list[str] = []


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[dict[str, str]]:
    """Lay something into the state."""
    yield {"laid": "there"}


async def hello(request: Request) -> Response:
    """Answer with what the request is."""
    return JSONResponse(
        {"method": request.method, "path": request.url.path, "query": str(request.query_params), "laid": request.state.laid},
        headers={"x-a": request.headers.get("x-a", "")},
    )


async def upload(request: Request) -> Response:
    """Tell what a form holds."""
    form = await request.form()
    file = form["file"]
    content = b"" if isinstance(file, str) else await file.read()
    return PlainTextResponse(f"{form['name']} {len(content)} {sum(content) % 997}")


async def length(request: Request) -> Response:
    """Tell how much content came."""
    size = 0
    async for piece in request.stream():
        size += len(piece)
    return PlainTextResponse(str(size))


async def stream(request: Request) -> Response:
    """Send pieces with breaks."""

    async def pieces() -> AsyncIterator[str]:
        for number in range(5):
            yield f"piece {number}\n"
            await asyncio.sleep(0)

    return StreamingResponse(pieces(), media_type="text/plain")


async def background(request: Request) -> Response:
    """Work behind the answer."""
    return PlainTextResponse("soon", background=BackgroundTask(DONE.append, "done"))


async def done(request: Request) -> Response:
    """Tell what was worked."""
    return JSONResponse(DONE)


async def fails(request: Request) -> Response:
    """Raise."""
    raise ZeroDivisionError("of the application")


async def empty(request: Request) -> Response:
    """Answer without content."""
    return Response(status_code=204)


async def echo(socket: WebSocket) -> None:
    """Send back what comes."""
    await socket.accept(subprotocol="chat" if "chat" in socket.scope["subprotocols"] else None)
    async for text in socket.iter_text():
        await socket.send_text(f"{socket.path_params['room']}: {text}")


async def refuse(socket: WebSocket) -> None:
    """Close before it is open."""
    await socket.close(4000)


async def leave(socket: WebSocket) -> None:
    """Close with a code and a reason."""
    await socket.accept()
    await socket.send_bytes(b"\x00\xff")
    await socket.close(4001, "enough")


app = Starlette(
    lifespan=lifespan,
    routes=[
        Route("/hello", hello, methods=["GET", "POST", "PUT"]),
        Route("/upload", upload, methods=["POST"]),
        Route("/length", length, methods=["POST"]),
        Route("/stream", stream),
        Route("/background", background),
        Route("/done", done),
        Route("/fails", fails),
        Route("/empty", empty),
        WebSocketRoute("/echo/{room}", echo),
        WebSocketRoute("/refuse", refuse),
        WebSocketRoute("/leave", leave),
    ],
)
