"""Mappings as they are written down: paths, order, clashes."""

import pytest

from pyboot.boot import BeanDefinition
from pyboot.boot.discovery.collect import collect
from pyboot.boot.errors import DefinitionError
from pyboot.web import DeleteMapping, GetMapping, PostMapping, RequestMapping, RestController, WebSocketMapping
from pyboot.web.controllers.mapping import mappings_of
from pyboot.web.errors import MappingClashError


def shown(*controllers: type) -> list[str]:
    """Each mapping in a line, in order."""
    return [f"{'/'.join(mapping.methods)} {mapping.path} {mapping.name}" for mapping in mappings_of(definitions(*controllers))]


def definitions(*controllers: type) -> tuple[BeanDefinition, ...]:
    """What the container knows of *controllers*."""
    return collect(controllers)


@RestController("/users")
class Users:
    """A controller of every form."""

    @GetMapping
    def all(self) -> None:
        """Answer for the path itself."""

    @GetMapping("/{id}")
    def find(self, id: int) -> None:
        """Answer for one."""

    @GetMapping("/me")
    def me(self) -> None:
        """Say more than the one before."""

    @GetMapping("/{rest:path}")
    def rest(self, rest: str) -> None:
        """Say least."""

    @RequestMapping("/{id}", methods=["put", "PATCH"])
    def change(self, id: int) -> None:
        """Answer two methods."""

    @WebSocketMapping("/news")
    async def news(self) -> None:
        """Talk."""


def test_paths_are_joined_and_those_that_say_more_go_first() -> None:
    """The controller's path, then the method's; what leaves less open is asked first."""
    assert [
        "GET /users all",
        "GET /users/me me",
        "WEBSOCKET /users/news news",
        "GET /users/{id} find",
        "PUT/PATCH /users/{id} change",
        "GET /users/{rest:path} rest",
    ] == shown(Users)


def test_a_controller_without_a_path_stands_at_the_root() -> None:
    """Bare, and with a slash at the end."""

    @RestController
    class Root:
        @GetMapping
        def root(self) -> None: ...

    @RestController("/a/")
    class Slash:
        @GetMapping("/b")
        def b(self) -> None: ...

    assert ["GET / root", "GET /a/b b"] == shown(Root, Slash)


def test_two_methods_for_one_request_are_refused_with_both_places() -> None:
    """Names of parameters do not tell paths apart, nor does the class."""

    @RestController("/users")
    class Other:
        @DeleteMapping("/{id}")
        def drop(self, id: int) -> None: ...

        @RequestMapping("/{name}", methods=["GET", "DELETE"])
        def clash(self, name: str) -> None: ...

    with pytest.raises(MappingClashError) as raised:
        mappings_of(definitions(Other))

    assert "DELETE /users/{name}" == raised.value.request
    assert all("test_mapping.py:" in place for place in (raised.value.first, raised.value.second))
    assert "drop" in raised.value.first
    assert "clash" in raised.value.second
    with pytest.raises(MappingClashError):
        mappings_of(definitions(Users, Other))


def test_converters_tell_paths_apart() -> None:
    """A number and a rest are two things."""

    @RestController
    class Two:
        @GetMapping("/{a:int}")
        def number(self, a: int) -> None: ...

        @GetMapping("/{a}")
        def text(self, a: str) -> None: ...

    assert 2 == len(shown(Two))


def test_inherited_methods_answer_too() -> None:
    """A base with mappings, twice."""

    class Base:
        @GetMapping("/ping")
        def ping(self) -> None: ...

    @RestController("/a")
    class A(Base): ...

    @RestController("/b")
    class B(Base): ...

    assert ["GET /a/ping ping", "GET /b/ping ping"] == shown(A, B)


@pytest.mark.parametrize("path", ["users", "{id}"])
def test_a_path_begins_with_a_slash(path: str) -> None:
    """Of controllers and of methods."""

    @RestController(path)
    class Controller:
        @GetMapping
        def get(self) -> None: ...

    @RestController
    class Method:
        @PostMapping(path)
        def post(self) -> None: ...

    with pytest.raises(DefinitionError, match=f"its path is '{path}', which does not begin with a slash"):
        mappings_of(definitions(Controller))
    with pytest.raises(DefinitionError, match="does not begin with a slash"):
        mappings_of(definitions(Method))


def test_of_two_that_fit_the_one_with_more_written_down_goes_first() -> None:
    """Whatever the order that they are written in."""

    @RestController("/f")
    class Files:
        @GetMapping("/{rest:path}")
        def rest(self, rest: str) -> None: ...

        @GetMapping("/{rest:path}/meta")
        def meta(self, rest: str) -> None: ...

        @GetMapping("/{name}")
        def name(self, name: str) -> None: ...

        @GetMapping("/{id:int}")
        def number(self, id: int) -> None: ...

        @GetMapping("/v{name}")
        def version(self, name: str) -> None: ...

    assert ["version", "number", "name", "meta", "rest"] == [line.split()[-1] for line in shown(Files)]


def test_a_parameter_that_is_said_to_be_a_text_is_one_that_says_nothing() -> None:
    """``{a}`` and ``{b:str}`` are one request."""

    @RestController
    class Two:
        @GetMapping("/{a}")
        def one(self, a: str) -> None: ...

        @GetMapping("/{b:str}")
        def other(self, b: str) -> None: ...

    with pytest.raises(MappingClashError):
        shown(Two)
