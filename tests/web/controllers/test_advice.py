"""Methods that answer for errors: their types, their arguments, their answers."""

import json
from typing import Any

import pytest
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse

from pyboot.boot.errors import DefinitionError
from pyboot.web import ExceptionHandler, ProblemDetail
from pyboot.web.controllers.advice import Answering, answering, handlers_of, response_of


class Advice:
    """A handler of each form."""

    @ExceptionHandler(KeyError, status=404)
    def named(self, error: KeyError) -> dict[str, str]:
        """Answer with JSON."""
        return {"missing": str(error)}

    @ExceptionHandler
    async def hinted(self, request: HTTPConnection, error: OSError | ArithmeticError) -> PlainTextResponse:
        """Answer with a response."""
        return PlainTextResponse(f"{request.url.path} {type(error).__name__}", 418)


def handlers() -> dict[type[Exception], Answering]:
    """The handlers by type."""
    return {kind: handler.answer for handler in handlers_of(Advice()) for kind in handler.errors}


def request() -> Any:
    """A request for /x."""
    return Request(
        {"type": "http", "method": "GET", "path": "/x", "headers": [], "query_string": b"", "server": ("here", 80), "scheme": "http"}
    )


def test_types_are_those_of_the_label_or_of_the_hint() -> None:
    """A union means each of its members."""
    assert {KeyError, OSError, ArithmeticError} == set(handlers())


async def test_the_nearest_base_answers() -> None:
    """And nobody for what none is a base of."""
    found = answering(handlers(), ZeroDivisionError())
    assert found is not None
    assert b"/x ZeroDivisionError" == (await found(request(), ZeroDivisionError())).body
    assert answering(handlers(), RuntimeError()) is None


async def test_a_plain_method_answers_in_a_worker_thread_with_its_status() -> None:
    """What it returns becomes JSON."""
    response = await handlers()[KeyError](request(), KeyError("a"))

    assert (404, {"missing": "'a'"}) == (response.status_code, json.loads(bytes(response.body)))


def test_a_problem_has_its_own_status_and_media_type() -> None:
    """Whatever the label says."""
    response = response_of(ProblemDetail(409), 500, {"x-a": "1"})

    assert (409, "application/problem+json", "1") == (response.status_code, response.headers["content-type"], response.headers["x-a"])


def test_what_cannot_answer_is_refused() -> None:
    """Too many parameters, none, or no type at all."""

    class Many:
        @ExceptionHandler(KeyError)
        def x(self, a: int, b: int, c: int) -> None: ...

    class Untyped:
        @ExceptionHandler
        def x(self, error) -> None: ...  # type: ignore[no-untyped-def]  # what is tested

    for kind, reason in ((Many, "takes 3"), (Untyped, "it says no type")):
        with pytest.raises(DefinitionError, match=reason):
            list(handlers_of(kind()))
