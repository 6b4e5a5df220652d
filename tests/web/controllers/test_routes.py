"""Routes as FastAPI has them: tags, dependencies, options, what is hidden."""

from fastapi import Depends, FastAPI
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from pyboot.boot import Import, PyBootApplication
from pyboot.web import ExceptionHandler, GetMapping, PostMapping, RequestMapping, RestController
from tests.web.web_client import in_memory, served


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


@RestController("/head")
class Heads:
    """Answers HEAD, of its own accord or because it answers GET."""

    @GetMapping("/{number}")
    async def number(self, number: int) -> dict[str, int]:
        """Answer both."""
        return {"number": number}

    @GetMapping("/own", response_class=PlainTextResponse)
    def own(self) -> str:
        """Answer GET."""
        return "own"

    @RequestMapping("/own", methods=["HEAD"], status_code=204)
    def own_head(self) -> None:
        """Answer HEAD."""

    @PostMapping("/post/only")
    def post(self) -> None:
        """Answer no HEAD."""


@PyBootApplication(scan=())
@Import(Heads, ApiController)
class HeadApp:
    """Has them."""


async def test_what_answers_get_answers_head() -> None:
    """With the same fields and no content, over the same connection; a mapping of HEAD goes first; errors are those of GET."""
    async with served(HeadApp) as (client, _):
        got, headed = await client.get("/head/7"), await client.head("/head/7")
        assert (200, b"") == (headed.status_code, headed.content)
        for name in ("content-type", "content-length"):
            assert got.headers[name] == headed.headers[name]
        assert 204 == (await client.head("/head/own")).status_code
        assert "own" == (await client.get("/head/own")).text
        assert 422 == (await client.head("/head/x")).status_code
        assert 405 == (await client.head("/head/post/only")).status_code
        assert 503 == (await client.head("/a/fails")).status_code
        assert 404 == (await client.head("/nowhere")).status_code


async def test_the_document_tells_of_get_alone() -> None:
    """And of a HEAD that was written down."""
    async with in_memory(HeadApp) as (_, context):
        paths = context.get(FastAPI).openapi()["paths"]
        assert {"get"} == set(paths["/head/{number}"])
        assert {"get", "head"} == set(paths["/head/own"])
