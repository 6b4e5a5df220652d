"""Operations: how a request becomes arguments."""

from enum import Enum
from typing import Any, Literal

import pytest

from pyboot.actuator import Endpoint, InvalidEndpointRequestError, InvocationContext, ReadOperation
from pyboot.actuator.operation import Operation, Texts
from pyboot.boot import DataSize, Duration
from tests.actuator.management_client import described


class Level(Enum):
    """Has values."""

    DEBUG = "debug"
    INFO = "info"


@Endpoint("all")
class Everything:
    """Takes everything that a request can say."""

    @ReadOperation
    def read(
        self,
        required: str,
        number: int = 1,
        ratio: float = 1.0,
        on: bool = False,
        level: Level = Level.INFO,
        kind: Literal["a", "b"] = "a",
        tags: list[str] | None = None,
        numbers: tuple[int, ...] = (),
        maybe: int | None = None,
        wait: Duration | None = None,
        size: DataSize = 0,
        untyped=None,  # type: ignore[no-untyped-def]
    ) -> None: ...

    @ReadOperation("{first}/of/{*rest}")
    def below(self, first: int, rest: tuple[str, ...], context: InvocationContext) -> None: ...


READ, BELOW = described(Everything).operations
CONTEXT = InvocationContext(remote="here")


def arguments(operation: Operation = READ, **given: list[str]) -> dict[str, Any]:
    """What the method is called with, for texts of a query."""
    return operation.arguments({}, {name: Texts(texts) for name, texts in ({"required": ["x"]} | given).items()}, CONTEXT)


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("number", ["7"], 7),
        ("number", ["7", "7"], 7),
        ("ratio", ["0.5"], 0.5),
        ("on", ["true"], True),
        ("level", ["debug"], Level.DEBUG),
        ("kind", ["b"], "b"),
        ("tags", ["a,b"], ["a", "b"]),
        ("tags", ["a,b", "c"], ["a,b", "c"]),
        ("numbers", ["1,2"], (1, 2)),
        ("maybe", ["3"], 3),
        ("size", ["4KiB"], 4096),
        ("untyped", ["text"], "text"),
    ],
)
def test_texts_become_what_hints_say(name: str, texts: list[str], expected: object) -> None:
    """A text said twice counts once; several in one text stand between commas."""
    assert expected == arguments(**{name: texts})[name]


@pytest.mark.parametrize(
    "given", [{"number": ["x"]}, {"on": ["perhaps"]}, {"level": ["loud"]}, {"kind": ["c"]}, {"numbers": ["1,x"]}, {"size": ["4 elephants"]}]
)
def test_what_cannot_be_converted_is_refused(given: dict[str, list[str]]) -> None:
    """With the name of the parameter."""
    with pytest.raises(InvalidEndpointRequestError) as caught:
        arguments(**given)

    assert next(iter(given)) in caught.value.reason


@pytest.mark.parametrize(("name", "value"), [("number", ["7"]), ("required", ["x"]), ("required", 7), ("tags", "a,b"), ("on", [True])])
def test_json_says_by_itself_what_is_a_list(name: str, value: object) -> None:
    """Nothing is taken out of one, or made one."""
    with pytest.raises(InvalidEndpointRequestError):
        READ.arguments({}, {"required": "x", name: value}, CONTEXT)


def test_what_is_missing_is_refused_or_has_its_default() -> None:
    """Only a parameter with neither default nor None has to be given."""
    with pytest.raises(InvalidEndpointRequestError) as caught:
        READ.arguments({}, {}, CONTEXT)

    assert "required" in caught.value.reason
    assert (1, None, ()) == tuple(arguments()[name] for name in ("number", "maybe", "numbers"))


def test_a_placeholder_in_a_query_stays_text() -> None:
    """A request reads no settings: ``${db.password}`` is six harmless signs and a name."""
    assert "${db.password}" == arguments(untyped=["${db.password}"])["untyped"]


def test_paths_hold_selectors() -> None:
    """Words stand for themselves, and the rest is everything that is left, but at least one part."""
    assert {"first": "1", "rest": ("a", "b")} == BELOW.matched(["1", "of", "a", "b"])
    assert BELOW.matched(["1", "of"]) is None
    assert BELOW.matched(["1", "off", "a"]) is None
    assert READ.matched(["x"]) is None
    assert {} == READ.matched([])


def test_selectors_are_converted_and_the_invocation_is_handed_over() -> None:
    """As parameters are."""
    assert {"first": 1, "rest": ("a",), "context": CONTEXT} == BELOW.arguments({"first": "1", "rest": ("a",)}, {}, CONTEXT)
    with pytest.raises(InvalidEndpointRequestError):
        BELOW.arguments({"first": "one", "rest": ("a",)}, {}, CONTEXT)


def test_properties_of_a_body_that_mean_nothing_are_refused() -> None:
    """The nearest is named, or all; the one that chooses a worker is understood everywhere."""
    READ.check_properties(["required", "number", "worker"])
    with pytest.raises(InvalidEndpointRequestError, match="there is no property 'nmber'; did you mean 'number'"):
        READ.check_properties(["nmber"])
    with pytest.raises(InvalidEndpointRequestError, match="there is no property 'xxxxxx'; allowed are required, number, ratio"):
        READ.check_properties(["xxxxxx"])
    with pytest.raises(InvalidEndpointRequestError, match="there is no property 'first'; none is allowed"):
        BELOW.check_properties(["first"])
