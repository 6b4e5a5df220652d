"""Query strings: Netty's QueryStringDecoderTest and QueryStringEncoderTest in Python's terms."""

import contextlib

import pytest
from hypothesis import given, strategies

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http.query import QueryStringDecoder, QueryStringEncoder, decode_component, parse_parameters


@pytest.mark.parametrize(
    ("uri", "path", "parameters"),
    [
        ("/foo", "/foo", {}),
        ("/foo?", "/foo", {}),
        ("/foo?a=1&b=2&a=3", "/foo", {"a": ["1", "3"], "b": ["2"]}),
        ("/foo?a", "/foo", {"a": [""]}),
        ("/foo?a=&=b&&=", "/foo", {"a": [""], "": ["b", ""]}),
        ("/foo?a=1=2", "/foo", {"a": ["1=2"]}),
        ("/a+b?c+d=e+f%2B", "/a+b", {"c d": ["e f+"]}),
        ("/foo?a=1#b=2", "/foo", {"a": ["1"]}),
        ("/foo#?a=1", "/foo", {}),
        ("/foo?a=1?b=2", "/foo", {"a": ["1?b=2"]}),
        ("/%C3%A4?%E6%96%87=%e6%a1%a3", "/ä", {"文": ["档"]}),
        ("/foo?a=1;b=2", "/foo", {"a": ["1;b=2"]}),
        ("?a=1", "", {"a": ["1"]}),
        ("", "", {}),
        ("http://example.org/foo?a=%26", "http://example.org/foo", {"a": ["&"]}),
    ],
)
def test_a_target_is_taken_apart(uri: str, path: str, parameters: dict[str, list[str]]) -> None:
    """Plus is a space behind the question mark alone; a semicolon divides nothing."""
    decoder = QueryStringDecoder(uri)
    assert (path, parameters) == (decoder.path, decoder.parameters)


@pytest.mark.parametrize("text", ["%", "%4", "%zz", "a%2", "%%41", "%+1", "% 1", "%-1", "%٣٤"])
def test_what_is_no_percent_encoding_is_refused(text: str) -> None:
    """In path and parameters; and a number that Python would take is none."""
    with pytest.raises(HttpDecoderError, match="percent-encoding"):
        decode_component(text)
    with pytest.raises(HttpDecoderError, match="percent-encoding"):
        _ = QueryStringDecoder(f"/?a={text}").parameters
    with pytest.raises(HttpDecoderError, match="percent-encoding"):
        _ = QueryStringDecoder(f"/{text}").path


def test_bytes_that_are_no_text_are_refused() -> None:
    """Overlong UTF-8 too, by which a slash was once hidden."""
    for text in ("%ff", "%c0%af", "%ed%a0%80", "%f5%80%80%80"):
        with pytest.raises(HttpDecoderError, match="utf-8"):
            decode_component(text)
    assert "\xff" == decode_component("%ff", "latin-1")


def test_there_is_a_limit_of_parameters() -> None:
    """1024 by default, counted before anything is decoded; empty ones are none."""
    assert 1024 == len(QueryStringDecoder("/?" + "&".join(["a=1"] * 1024)).parameters["a"])
    with pytest.raises(HttpDecoderError, match="more than 1024 parameters") as caught:
        _ = QueryStringDecoder("/?" + "&".join(["a=1"] * 1025)).parameters
    assert ("too many parameters", 400) == (caught.value.reason, caught.value.status)
    assert [("a", "1")] == parse_parameters("&" * 5000 + "a=1", "utf-8", 1)
    with pytest.raises(ValueError, match="max_parameters 0"):
        QueryStringDecoder("/", max_parameters=0)


def test_a_semicolon_divides_where_that_is_allowed() -> None:
    """For old programs."""
    assert {"a": ["1"], "b": ["2"]} == QueryStringDecoder("/?a=1;b=2", allow_semicolon=True).parameters


def test_a_form_has_no_path() -> None:
    """Nor a fragment: a number sign stands for itself."""
    assert {"a": ["1#2?3"]} == QueryStringDecoder("a=1#2?3", has_path=False).parameters


def test_one_parameter_is_asked_for() -> None:
    """The first value, or the default."""
    decoder = QueryStringDecoder("/?a=1&a=2")
    assert ("1", None, "x") == (decoder.get("a"), decoder.get("b"), decoder.get("b", "x"))


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ([], "/foo"),
        ([("a", "1")], "/foo?a=1"),
        ([("a b", "c+d&e=f#g"), ("ä", "~._-")], "/foo?a%20b=c%2Bd%26e%3Df%23g&%C3%A4=~._-"),
        ([("a", None), ("b", 2)], "/foo?a&b=2"),
        ([("a", "\r\n")], "/foo?a=%0D%0A"),
    ],
)
def test_a_target_is_put_together(pairs: list[tuple[str, object]], expected: str) -> None:
    """What comes out is taken apart into the same."""
    encoder = QueryStringEncoder("/foo")
    for name, value in pairs:
        encoder.add_param(name, value)
    assert expected == str(encoder)
    again = [(name, value) for name, values in QueryStringDecoder(expected).parameters.items() for value in values]
    assert [(name, "" if value is None else str(value)) for name, value in pairs] == again


def test_parameters_are_added_to_those_of_the_path() -> None:
    """With an ampersand."""
    assert "/foo?a=1&b=2" == str(QueryStringEncoder("/foo?a=1").add_param("b", 2))


@given(strategies.lists(strategies.tuples(strategies.text(), strategies.text())))
def test_whatever_is_put_together_is_taken_apart_into_the_same(pairs: list[tuple[str, str]]) -> None:
    """Any text, in its order."""
    encoder = QueryStringEncoder("/")
    for name, value in pairs:
        encoder.add_param(name, value)
    uri = str(encoder)
    assert uri.isascii()
    assert pairs == parse_parameters(QueryStringDecoder(uri).raw_query, "utf-8", 1024)


@given(strategies.text())
def test_any_target_is_parameters_or_refused(uri: str) -> None:
    """And nothing else."""
    decoder = QueryStringDecoder(uri)
    for ask in (lambda: decoder.path, lambda: decoder.parameters):
        with contextlib.suppress(HttpDecoderError):
            ask()
