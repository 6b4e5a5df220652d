"""Conditional requests: the table of RFC 9110 13.2.2."""

import pytest

from pyboot.components.netty.wire.http.conditions import evaluate, http_date, is_range_wanted
from pyboot.components.netty.wire.http.headers import HttpHeaders

MODIFIED = 1_000_000_000.7
AT = "Sun, 09 Sep 2001 01:46:40 GMT"
BEFORE = "Sun, 09 Sep 2001 01:46:39 GMT"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, None),
        ({"If-None-Match": '"a"'}, 304),
        ({"If-None-Match": 'W/"a"'}, 304),
        ({"If-None-Match": '"b", W/"c" ,"a"'}, 304),
        ({"If-None-Match": ['"b"', '"a"']}, 304),
        ({"If-None-Match": "*"}, 304),
        ({"If-None-Match": '"b"'}, None),
        ({"If-None-Match": "a"}, None),
        ({"If-None-Match": '"b"', "If-Modified-Since": AT}, None),
        ({"If-Modified-Since": AT}, 304),
        ({"If-Modified-Since": BEFORE}, None),
        ({"If-Modified-Since": "yesterday"}, None),
        ({"If-Modified-Since": "Sun, 99 Sep 2001 01:46:40 GMT"}, None),
        ({"If-Match": '"a"'}, None),
        ({"If-Match": "*"}, None),
        ({"If-Match": '"b"'}, 412),
        ({"If-Match": 'W/"a"'}, 412),
        ({"If-Match": '"a"', "If-Unmodified-Since": BEFORE}, None),
        ({"If-Unmodified-Since": BEFORE}, 412),
        ({"If-Unmodified-Since": AT}, None),
        ({"If-Match": '"a"', "If-None-Match": '"a"'}, 304),
    ],
)
def test_conditions_in_their_order(fields: dict[str, object], expected: int | None) -> None:
    """Tags before dates, what must be before what must not."""
    assert expected == evaluate(HttpHeaders(fields), '"a"', MODIFIED)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [(None, True), ('"a"', True), ('W/"a"', False), ('"b"', False), (AT, True), (BEFORE, False), ("nonsense", False)],
)
def test_a_part_is_sent_of_what_the_client_has_a_part_of(condition: str | None, expected: bool) -> None:
    """By a strong tag, or the very date."""
    fields = {} if condition is None else {"If-Range": condition}
    assert expected is is_range_wanted(HttpHeaders(fields), '"a"', MODIFIED)


def test_a_date_is_one_of_http() -> None:
    """Whole seconds, in Greenwich."""
    assert AT == http_date(MODIFIED)
