"""Http3Stream: files as content, and how the own side ends."""

import asyncio
from pathlib import Path
from typing import Any

from pyboot.components.netty import ChannelHandler, DefaultFileRegion
from pyboot.components.netty.wire.http.message import EMPTY_LAST_CONTENT, HttpResponse


async def test_a_file_is_content(web: Any, tmp_path: Path) -> None:
    """Between a head and an end, as over HTTP/1."""
    path = tmp_path / "file"
    path.write_bytes(bytes(range(256)) * 2000)

    class Files(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            ctx.write(HttpResponse(200, {"content-length": "512000"}))
            ctx.write(DefaultFileRegion(str(path), 0, 512_000))
            ctx.write_and_flush(EMPTY_LAST_CONTENT)

    channel = await web.connect(await web.serve(Files))
    messages = await web.get(channel)

    assert path.read_bytes() == b"".join(message.content for message in messages[1:])


async def test_the_promise_of_a_message_is_kept(web: Any) -> None:
    """Once all of it was taken."""
    from pyboot.components.netty.wire.http.message import FullHttpResponse

    done: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    class Promised(ChannelHandler[Any]):
        def channel_read(self, ctx: Any, msg: Any) -> None:
            promise = ctx.new_promise().add_listener(lambda promise: done.set_result(promise.is_success))
            ctx.write_and_flush(FullHttpResponse(200, bytes(100_000)), promise)

    channel = await web.connect(await web.serve(Promised))
    await web.get(channel)

    assert await asyncio.wait_for(done, 20)
