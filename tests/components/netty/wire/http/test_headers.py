"""Header fields."""

from collections.abc import Callable
from typing import Any

import pytest

from pyboot.components.netty.wire.http.errors import HttpEncoderError
from pyboot.components.netty.wire.http.headers import HttpHeaders


def test_fields_are_found_in_any_case_and_sent_as_written() -> None:
    """In the order in which they were added."""
    headers = HttpHeaders([("Host", "example.org"), ("X-Number", 7), (b"accept", b"*/*")])

    assert ("example.org", "7", "*/*", None, "none") == (
        headers["HOST"],
        headers.get("x-number"),
        headers["Accept"],
        headers.get("via"),
        headers.get("via", "none"),
    )
    assert b"Host: example.org\r\nX-Number: 7\r\naccept: */*\r\n" == headers.encoded()


def test_a_name_may_stand_several_times() -> None:
    """The first is asked for, or all."""
    headers = HttpHeaders({"Set-Cookie": ["a=1", "b=2"], "Via": "x"}).add("set-cookie", "c=3")

    assert ("a=1", ["a=1", "b=2", "c=3"], []) == (headers["set-cookie"], headers.get_all("Set-Cookie"), headers.get_all("none"))
    assert ["set-cookie", "via"] == headers.names() == list(headers)
    assert [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("Via", "x"), ("set-cookie", "c=3")] == headers.items()
    assert [(b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"via", b"x"), (b"set-cookie", b"c=3")] == headers.raw_items()
    assert 4 == len(headers)


def test_setting_takes_the_place_of_all_of_that_name() -> None:
    """A default only that of none."""
    headers = HttpHeaders([("a", "1"), ("b", "2"), ("A", "3")])

    headers.set("a", "4")
    headers["c"] = "5"
    headers.set_default("c", "6").set_default("d", ["7"][0])
    headers.set("b", ["8", "9"])

    assert [("a", "4"), ("c", "5"), ("d", "7"), ("b", "8"), ("b", "9")] == headers.items()


def test_fields_can_be_removed() -> None:
    """Asked whether there was one, or as of a mapping."""
    headers = HttpHeaders([("a", "1"), ("b", "2"), ("A", "3"), ("c", "4")])

    assert (True, False) == (headers.remove("A"), headers.remove("a"))
    del headers["B"]
    with pytest.raises(KeyError):
        del headers["b"]
    with pytest.raises(KeyError):
        headers["b"]
    assert ("c" in headers, "C" in headers, "b" in headers, 3 in headers) == (True, True, False, False)
    assert 0 == len(headers.clear())
    assert b"" == headers.encoded()


def test_lists_are_divided_by_commas_over_all_fields() -> None:
    """Empty members are none, and case does not matter."""
    headers = HttpHeaders([("Connection", "Keep-Alive, , Upgrade"), ("connection", "X ,")])

    assert [b"keep-alive", b"upgrade", b"x"] == headers.list_of(b"connection")
    assert (True, True, False) == tuple(headers.contains_value("CONNECTION", each) for each in ("upgrade", "x", "close"))


WAYS_IN: list[Callable[[Any, Any], object]] = [
    lambda name, value: HttpHeaders({name: value}),
    lambda name, value: HttpHeaders([(name, value)]),
    lambda name, value: HttpHeaders(iter([(name, value)])),
    lambda name, value: HttpHeaders({name: [value]}),
    lambda name, value: HttpHeaders().add(name, value),
    lambda name, value: HttpHeaders().add(name, ["good", value]),
    lambda name, value: HttpHeaders().set(name, value),
    lambda name, value: HttpHeaders().set(name, ["good", value]),
    lambda name, value: HttpHeaders().set_default(name, value),
    lambda name, value: HttpHeaders().extend({name: value}),
    lambda name, value: HttpHeaders().extend([(name, value)]),
    lambda name, value: HttpHeaders().__setitem__(name, value),
]


@pytest.mark.parametrize("way", range(len(WAYS_IN)))
def test_nothing_goes_in_unchecked(way: int) -> None:
    """By no way: a field that ends its line begins another, which is how one response is made to look like two."""
    for character in (*map(chr, range(32)), "\x7f"):
        with pytest.raises(HttpEncoderError):
            WAYS_IN[way](f"x{character}y", "1")
        with pytest.raises(HttpEncoderError):
            WAYS_IN[way](f"x{character}y".encode(), "1")
        if character != "\t":
            with pytest.raises(HttpEncoderError):
                WAYS_IN[way]("x", f"1{character}2")


def test_a_set_that_is_refused_changes_nothing() -> None:
    """Also where one value of several is wrong."""
    headers = HttpHeaders({"a": "1"})

    with pytest.raises(HttpEncoderError):
        headers.set("a", ["2", "3\n"])

    assert [("a", "1")] == headers.items()


def test_a_copy_is_changed_apart() -> None:
    """Whichever of both is changed, and however; what was written before is not what is written after."""
    changes: list[Callable[[HttpHeaders], object]] = [
        lambda headers: headers.add("b", "2"),
        lambda headers: headers.set("a", "2"),
        lambda headers: headers.set_default("b", "2"),
        lambda headers: headers.remove("a"),
        lambda headers: headers.extend({"b": "2"}),
        lambda headers: headers.extend(HttpHeaders({"b": "2"})),
        lambda headers: headers.clear(),
    ]
    for change in changes:
        for which in (0, 1):
            both = [headers := HttpHeaders({"a": "1"}), headers.copy()]
            assert both[0] == both[1]
            assert b"a: 1\r\n" == both[0].encoded() == both[1].encoded()

            change(both[which])

            assert (b"a: 1\r\n", [("a", "1")]) == (both[1 - which].encoded(), both[1 - which].items())
            assert both[which].encoded() == b"".join(f"{name}: {value}\r\n".encode() for name, value in both[which].items())
            assert both[0] != both[1]


def test_fields_are_written_the_same_each_time() -> None:
    """The first time in pieces, then as one block, and anew when they have changed."""
    headers = HttpHeaders({"a": "1"})
    for expected in (b"a: 1\r\n", b"a: 1\r\n", b"a: 1\r\n"):
        headers.write_to(parts := [])
        assert expected == b"".join(parts)
    headers.add("b", "2").copy().write_to(parts := [])
    assert b"a: 1\r\nb: 2\r\n" == b"".join(parts)
    headers.write_to(parts := [])
    assert b"a: 1\r\nb: 2\r\n" == b"".join(parts)


def test_names_of_any_length_and_number_are_found() -> None:
    """Whether a table remembers them or not."""
    names = [f"x-{number}" for number in range(3000)] + ["y" * 100]
    headers = HttpHeaders((name, name) for name in names)

    assert names == [headers[name.upper()] for name in names[:5]] + names[5:-1] + [headers["Y" * 100]]
    assert headers.get("\N{SNOWMAN}") is None


def test_a_field_shows_itself() -> None:
    """As what it could be made of."""
    assert "HttpHeaders([('a', '1')])" == repr(HttpHeaders({"a": "1"}))
    assert HttpHeaders({"a": "1"}) != {"a": "1"}
