"""An ASGI application of no framework, and a WSGI one, for settings to name."""

from collections.abc import Iterable
from typing import Any


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the path."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": f"plain {scope['path']}".encode()})


def wsgi(environ: Any, start_response: Any) -> Iterable[bytes]:
    """Answer with the path and the content."""
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [f"wsgi {environ['PATH_INFO']} ".encode(), environ["wsgi.input"].read()]
