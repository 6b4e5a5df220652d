"""The same kinds of answers, by Litestar."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated

from litestar import Litestar, Request, WebSocket, get, post, websocket
from litestar.background_tasks import BackgroundTask
from litestar.datastructures import UploadFile
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Response, Stream

DONE: list[str] = []


@dataclass
class Sent:
    """A form."""

    name: str
    file: UploadFile


@get("/hello")
async def hello(request: Request) -> dict[str, str]:
    """Answer with what the request is."""
    return {"method": request.method, "path": request.url.path, "query": request.url.query}


@post("/upload", status_code=200)
async def upload(data: Annotated[Sent, Body(media_type=RequestEncodingType.MULTI_PART)]) -> str:
    """Tell what a form holds."""
    content = await data.file.read()
    return f"{data.name} {len(content)} {sum(content) % 997}"


@post("/length", status_code=200)
async def length(request: Request) -> int:
    """Tell how much content came."""
    return len(await request.body())


@get("/stream")
async def stream() -> Stream:
    """Send pieces."""

    async def pieces() -> AsyncIterator[bytes]:
        for number in range(5):
            yield f"piece {number}\n".encode()

    return Stream(pieces(), media_type="text/plain")


@get("/background")
async def background() -> Response[str]:
    """Work behind the answer."""
    return Response("soon", background=BackgroundTask(DONE.append, "done"))


@get("/done")
async def done() -> list[str]:
    """Tell what was worked."""
    return DONE


@get("/fails")
async def fails() -> None:
    """Raise."""
    raise ZeroDivisionError("of the application")


@websocket("/echo/{room:str}")
async def echo(socket: WebSocket, room: str) -> None:
    """Send back what comes."""
    await socket.accept()
    async for text in socket.iter_data():
        await socket.send_text(f"{room}: {text}")


app = Litestar([hello, upload, length, stream, background, done, fails, echo])
