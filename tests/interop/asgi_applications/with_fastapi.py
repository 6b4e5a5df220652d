"""The same kinds of answers, by FastAPI."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import BackgroundTasks, FastAPI, File, Form, HTTPException, Request, UploadFile, WebSocket
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

DONE: list[str] = []


class Item(BaseModel):
    """What is posted."""

    name: str
    price: float = 1.5


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[dict[str, str]]:
    """Lay something into the state."""
    yield {"laid": "there"}


app = FastAPI(lifespan=lifespan)


@app.api_route("/hello", methods=["GET", "POST", "PUT"])
async def hello(request: Request) -> dict[str, str]:
    """Answer with what the request is."""
    return {"method": request.method, "path": request.url.path, "query": str(request.query_params), "laid": request.state.laid}


@app.post("/items")
def items(item: Item) -> Item:
    """Give back what was posted, from a worker thread."""
    return item


@app.post("/upload")
async def upload(name: Annotated[str, Form()], file: Annotated[UploadFile, File()]) -> str:
    """Tell what a form holds."""
    content = await file.read()
    return f"{name} {len(content)} {sum(content) % 997}"


@app.post("/length")
async def length(request: Request) -> int:
    """Tell how much content came."""
    return len(await request.body())


@app.get("/stream")
def stream() -> StreamingResponse:
    """Send pieces, from a worker thread."""
    return StreamingResponse((f"piece {number}\n" for number in range(5)), media_type="text/plain")


@app.get("/background")
async def background(tasks: BackgroundTasks) -> str:
    """Work behind the answer."""
    tasks.add_task(DONE.append, "done")
    return "soon"


@app.get("/done")
async def done() -> list[str]:
    """Tell what was worked."""
    return DONE


@app.get("/fails")
async def fails() -> None:
    """Raise."""
    raise ZeroDivisionError("of the application")


@app.get("/empty", status_code=204)
async def empty() -> None:
    """Answer without content."""


@app.get("/teapot")
async def teapot() -> None:
    """Refuse."""
    raise HTTPException(418, "short and stout", {"x-tea": "green"})


@app.websocket("/echo/{room}")
async def echo(socket: WebSocket, room: str) -> None:
    """Send back what comes."""
    await socket.accept(subprotocol="chat" if "chat" in socket.scope["subprotocols"] else None)
    async for text in socket.iter_text():
        await socket.send_text(f"{room}: {text}")


@app.websocket("/refuse")
async def refuse(socket: WebSocket) -> None:
    """Close before it is open."""
    await socket.close(4000)


@app.websocket("/leave")
async def leave(socket: WebSocket) -> None:
    """Close with a code and a reason."""
    await socket.accept()
    await socket.send_bytes(b"\x00\xff")
    await socket.close(4001, "enough")
