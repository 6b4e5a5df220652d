"""Which route has answered, as routers of frameworks tell it."""

from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from litestar import Litestar, get
from litestar.params import FromPath
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from pyboot.web.asgi.observing import observed, route_of

router = APIRouter(prefix="/api")


@router.get("/users/{id:int}/{rest:path}")
async def user(id: int, rest: str) -> str:
    """Answer."""
    return f"{id}{rest}"


async def plain(request: Any) -> PlainTextResponse:
    """Answer."""
    return PlainTextResponse("x")


@get("/l/{x:int}")
async def listed(x: FromPath[int]) -> int:
    """Answer."""
    return x


def fastapi() -> FastAPI:
    """One with a router and a part that is mounted."""
    part, whole = FastAPI(), FastAPI()
    part.include_router(router)
    whole.include_router(router)
    whole.mount("/part", part)
    whole.mount("/files", StaticFiles(packages=[("fastapi", ".")]))
    return whole


STARLETTE = Starlette(routes=[Route("/a/{b}", plain), Mount("/m", routes=[Route("/c/{d:int}", plain)])])


async def asked(application: Any, method: str, path: str, root: str) -> dict[str, Any]:
    """The scope of a request, behind it."""
    scope: dict[str, Any] = {"type": "http", "method": method, "path": root + path, "raw_path": path.encode(), "root_path": root}
    scope |= {"query_string": b"", "headers": [], "http_version": "1.1", "scheme": "http", "server": ("h", 1), "client": ("c", 1)}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        """Take it."""

    scope |= {"asgi": {"version": "3.0"}, "state": {}}
    await observed(application, root)(scope, receive, send)  # type: ignore[arg-type]  # a dict is a mapping
    return scope


@pytest.mark.parametrize("root", ["", "/root"])
@pytest.mark.parametrize(
    ("application", "method", "path", "route"),
    [
        (fastapi(), "GET", "/api/users/4/x/y", "/api/users/{id}/{rest}"),
        (fastapi(), "POST", "/api/users/4/x/y", "/api/users/{id}/{rest}"),
        (fastapi(), "GET", "/part/api/users/4/x", "/part/api/users/{id}/{rest}"),
        (fastapi(), "GET", "/files/nothing.txt", "/files/**"),
        (fastapi(), "GET", "/no", None),
        (STARLETTE, "GET", "/a/7", "/a/{b}"),
        (STARLETTE, "GET", "/m/c/7", "/m/c/{d}"),
        (STARLETTE, "GET", "/no", None),
    ],
)
async def test_the_route_is_a_template_and_never_a_path(application: Any, method: str, path: str, route: str | None, root: str) -> None:
    """Wherever the application is mounted."""
    assert route == route_of(await asked(application, method, path, root), root)


async def test_litestar_tells_its_template() -> None:
    """And nothing of what is not there."""
    application = Litestar([listed], logging_config=None)  # or it begins a thread for its log
    assert "/l/{x}" == route_of(await asked(application, "GET", "/l/3", ""))
    assert route_of(await asked(application, "GET", "/l/q", "")) is None
