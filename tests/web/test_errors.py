"""What the refusals of the web room say."""

from pathlib import Path

import pytest

from pyboot.web.errors import (
    AsgiTargetError,
    LifespanError,
    MappingClashError,
    RouteError,
    UnclearApplicationError,
    WebError,
    WebExtraError,
)

CATALOGUE = (Path(__file__).resolve().parents[2] / "docs/reference/errors.md").read_text()
SAID = {
    MappingClashError("GET /a", "A.x (a.py:1)", "B.y (b.py:2)"): (
        "Two methods answer GET /a:\n    - A.x (a.py:1)\n    - B.y (b.py:2)",
        "another path",
    ),
    AsgiTargetError("netty.servers.web.asgi", "a:b", "there is no 'b' in it", ["c"]): (
        "netty.servers.web.asgi is 'a:b': there is",
        "Did you mean 'c'?",
    ),
    AsgiTargetError("netty.servers.web.asgi", "a:b", "there is no module 'a'"): ("is 'a:b'", "'shop.web:app'"),
    UnclearApplicationError("web", ["a (x.py:1)", "b (x.py:2)"]): ("there are several:\n    - a (x.py:1)", "--netty.servers.web.asgi="),
    WebExtraError("The controller 'a'", "fastapi"): ("needs the package 'fastapi'", "pyboot-framework[web]"),
    RouteError("GET /a", "A.x (a.py:1)", "no"): ("The mapping GET /a of A.x (a.py:1) is refused: no", "Depends"),
    LifespanError("app", ""): ("it did not say why", "lifespan"),
}


@pytest.mark.parametrize(("error", "said"), SAID.items(), ids=lambda value: type(value).__name__)
def test_each_says_what_was_seen_and_what_to_do(error: WebError, said: tuple[str, str]) -> None:
    """Description and action."""
    assert said[0] in str(error)
    assert said[1] in error.action


@pytest.mark.parametrize("kind", [WebError, *WebError.__subclasses__()], ids=lambda kind: kind.__name__)
def test_each_is_in_the_catalogue_with_a_code_of_its_own(kind: type[WebError]) -> None:
    """No code twice."""
    assert f"| {kind.code} |" in CATALOGUE
    assert 1 == sum(other.code == kind.code for other in (WebError, *WebError.__subclasses__()))
    assert WebError("x").action
