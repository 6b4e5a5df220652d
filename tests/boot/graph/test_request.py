"""Requests: what a parameter's hint asks for."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pytest

from pyboot.boot.graph.request import Kind, misread, request_of
from pyboot.boot.model.hints import Parameter
from pyboot.boot.model.injection import Lazy, Provider, Qualifier, Value


class Cache: ...


type FastCache = Annotated[Cache, Qualifier("fast")]


@pytest.mark.parametrize(
    ("hint", "kind", "qualifier", "is_optional"),
    [
        (Cache, Kind.ONE, None, False),
        (Cache | None, Kind.ONE, None, True),
        (Annotated[Cache, Qualifier("fast")], Kind.ONE, "fast", False),
        (Annotated[Cache | None, Qualifier("fast")], Kind.ONE, "fast", True),
        (Annotated[Cache, Qualifier("fast")] | None, Kind.ONE, "fast", True),
        (FastCache, Kind.ONE, "fast", False),
        (list[Cache], Kind.LIST, None, False),
        (Sequence[Cache], Kind.LIST, None, False),
        (tuple[Cache, ...], Kind.TUPLE, None, False),
        (set[Cache], Kind.SET, None, False),
        (frozenset[Cache], Kind.SET, None, False),
        (dict[str, Cache], Kind.MAP, None, False),
        (Mapping[str, Cache], Kind.MAP, None, False),
        (list[Annotated[Cache, Qualifier("fast")]], Kind.LIST, "fast", False),
        (Provider[Cache], Kind.PROVIDER, None, False),
        (Lazy[Cache], Kind.LAZY, None, False),
        (Annotated[Provider[Cache], Qualifier("fast")], Kind.PROVIDER, "fast", False),
    ],
)
def test_each_form_is_read(hint: Any, kind: Kind, qualifier: object, is_optional: bool) -> None:
    """The key is always the cache itself."""
    request = request_of(Parameter("cache", hint))

    assert (kind, Cache, qualifier, is_optional) == (request.kind, request.key.hint, request.key.qualifier, request.is_optional)


def test_a_setting_is_asked_for_by_value() -> None:
    """The hint that it is converted to keeps its other metadata."""
    request = request_of(Parameter("port", Annotated[int, Value("${port:80}")]))

    assert (Kind.VALUE, "${port:80}") == (request.kind, request.value)


@pytest.mark.parametrize("hint", [list, dict, tuple[Cache, Cache], dict[int, Cache]])
def test_what_names_no_element_is_a_type_like_any_other(hint: Any) -> None:
    """It asks for one bean of exactly this type."""
    assert (Kind.ONE, hint) == (request_of(Parameter("x", hint)).kind, request_of(Parameter("x", hint)).key.hint)


@pytest.mark.parametrize(
    ("hint", "kind", "element", "qualifier"),
    [
        (list[Provider[Cache]], Kind.LIST, Kind.PROVIDER, None),
        (tuple[Lazy[Cache], ...], Kind.TUPLE, Kind.LAZY, None),
        (dict[str, Provider[Cache]], Kind.MAP, Kind.PROVIDER, None),
        (list[Provider[Annotated[Cache, Qualifier("fast")]]], Kind.LIST, Kind.PROVIDER, "fast"),
        (Annotated[list[Provider[Cache]], Qualifier("fast")], Kind.LIST, Kind.PROVIDER, "fast"),
        (list[Cache], Kind.LIST, Kind.ONE, None),
    ],
)
def test_a_collection_may_be_of_providers(hint: Any, kind: Kind, element: Kind, qualifier: str | None) -> None:
    """One for each bean, so that none has to be there yet."""
    request = request_of(Parameter("caches", hint))

    assert (kind, element, Cache, qualifier) == (request.kind, request.element, request.key.hint, request.key.qualifier)


@pytest.mark.parametrize(
    ("hint", "reason"),
    [
        (list[Annotated[int, Value("${a:1}")]], "around the whole"),
        (Provider[Annotated[int, Value("${a:1}")]], "around the whole"),
        (Annotated[Cache, Qualifier("a"), Qualifier("b")], "several qualifiers"),
    ],
)
def test_a_part_that_would_be_passed_over_is_told(hint: Any, reason: str) -> None:
    """A list of no beans, or the first qualifier alone, would be handed over in silence."""
    assert reason in misread(hint)


@pytest.mark.parametrize(
    "hint",
    [
        Cache,
        list[Cache],
        Annotated[list[int], Value("${a}")],
        Annotated[Cache, Qualifier("a"), "note"],
        Provider[Annotated[Cache, Qualifier("a")]],
    ],
)
def test_other_hints_are_read_as_a_whole(hint: Any) -> None:
    """Whatever else stands in their metadata."""
    assert "" == misread(hint)
