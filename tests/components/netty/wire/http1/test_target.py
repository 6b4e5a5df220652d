"""What a request may ask for, and of whom."""

import pytest

from pyboot.components.netty.wire.http.errors import HttpDecoderError
from pyboot.components.netty.wire.http1.target import check_host, check_target

HOSTS = [
    *(b"example.org", b"example.org:80", b"EXAMPLE.org:8080", b"localhost", b"127.0.0.1:1", b"[::1]", b"[2001:db8::1]:443", b"a_b-c.d~e"),
    *(b"x%20y", b"xn--bcher-kva.example", b"example.org.", b"example.org:65535"),
]
NO_HOSTS = [
    *(b"", b":80", b"example.org:", b"example.org:0", b"example.org:65536", b"example.org:+80", b"example.org:8_0", b"example.org:80 "),
    *(b"a b", b"a,b", b"a, b", b"user@example.org", b"user:pw@example.org", b"example.org/path", b"example.org?x", b"example.org#x"),
    *(
        b"http://example.org",
        b"example.org:80:80",
        b"[::1",
        b"::1",
        b"[]",
        b"[abc]",
        b"[::1]80",
        b"[::g]",
        b"[::1]:",
        b"a\\b",
        b"a;b",
        b"ex\xe4mple",
    ),
    *(b"a'b", b"a(b", b"a|b", b"<a>", b"example.org:123456", b"example.org:\xb2"),
]


@pytest.mark.parametrize("host", HOSTS)
def test_a_host_is_a_name_or_an_address_and_maybe_a_port(host: bytes) -> None:
    """Nothing is said of one that is right."""
    check_host(host)


@pytest.mark.parametrize("host", NO_HOSTS)
def test_what_looks_like_two_hosts_is_none(host: bytes) -> None:
    """Nor is what holds a user, a path, a list or a port that is no number."""
    with pytest.raises(HttpDecoderError) as caught:
        check_host(host)
    assert ("host", 400) == (caught.value.reason, caught.value.status)


@pytest.mark.parametrize(
    ("method", "target", "host"),
    [
        ("GET", b"/", b"x"),
        ("OPTIONS", b"*", b"x"),
        ("GET", b"http://example.org/a", b"example.org"),
        ("GET", b"HTTP://Example.org/a", b"example.ORG"),
        ("GET", b"http://example.org", b"example.org:80"),
        ("GET", b"https://example.org:443?a", b"example.org"),
        ("GET", b"http://example.org/a", None),
        ("CONNECT", b"example.org:443", b"example.org:443"),
        ("CONNECT", b"example.org:443", b"example.org"),
        ("CONNECT", b"[::1]:443", None),
    ],
)
def test_a_target_has_the_form_that_goes_with_its_method(method: str, target: bytes, host: bytes | None) -> None:
    """And names the host that Host names, if it names one."""
    check_target(method, target, host)


@pytest.mark.parametrize(
    ("method", "target", "host", "reason"),
    [
        ("GET", b"*", b"x", "target-form"),
        ("GET", b"users", b"x", "target-form"),
        ("GET", b"example.org:443", b"x", "target-form"),
        ("GET", b"ftp://example.org/", b"example.org", "target-form"),
        ("GET", b"http:/example.org/", b"example.org", "target-form"),
        ("GET", b"http:///a", b"example.org", "target-form"),
        ("GET", b"http://a@example.org/", b"example.org", "target-form"),
        ("GET", b"http://evil.example/", b"example.org", "host-mismatch"),
        ("GET", b"http://example.org:81/", b"example.org", "host-mismatch"),
        ("GET", b"https://example.org/", b"example.org:80", "host-mismatch"),
        ("CONNECT", b"/", b"x", "target-form"),
        ("CONNECT", b"example.org", b"example.org", "target-form"),
        ("CONNECT", b"http://example.org:80", b"example.org", "target-form"),
        ("CONNECT", b"example.org:443", b"evil.example", "host-mismatch"),
        ("CONNECT", b"example.org:443", b"example.org:80", "host-mismatch"),
    ],
)
def test_a_target_that_contradicts_is_refused(method: str, target: bytes, host: bytes | None, reason: str) -> None:
    """Its method, or the host."""
    with pytest.raises(HttpDecoderError) as caught:
        check_target(method, target, host)
    assert (reason, 400) == (caught.value.reason, caught.value.status)
