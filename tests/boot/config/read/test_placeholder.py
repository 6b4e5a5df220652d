"""Placeholders: replaced inside out, with defaults, without circles."""

import pytest

from pyboot.boot.config.read.placeholder import keys_in, resolve
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


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ({f"a{n}": f"${{a{n + 1}}}" for n in range(5000)}, "lead too deep"),
        ({f"a{n}": f"${{a{n + 1}}}" * 2 for n in range(50)} | {"a50": ""}, "more than 10000 placeholders"),
        ({"a0": "${" * 1500 + "x" + "}" * 1500}, "lead too deep"),
        ({"a0": "${a1}", "a1": "${a0}"}, "in a circle"),
    ],
)
def test_placeholders_without_end_are_reported(settings: dict[str, str], told: str) -> None:
    """Long chains, doubling ones, nested ones, circles."""
    with pytest.raises(PlaceholderError, match=told):
        resolve("${a0}", settings.get)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("plain", []),
        ("${a.b}/${c:${d}}", ["a.b", "c", "d"]),
        ("${a.${b}}", ["b"]),
        ("${open", []),
        ("${random.int(1,5)}:${x}", ["random.int(1,5)", "x"]),
    ],
)
def test_the_keys_of_a_text_are_told_without_looking_them_up(text: str, keys: list[str]) -> None:
    """Those in defaults too."""
    assert keys == list(keys_in(text))
