"""Routes as FastAPI has them: tags, dependencies, options, what is hidden."""

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from pyboot.boot import Import, PyBootApplication
from pyboot.web import ExceptionHandler, GetMapping, RestController
from tests.web.web_client import in_memory


def note(request: Request) -> None:
    """Run in front of a controller."""
    request.state.seen = True


@RestController("/a", tags=["letters"], dependencies=[Depends(note)])
class ApiController:
    """Has everything that a label can say."""

    @GetMapping("/x", response_class=PlainTextResponse, summary="The x", deprecated=True)
    def x(self, request: Request) -> str:
        """Tell whether the dependency has run."""
        return str(request.state.seen)

    @GetMapping("/fails")
    async def fails(self) -> None:
        """Raise what a handler knows, from its base."""
        raise ConnectionResetError("gone")

    @GetMapping("/unknown")
    async def unknown(self) -> None:
        """Raise what nobody knows."""
        raise LookupError

    @ExceptionHandler(OSError, status=503)
    def away(self, error: OSError) -> str:
        """Answer for it."""
        return str(error)


@RestController("/hidden", include_in_schema=False)
class Hidden:
    """Is not described."""

    @GetMapping
    def x(self) -> int:
        """Answer all the same."""
        return 1


@PyBootApplication(scan=())
@Import(ApiController, Hidden)
class App:
    """Has them."""


async def test_labels_reach_the_router() -> None:
    """Tags, dependencies, options, and what is left out of the document."""
    async with in_memory(App) as (client, context):
        assert "True" == (await client.get("/a/x")).text
        document = context.get(FastAPI).openapi()["paths"]
        assert (["letters"], "The x", True) == tuple(document["/a/x"]["get"][key] for key in ("tags", "summary", "deprecated"))
        assert "/hidden" not in document
        assert 1 == (await client.get("/hidden")).json()


async def test_a_controller_s_own_handlers_are_asked_first() -> None:
    """By the nearest base; what they do not know goes on."""
    async with in_memory(App) as (client, _):
        answer = await client.get("/a/fails")
        assert (503, "gone") == (answer.status_code, answer.json())
        assert 500 == (await client.get("/a/unknown")).status_code
