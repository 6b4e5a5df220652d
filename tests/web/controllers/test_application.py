"""Controllers as a client sees them, in memory: routes, beans, errors, filters, files."""

from typing import Annotated, Any

import pytest
from fastapi import Depends, FastAPI, Query, WebSocket
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from pyboot.boot import Bean, Component, Configuration, Import, Order, PyBootApplication, Scope, Service, Value, start
from pyboot.web import (
    ControllerAdvice,
    ExceptionHandler,
    GetMapping,
    HttpFilter,
    PostMapping,
    ProblemDetail,
    ProblemDetailError,
    RestController,
    WebSocketMapping,
)
from pyboot.web.controllers.filter import CallNext
from pyboot.web.errors import RouteError
from tests.web.web_client import in_memory


class User(BaseModel):
    """What is posted."""

    name: str


@Service
class Users:
    """The users there are."""

    def __init__(self) -> None:
        """Begin with one."""
        self.names = {1: "ann"}


@Component
@Scope("request")
class Audit:
    """Lives as long as a request."""

    made: list[str] = []

    def __init__(self) -> None:
        """Tell."""
        self.made.append("made")

    def close(self) -> None:
        """Tell."""
        self.made.append("closed")


@RestController("/users")
class UserController:
    """Uses beans in the constructor and in methods."""

    def __init__(self, users: Users) -> None:
        """Take the users."""
        self.users = users

    @GetMapping("/{id}")
    async def find(self, id: int) -> User:
        """Find one."""
        return User(name=self.users.names[id])

    @PostMapping(status_code=201)
    def add(self, user: User) -> int:
        """Add one, in a worker thread."""
        number = max(self.users.names) + 1
        self.users.names[number] = user.name
        return number

    @GetMapping("/mixed")
    def mixed(
        self,
        users: Users,
        audit: Audit,
        greeting: Annotated[str, Value("${greeting:hello}")],
        asked: Annotated[int, Depends(lambda: 7)],
        q: Annotated[int, Query(ge=1)] = 1,
    ) -> list[Any]:
        """Take beans, a setting, a dependency and a query."""
        return [users is self.users, type(audit).__name__, greeting, asked, q]

    @GetMapping("/broken")
    def broken(self) -> None:
        """Raise what nobody expects."""
        raise ZeroDivisionError("secret")

    @GetMapping("/poor")
    def poor(self) -> None:
        """Raise a problem with members of its own."""
        raise ProblemDetailError(403, "too poor", type="https://bank/poor", balance=3, headers={"x-bank": "1"})

    @ExceptionHandler(KeyError)
    def missing(self, error: KeyError) -> ProblemDetail:
        """Answer for this controller."""
        return ProblemDetail(404, f"no user {error}")


@PyBootApplication(scan=())
@Import(Users, Audit, UserController)
class App:
    """An application of controllers."""


async def test_what_is_returned_and_what_is_posted() -> None:
    """JSON both ways; a `def` method in a worker thread."""
    async with in_memory(App) as (client, _):
        answer = await client.post("/users", json={"name": "bob"})
        assert (201, 2) == (answer.status_code, answer.json())
        assert {"name": "bob"} == (await client.get("/users/2")).json()


async def test_parameters_that_mean_beans_are_beans() -> None:
    """Beans, settings, dependencies and queries beside each other; a bean of the request ends with it."""
    Audit.made.clear()
    async with in_memory(App, greeting="hi") as (client, _):
        assert [True, "Audit", "hi", 7, 5] == (await client.get("/users/mixed?q=5")).json()
        assert ["made", "closed"] == Audit.made
        assert 422 == (await client.get("/users/mixed?q=0")).status_code


@pytest.mark.parametrize(
    ("path", "status", "body"),
    [
        ("/users/9", 404, {"type": "about:blank", "title": "Not Found", "status": 404, "detail": "no user 9"}),
        ("/nowhere", 404, {"type": "about:blank", "title": "Not Found", "status": 404}),
        ("/users/poor", 403, {"type": "https://bank/poor", "title": "Forbidden", "status": 403, "detail": "too poor", "balance": 3}),
        ("/users/broken", 500, {"type": "about:blank", "title": "Internal Server Error", "status": 500}),
    ],
)
async def test_errors_are_problems(path: str, status: int, body: dict[str, Any]) -> None:
    """As RFC 9457 says; what nobody expected tells nothing of itself."""
    async with in_memory(App) as (client, _):
        answer = await client.get(path)

    assert (status, "application/problem+json", body) == (answer.status_code, answer.headers["content-type"], answer.json())


async def test_a_refused_body_says_where() -> None:
    """The place and the reason of each error, and nothing of what was sent."""
    async with in_memory(App) as (client, _):
        answer = await client.post("/users", json={"name": 5})

    assert 422 == answer.status_code
    assert [{"loc": ["body", "name"], "msg": "Input should be a valid string", "type": "string_type"}] == answer.json()["errors"]


async def test_problems_can_be_switched_off() -> None:
    """FastAPI's own form then; a problem that was raised as one stays one."""
    async with in_memory(App, web__problem_details="false") as (client, _):
        assert {"detail": "Not Found"} == (await client.get("/nowhere")).json()
        assert 3 == (await client.get("/users/poor")).json()["balance"]


async def test_the_description_of_the_routes() -> None:
    """Title, version, tags and pages as the settings say."""
    async with in_memory(App, web__openapi__title="Shop", web__openapi__version="7", web__openapi__redoc_path="") as (client, _):
        document = (await client.get("/openapi.json")).json()
        assert {"title": "Shop", "version": "7"} == document["info"]
        assert ["User"] == document["paths"]["/users/{id}"]["get"]["tags"]
        assert ["id"] == [each["name"] for each in document["paths"]["/users/{id}"]["get"]["parameters"]]
        assert ["q"] == [each["name"] for each in document["paths"]["/users/mixed"]["get"]["parameters"]]
        assert "swagger" in (await client.get("/docs")).text
        assert 404 == (await client.get("/redoc")).status_code
    async with in_memory(App, web__openapi__enabled="false") as (client, _):
        assert [404, 404] == [(await client.get(path)).status_code for path in ("/openapi.json", "/docs")]


async def test_advice_answers_for_all_controllers_and_the_nearest_type_goes_first() -> None:
    """Advice for a base, a controller's own for what it knows; two of them by order."""

    @ControllerAdvice
    @Order(2)
    class Late:
        @ExceptionHandler
        async def arithmetic(self, request: Request, error: ArithmeticError) -> Response:
            return PlainTextResponse("late", 418)

    @ControllerAdvice
    @Order(1)
    class Early:
        @ExceptionHandler(ArithmeticError, LookupError, status=409)
        def any(self, request: Request, error: Exception) -> dict[str, str]:
            return {"path": request.url.path, "error": type(error).__name__}

    @PyBootApplication(scan=())
    @Import(Users, Audit, UserController, Late, Early)
    class Advised:
        """Has advice."""

    async with in_memory(Advised) as (client, _):
        answer = await client.get("/users/broken")
        assert (409, {"path": "/users/broken", "error": "ZeroDivisionError"}) == (answer.status_code, answer.json())
        assert "no user 9" == (await client.get("/users/9")).json()["detail"]


async def test_filters_stand_in_order_in_front() -> None:
    """The lowest order is the first to see a request, and the last to see the response; one may answer itself."""
    seen: list[str] = []

    class Noting(HttpFilter):
        """Notes."""

        name: str

        async def filter(self, request: Request, call_next: CallNext) -> Response:
            """Note before and behind."""
            seen.append(f"{self.name} in")
            response = await call_next(request)
            seen.append(f"{self.name} out")
            return response

    @Component
    @Order(1)
    class First(Noting):
        """Stands first."""

        name = "first"

    @Component
    @Order(2)
    class Second(Noting):
        """Stands second."""

        name = "second"

    @Component
    @Order(3)
    class Guard(HttpFilter):
        """Answers itself."""

        async def filter(self, request: Request, call_next: CallNext) -> Response:
            """Refuse one path."""
            return PlainTextResponse("no", 401) if request.url.path == "/users/1" else await call_next(request)

    @PyBootApplication(scan=())
    @Import(Users, Audit, UserController, Second, Guard, First)
    class Filtered:
        """Has filters."""

    async with in_memory(Filtered) as (client, _):
        assert "no" == (await client.get("/users/1")).text
        assert ["first in", "second in", "second out", "first out"] == seen


async def test_controllers_of_a_narrower_scope_are_made_for_each_request() -> None:
    """A prototype, and one that lives with the request and holds a bean of it."""

    @RestController("/own")
    @Scope("request")
    class Own:
        def __init__(self, audit: Audit) -> None:
            self.audit = audit

        @GetMapping
        def get(self, audit: Audit) -> bool:
            return audit is self.audit

    @RestController("/new")
    @Scope("prototype")
    class New:
        @GetMapping
        async def get(self) -> int:
            return id(self)

    @PyBootApplication(scan=())
    @Import(Audit, Own, New)
    class Scoped:
        """Has controllers of other scopes."""

    async with in_memory(Scoped) as (client, _):
        assert (await client.get("/own")).json() is True
        assert 200 == (await client.get("/new")).status_code


async def test_a_user_s_own_fastapi_gets_the_controllers() -> None:
    """One that is a bean is furnished, and keeps its own routes."""
    from pyboot.web import AsgiHost

    own = FastAPI()

    @own.get("/own")
    def mine() -> str:
        return "mine"

    @Configuration
    class Web:
        @Bean
        def application(self) -> FastAPI:
            return own

    @PyBootApplication(scan=())
    @Import(Users, Audit, UserController, Web)
    class Mine:
        """Has an application of its own."""

    async with in_memory(Mine) as (client, context):
        assert context.get(AsgiHost) is not None
        assert "mine" == (await client.get("/own")).json()
        assert {"name": "ann"} == (await client.get("/users/1")).json()


def test_websockets_of_controllers() -> None:
    """A method that talks, with a bean."""

    @RestController("/chat")
    class Chat:
        @WebSocketMapping("/{room}")
        async def talk(self, socket: WebSocket, room: str, users: Users) -> None:
            await socket.accept()
            await socket.send_text(f"{room} {len(users.names)} {await socket.receive_text()}")
            await socket.close()

    @PyBootApplication(scan=())
    @Import(Users, Chat)
    class Talking:
        """Has a room."""

    async def application() -> FastAPI:
        async with start(Talking, properties={"netty.servers.web.enabled": "false"}) as context:
            return context.get(FastAPI)

    import asyncio

    with TestClient(asyncio.run(application())).websocket_connect("/chat/red") as socket:
        socket.send_text("hi")
        assert "red 1 hi" == socket.receive_text()


async def test_what_fastapi_refuses_is_told_with_the_method() -> None:
    """A parameter of a class that is neither a bean nor anything that pydantic knows."""

    class Strange:
        """Nothing."""

    @RestController
    class Wrong:
        @GetMapping("/x")
        def get(self, strange: Strange) -> None: ...

    @PyBootApplication(scan=())
    @Import(Wrong)
    class Refused:
        """Cannot start."""

    with pytest.raises(RouteError) as raised:
        async with in_memory(Refused):
            pass

    assert "GET /x" == raised.value.request
    assert "Wrong.get" in raised.value.method


async def test_a_controller_of_a_request_answers_for_its_own_errors() -> None:
    """By the very object that the request was for."""

    @RestController("/own")
    @Scope("request")
    class Own:
        def __init__(self) -> None:
            self.seen = "nothing"

        @GetMapping
        def get(self) -> None:
            self.seen = "the request"
            raise KeyError

        @ExceptionHandler(KeyError, status=404)
        def missing(self, error: KeyError) -> str:
            return self.seen

    @PyBootApplication(scan=())
    @Import(Own)
    class Scoped:
        """Has it."""

    async with in_memory(Scoped) as (client, _):
        response = await client.get("/own")
        assert (404, "the request") == (response.status_code, response.json())


async def test_the_type_parameters_of_a_generic_base_are_those_of_the_controller() -> None:
    """In parameters and in what is returned."""

    class Crud[T]:
        @PostMapping
        async def add(self, item: T) -> T:
            return item

    @RestController("/generic")
    class Generic(Crud[User]): ...

    @PyBootApplication(scan=())
    @Import(Generic)
    class App:
        """Has it."""

    async with in_memory(App) as (client, _):
        assert {"name": "ann"} == (await client.post("/generic", json={"name": "ann"})).json()
        assert 422 == (await client.post("/generic", json={})).status_code


async def test_what_a_user_s_own_fastapi_says_of_errors_stays() -> None:
    """Problems are for what it says nothing of."""
    own = FastAPI()

    @own.exception_handler(HTTPException)
    async def mine(request: Request, error: Exception) -> Response:
        return PlainTextResponse("mine", 404)

    @Configuration
    class Web:
        @Bean
        def application(self) -> FastAPI:
            return own

    @PyBootApplication(scan=())
    @Import(Users, Audit, UserController, Web)
    class Mine:
        """Has an application of its own."""

    async with in_memory(Mine) as (client, _):
        assert "mine" == (await client.get("/nowhere")).text
