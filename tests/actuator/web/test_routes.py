"""Routes: which operation a path means."""

import pytest

from pyboot.actuator import DeleteOperation, Endpoint, ReadOperation, WriteOperation
from pyboot.actuator.web.media import JSON, V3_JSON
from pyboot.actuator.web.routes import Endpoint as There, Routes, chosen
from pyboot.components.netty.wire.http.errors import HttpDecoderError
from tests.actuator.management_client import described


@Endpoint("threadDump")
class Dump:
    """Has paths that overlap, and media types."""

    @ReadOperation
    def data(self) -> None: ...

    @ReadOperation(produces=["text/plain"])
    def text(self) -> None: ...

    @ReadOperation("{thread_name}")
    def one(self, thread_name: str) -> None: ...

    @ReadOperation("main")
    def main(self) -> None: ...

    @ReadOperation("{*rest}")
    def rest(self, rest: tuple[str, ...]) -> None: ...

    @WriteOperation("start")
    def start(self) -> None: ...

    @DeleteOperation("{thread_name}")
    def delete(self, thread_name: str) -> None: ...


ROUTES = Routes("/manage", [There(described(Dump), Dump())])


def methods(path: str, method: str = "GET") -> list[str]:
    """The operations that a path means."""
    match = ROUTES.match(path)
    return [] if match is None else [each.operation.method for each in match.of(method)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/manage/threadDump", ["data", "text"]),
        ("/manage/thread-dump/", ["data", "text"]),
        ("/manage/threaddump/main", ["main"]),
        ("/manage/threaddump/other", ["one"]),
        ("/manage/threaddump/a/b", ["rest"]),
        ("/manage/threaddump/a%2Fb", ["one"]),
        ("/manage/threaddump//", ["one"]),
        ("/manage/nothing", []),
        ("/managethreaddump", []),
        ("/", []),
        ("", []),
        ("*", []),
        ("http://elsewhere/manage/threaddump", []),
    ],
)
def test_the_path_that_says_most_wins(path: str, expected: list[str]) -> None:
    """A word before a name, a name before the rest; an encoded slash divides nothing."""
    assert expected == methods(path)


def test_allow_tells_all_methods_of_a_path() -> None:
    """A read is asked by HEAD as well."""
    assert [("GET", "DELETE", "HEAD", "OPTIONS")] == [match.allowed for match in [ROUTES.match("/manage/threaddump/x")] if match]
    assert [("GET", "POST", "DELETE", "HEAD", "OPTIONS")] == [m.allowed for m in [ROUTES.match("/manage/threaddump/start")] if m]


def test_operations_differ_by_media_type() -> None:
    """Of one path the one that produces what is accepted most."""
    match = ROUTES.match("/manage/threaddump")
    assert match is not None

    def told(accept: str | None) -> tuple[str, str] | None:
        found = chosen(match.of("GET"), accept)
        return None if found is None else (found[0].operation.method, found[1])

    assert ("data", V3_JSON) == told(None)
    assert ("text", "text/plain") == told("text/plain")
    assert ("data", JSON) == told("application/json, text/plain;q=0.5")
    assert told("image/png") is None


def test_what_is_no_percent_encoding_is_refused() -> None:
    """It is not passed on as it stands."""
    with pytest.raises(HttpDecoderError):
        ROUTES.match("/manage/threaddump/%zz")


def test_links_name_every_path_once() -> None:
    """Those with names in them are templates, and named by them."""
    links = ROUTES.links("http://here")["_links"]

    assert {"href": "http://here/manage", "templated": False} == links["self"]
    assert {"href": "http://here/manage/threadDump/{threadName}", "templated": True} == links["threadDump-threadName"]
    assert {"href": "http://here/manage/threadDump/{*rest}", "templated": True} == links["threadDump-rest"]
    assert "http://here/manage/threadDump" == links["threadDump"]["href"]


@pytest.mark.parametrize("routes", [Routes("/", []), Routes("/manage", [], lists=False)])
def test_a_list_that_is_switched_off_is_not_there(routes: Routes) -> None:
    """Nor is one at the root of the server, as in Spring Boot."""
    assert routes.match("/") is None
    assert routes.match("/manage") is None
