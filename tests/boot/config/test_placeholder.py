"""Placeholders: replaced inside out, with defaults, without circles."""

import pytest

from pyboot.boot.config.placeholder import resolve
from pyboot.boot.errors import PlaceholderError

SETTINGS = {"host": "h", "port": "80", "url": "${host}:${port}", "which": "port", "a": "${b}", "b": "${a}"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${host}", "h"),
        ("http://${url}/", "http://h:80/"),
        ("${missing:8080}", "8080"),
        ("${missing:}", ""),
        ("${missing:a:b}", "a:b"),
        ("${missing:${port}}", "80"),
        ("${${which}}", "80"),
        (r"\${host}", "${host}"),
        ("${missing:{x}}", "{x}"),
    ],
)
def test_placeholders_are_replaced(text: str, expected: str) -> None:
    """Nested ones, defaults, and the escape."""
    assert expected == resolve(text, SETTINGS.get)


@pytest.mark.parametrize(
    ("text", "reason"),
    [("${missing}", "no setting 'missing'"), ("${a}", "circle: a -> b -> a"), ("${host", "not closed")],
)
def test_what_cannot_be_replaced_says_why(text: str, reason: str) -> None:
    """The text and the reason are in the message."""
    with pytest.raises(PlaceholderError, match=reason):
        resolve(text, SETTINGS.get)
