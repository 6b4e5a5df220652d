"""The choice of a media type."""

import pytest

from pyboot.actuator.web.media import JSON, PRODUCED, V2_JSON, V3_JSON, choose_type, is_json


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, V3_JSON),
        ("", V3_JSON),
        ("*/*", V3_JSON),
        ("application/*", V3_JSON),
        ("application/json", JSON),
        ("APPLICATION/JSON; charset=utf-8", JSON),
        (f"{V2_JSON}, {V3_JSON};q=0.5", V2_JSON),
        ("text/html, application/xhtml+xml, */*;q=0.8", V3_JSON),
        (f"*/*, {V3_JSON};q=0", V2_JSON),
        ("text/html", None),
        ("*/*;q=0", None),
        ("application/json;q=nonsense", None),
        (",;,=", None),
        ("x" * 10_000, None),
    ],
)
def test_what_is_accepted_most_is_answered(accept: str | None, expected: str | None) -> None:
    """Of equals the first that is offered; what cannot be read accepts nothing."""
    assert expected == choose_type(accept, PRODUCED)


def test_parameters_of_what_is_offered_do_not_count() -> None:
    """``text/plain`` accepts it with a charset."""
    assert "text/plain;charset=utf-8" == choose_type("text/plain", [*PRODUCED, "text/plain;charset=utf-8"])


def test_writes_are_told_in_json() -> None:
    """In its own type or in those of the endpoints."""
    assert all(map(is_json, (*PRODUCED, "application/json; charset=utf-8", "Application/JSON")))
    assert not any(map(is_json, ("", "text/plain", "application/x-www-form-urlencoded", "application/jsonp")))
