"""Takes files from a form: within limits, in memory while they are small and on disk beyond, saved under a name that is safe."""

import asyncio
import sys
import tempfile
from pathlib import Path

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    FileUpload,
    FormLimits,
    FullHttpResponse,
    HttpContent,
    HttpDecoderError,
    HttpObject,
    HttpPostRequestDecoder,
    HttpRequest,
    HttpServerCodec,
    HttpServerExpectContinueHandler,
    ServerBootstrap,
    SocketChannel,
)

LIMITS = FormLimits(max_fields=8, max_file_bytes=100 * 1024 * 1024, max_form_bytes=200 * 1024 * 1024)
PAGE = """<!DOCTYPE html>
<form method="post" enctype="multipart/form-data"><input type="file" name="file" multiple><button>Send</button></form>
"""


class UploadHandler(ChannelHandler[HttpObject]):
    """Shows a form, and saves the files that come with it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.form: HttpPostRequestDecoder | None = None

    async def channel_read(self, ctx: ChannelHandlerContext, msg: HttpObject) -> None:
        """Take each piece of a request as it comes."""
        try:
            if isinstance(msg, HttpRequest):
                if msg.method != "POST":
                    ctx.write_and_flush(FullHttpResponse(200, PAGE, {"content-type": "text/html; charset=utf-8"}))
                    return
                self.form = HttpPostRequestDecoder(msg, LIMITS)
            if self.form is not None and isinstance(msg, HttpContent):
                self.form.offer(msg)
        except HttpDecoderError as error:
            self.form = None
            ctx.write_and_flush(FullHttpResponse(error.status, f"{error}\n", {"connection": "close"}))
            return
        if self.form is not None and self.form.is_finished:
            saved = [await asyncio.to_thread(self.save, part) for part in self.form.data if isinstance(part, FileUpload)]
            self.form.release()
            self.form = None
            ctx.write_and_flush(
                FullHttpResponse(200, "".join(f"{line}\n" for line in saved), {"content-type": "text/plain; charset=utf-8"})
            )

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """A client that leaves in the middle leaves nothing behind."""
        if self.form is not None:
            self.form.release()
        ctx.fire_channel_inactive()

    def save(self, part: FileUpload) -> str:
        """Copy a file; one of the same name is never written over."""
        try:
            part.save(self.folder / part.safe_filename)
        except FileExistsError:
            return f"{part.safe_filename} is there already"
        return f"{part.safe_filename} saved, {part.size} bytes"


async def main() -> None:
    """Serve until interrupted."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8080
    folder = Path(sys.argv[2] if len(sys.argv) > 2 else tempfile.mkdtemp())

    def assemble(channel: SocketChannel) -> None:
        channel.pipeline().add_last(HttpServerCodec(), HttpServerExpectContinueHandler(), UploadHandler(folder))

    server = await ServerBootstrap().child_handler(assemble).bind("127.0.0.1", port)
    print("listening on {}:{}".format(*server.local_address()), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
