"""Cookies: Netty's tests of the four classes in Python's terms."""

from datetime import UTC, datetime
from typing import Any

import pytest

from pyboot.components.netty.wire.http.cookie import (
    ClientCookieDecoder,
    ClientCookieEncoder,
    Cookie,
    SameSite,
    ServerCookieDecoder,
    ServerCookieEncoder,
)
from pyboot.components.netty.wire.http.errors import HttpEncoderError


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("a=1", [("a", "1", False)]),
        ("a=1; b=2;c=3", [("a", "1", False), ("b", "2", False), ("c", "3", False)]),
        ("a=1; a=2", [("a", "1", False), ("a", "2", False)]),
        ('a="1"; b=""; c=', [("a", "1", True), ("b", "", True), ("c", "", False)]),
        ("a=b=c==", [("a", "b=c==", False)]),
        ('$Version=1; a=1; $Path=/x; $Domain=y; b=2; $Port="80"', [("a", "1", False), ("b", "2", False)]),
        ("$Path=1", [("$Path", "1", False)]),
        (" a = 1 ;; ; b", [("a", "1", False)]),
        ("=1; a b=2; a,b=3; ä=4; a\x00=5; ok=6", [("ok", "6", False)]),
        ('a=1 2; b=1"2; c=1,2; d=1\\2; e="1; f="; g=\x7f; h=ä; ok=6', [("ok", "6", False)]),
        ("", []),
    ],
)
def test_a_server_reads_cookies(field: str, expected: list[tuple[str, str, bool]]) -> None:
    """What is no cookie is left out, and keeps none from being read."""
    found = ServerCookieDecoder().decode_all(field)
    assert expected == [(cookie.name, cookie.value, cookie.wrap) for cookie in found]


def test_a_lax_server_takes_what_browsers_send_all_the_same() -> None:
    """Spaces, commas, quotes and characters beyond ASCII."""
    found = ServerCookieDecoder(strict=False).decode_all('a=1 2; b=x"y,z; ä=ö; =1; c=\x01')
    assert [("a", "1 2"), ("b", 'x"y,z'), ("ä", "ö")] == [(cookie.name, cookie.value) for cookie in found]


def test_the_first_of_a_name_counts() -> None:
    """It is the one of the longest path; several fields count as one."""
    cookies = ServerCookieDecoder().decode("a=1; b=2", "a=3; c=4")
    assert {"a": "1", "b": "2", "c": "4"} == {name: cookie.value for name, cookie in cookies.items()}


def test_reading_is_linear() -> None:
    """A field of a megabyte of what once took quadratic time is read at once."""
    assert [] == ServerCookieDecoder().decode_all('a="' + '\\"' * 500_000)
    assert 200_000 == len(ServerCookieDecoder().decode_all("a=1; " * 200_000))


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, "a=1"),
        ({"wrap": True}, 'a="1"'),
        ({"max_age": 50, "path": "/p", "domain": "x.org", "secure": True}, "a=1; Max-Age=50; Path=/p; Domain=x.org; Secure"),
        ({"http_only": True, "same_site": SameSite.LAX}, "a=1; HttpOnly; SameSite=Lax"),
        ({"max_age": 0}, "a=1; Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT"),
        ({"expires": datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)}, "a=1; Expires=Wed, 02 Jan 2030 03:04:05 GMT"),
        ({"secure": True, "same_site": SameSite.NONE, "partitioned": True}, "a=1; Secure; SameSite=None; Partitioned"),
    ],
)
def test_a_server_writes_cookies(options: dict[str, Any], expected: str) -> None:
    """One in each field."""
    assert expected == ServerCookieEncoder().encode(Cookie("a", "1", **options))


@pytest.mark.parametrize(
    "cookie",
    [
        Cookie("", "1"),
        Cookie("a b", "1"),
        Cookie("a;b", "1"),
        Cookie("a", "1 2"),
        Cookie("a", "1;2"),
        Cookie("a", "1,2"),
        Cookie("a", 'x"y'),
        Cookie("a", "ä"),
        Cookie("a", "文"),
        Cookie("a", "1", path="/;Secure"),
        Cookie("a", "1", domain="x\r\ny"),
        Cookie("a", "1", same_site=SameSite.NONE),
        Cookie("a", "1", partitioned=True),
        Cookie("__Secure-a", "1"),
        Cookie("__Host-a", "1", secure=True),
        Cookie("__Host-a", "1", secure=True, path="/", domain="x.org"),
    ],
)
def test_what_nobody_would_keep_is_refused(cookie: Cookie) -> None:
    """A browser throws it away without a word."""
    with pytest.raises(HttpEncoderError):
        ServerCookieEncoder().encode(cookie)


@pytest.mark.parametrize("bad", ["\r", "\n", "\r\n", "\0", "\x0b", "\x7f", ";", "文"])
@pytest.mark.parametrize("strict", [True, False])
def test_no_setter_lets_a_line_end_pass(bad: str, strict: bool) -> None:
    """In any part of a cookie, of server and client."""
    for cookie in (Cookie(f"a{bad}", "1"), Cookie("a", f"1{bad}"), Cookie("a", "1", path=f"/{bad}"), Cookie("a", "1", domain=f"x{bad}")):
        with pytest.raises(HttpEncoderError):
            ServerCookieEncoder(strict=strict).encode(cookie)
    with pytest.raises(HttpEncoderError):
        ClientCookieEncoder(strict=strict).encode([Cookie("a", f"1{bad}")])


def test_a_client_reads_a_cookie_with_its_attributes() -> None:
    """In any case; unknown ones are left out, the last of one given twice counts."""
    cookie = ClientCookieDecoder().decode(
        "a=1; expires=Wed, 02 Jan 2030 03:04:05 GMT; MAX-AGE=5; path=/x; Path=/y; domain=.Example.org; secure; HTTPONLY; samesite=none; "
        "Partitioned; Priority=High"
    )
    assert cookie == Cookie(
        "a",
        "1",
        domain="example.org",
        path="/y",
        max_age=5,
        expires=datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC),
        secure=True,
        http_only=True,
        same_site=SameSite.NONE,
        partitioned=True,
    )


@pytest.mark.parametrize("field", ["", "a", "=1", "a b=1", "a=1 2", 'a="1', ";a=1"])
def test_what_is_no_cookie_is_none(field: str) -> None:
    """For a strict client."""
    assert ClientCookieDecoder().decode(field) is None


@pytest.mark.parametrize("attributes", ["; Max-Age=x; Expires=never; SameSite=odd; Path=x", "; Max-Age=+5", "; Max-Age=", "; Max-Age=٣"])
def test_attributes_that_say_nothing_are_left_out(attributes: str) -> None:
    """As browsers do."""
    assert Cookie("a", "1") == ClientCookieDecoder().decode(f"a=1{attributes}")
    assert 0 == getattr(ClientCookieDecoder().decode("a=1; Max-Age=-5"), "max_age", None)


def test_a_client_writes_cookies_of_longer_paths_first() -> None:
    """Those of one length in the order given."""
    cookies = [Cookie("a", "1"), Cookie("b", "2", path="/x"), Cookie("c", "3", path="/x/y"), Cookie("d", "4", wrap=True, path="/z")]
    assert 'c=3; b=2; d="4"; a=1' == ClientCookieEncoder().encode(cookies)
    assert "" == ClientCookieEncoder().encode([])
