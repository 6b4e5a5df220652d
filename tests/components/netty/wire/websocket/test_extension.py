"""The header that lists extensions, and lists of tokens."""

import pytest

from pyboot.components.netty.wire.websocket.extension import Extension, parse_extensions, parse_tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" , ,", []),
        ("foo", [Extension("foo")]),
        ("foo, bar; baz=2", [Extension("foo"), Extension("bar", (("baz", "2"),))]),
        ("foo;bar;baz", [Extension("foo", (("bar", None), ("baz", None)))]),
        ('mux; max="4"; x=y', [Extension("mux", (("max", "4"), ("x", "y")))]),
        ('a;b="c\\d" ,', [Extension("a", (("b", "cd"),))]),
        ("a \t; b = c\t, ,d", [Extension("a", (("b", "c"),)), Extension("d")]),
        ("a;b, a;c", [Extension("a", (("b", None),)), Extension("a", (("c", None),))]),
    ],
)
def test_extensions_are_read(text: str, expected: list[Extension]) -> None:
    """RFC 6455, 9.1; lists may have empty members (RFC 9110, 5.6.1)."""
    assert expected == parse_extensions(text)


@pytest.mark.parametrize(
    "text", ["foo bar", "foo;", ";a", "foo;=1", "foo;a=", 'foo;a="b c"', 'foo;a="b', "foo;a=b c", "fo\x00o", "é", 'foo;a=""']
)
def test_other_text_is_refused(text: str) -> None:
    """What is quoted must be a token all the same."""
    with pytest.raises(ValueError, match=r"no extension|no end|no token"):
        parse_extensions(text)


def test_an_extension_is_written_as_it_is_read() -> None:
    """With its parameters in their order."""
    assert "permessage-deflate; client_max_window_bits; server_max_window_bits=10" == str(
        Extension("permessage-deflate", (("client_max_window_bits", None), ("server_max_window_bits", "10")))
    )


def test_tokens_are_listed_without_what_is_around_them() -> None:
    """Empty members go."""
    assert ["chat", "superchat", "x!y"] == parse_tokens(" chat ,\tsuperchat,, x!y ")


def test_what_is_no_token_is_refused() -> None:
    """A space makes two of one."""
    with pytest.raises(ValueError, match="'a b' is no token"):
        parse_tokens("c, a b")


def test_a_long_list_is_read_in_linear_time() -> None:
    """A header of 64 KiB, whatever is in it, must not take a minute: counted in steps, one for each extension."""
    assert 21_000 == len(parse_extensions("a, " * 21_000))
    with pytest.raises(ValueError, match="no end"):
        parse_extensions('a;b="' + "\\" * 60_000)
