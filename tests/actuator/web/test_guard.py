"""Guard: who may ask, and from where."""

from base64 import b64encode
from typing import Any

import pytest
from pydantic import SecretStr

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.invocation import Principal
from pyboot.actuator.properties import AuthProperties, ManagementServerProperties, UserProperties
from pyboot.actuator.web.guard import OWNER, Guard, Trusting
from pyboot.actuator.web.refusal import RefusedRequestError
from pyboot.components.netty.wire.http.headers import HttpHeaders

OPEN = ManagementServerProperties()
USERS = {
    "ada": UserProperties(password=SecretStr("pass:word"), roles=["admin"]),
    "eve": UserProperties(token=SecretStr("t0ken"), roles=["reader"]),
}
CLOSED = ManagementServerProperties(auth=AuthProperties(users=USERS))


def headers(**fields: str) -> HttpHeaders:
    """Header fields of a request."""
    return HttpHeaders({name.replace("_", "-"): value for name, value in ({"host": "localhost:8081"} | fields).items()})


def status(settings: ManagementServerProperties = OPEN, method: str = "GET", origins: tuple[str, ...] = (), **fields: str) -> int:
    """What is answered to somebody who comes so."""
    try:
        Guard(settings, origins).admit(method, headers(**fields), "http")
    except RefusedRequestError as refusal:
        return refusal.status
    return 200


def basic(name: str, password: str) -> str:
    """What a browser says."""
    return "Basic " + b64encode(f"{name}:{password}".encode()).decode()


@pytest.mark.parametrize(
    ("address", "host", "expected"),
    [
        ("127.0.0.1", "localhost", 200),
        ("127.0.0.1", "localhost:8081", 200),
        ("127.0.0.1", "127.0.0.1:8081", 200),
        ("127.0.0.1", "[::1]:8081", 200),
        ("127.0.0.1", "", 200),
        ("127.0.0.1", "evil.example", 403),
        ("127.0.0.1", "evil.example:8081", 403),
        ("127.0.0.1", "10.0.0.1", 403),
        ("127.0.0.1", "localhost.evil.example", 403),
        ("127.0.0.1", "ops.example", 200),
        ("0.0.0.0", "10.0.0.1:8081", 200),
        ("0.0.0.0", "[fe80::1]:8081", 200),
        ("0.0.0.0", "pod.svc.cluster.local", 403),
        ("app.example", "app.example:8081", 200),
        ("127.0.0.1", "a:b:c", 403),
        ("127.0.0.1", "[", 403),
    ],
)
def test_a_foreign_name_is_refused(address: str, host: str, expected: int) -> None:
    """That is what DNS rebinding comes with."""
    settings = ManagementServerProperties(address=address, allowed_hosts=["OPS.example"])

    assert expected == status(settings, host=host)


def test_who_has_said_who_it_is_may_use_any_name() -> None:
    """A page that rebinds has no credentials."""
    assert 403 == status(CLOSED, host="app.example")
    assert 200 == status(CLOSED, host="app.example", authorization="Bearer t0ken")


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, 200),
        ({"origin": "http://localhost:8081"}, 200),
        ({"origin": "https://localhost:8081"}, 403),
        ({"origin": "http://localhost"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "https://ops.example"}, 200),
        ({"sec_fetch_site": "cross-site"}, 403),
        ({"sec_fetch_site": "same-site"}, 403),
        ({"sec_fetch_site": "same-origin"}, 200),
        ({"sec_fetch_site": "none"}, 200),
        ({"origin": "http://localhost:8081", "sec_fetch_site": "cross-site"}, 403),
        ({"origin": "https://localhost:8081", "sec_fetch_site": "same-origin"}, 200),
    ],
)
def test_a_page_of_another_site_does_not_write(fields: dict[str, Any], expected: int) -> None:
    """It may read, which the browser keeps from it; programs say no origin."""
    assert expected == status(method="POST", origins=("https://ops.example",), **fields)
    assert expected == status(method="DELETE", origins=("https://ops.example",), **fields)
    assert 200 == status(method="GET", **fields)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        (basic("ada", "pass:word"), "ada"),
        (basic("ada", "pass:word").replace("Basic", "basic"), "ada"),
        ("Bearer t0ken", "eve"),
        ("bearer  t0ken ", "eve"),
        (basic("ada", "wrong"), None),
        (basic("ada", ""), None),
        (basic("eve", "t0ken"), None),
        (basic("", ""), None),
        ("Bearer pass:word", None),
        ("Bearer ada:pass:word", None),
        ("Bearer", None),
        ("Bearer ", None),
        ("Basic !!!", None),
        ("Basic /w==", None),
        ("", None),
        ("Digest x", None),
    ],
)
def test_credentials_are_somebodys_or_refused(said: str, name: str | None) -> None:
    """Everywhere, also where nobody has to say who asks."""
    if name is None:
        assert 401 == status(CLOSED, authorization=said)
    else:
        principal = Guard(CLOSED).admit("GET", headers(authorization=said), "http")
        assert principal is not None
        assert name == principal.name


def test_who_guesses_is_not_heard_for_a_while() -> None:
    """Not even with what is right, or it would be told; others are, and who says nothing may read what is for everybody."""
    guard = Guard(ManagementServerProperties(auth=AuthProperties(users=USERS, max_failures=2)))

    def asked(remote: str, **fields: str) -> int:
        try:
            guard.admit("GET", headers(**fields), "http", remote)
        except RefusedRequestError as refusal:
            return refusal.status
        return 200

    guessed = [asked("10.0.0.1:1", authorization=f"Bearer {word}") for word in ("a", "b", "c", "t0ken")]

    assert [401, 401, 429, 429] == guessed
    assert 200 == asked("10.0.0.2:1", authorization="Bearer t0ken")
    assert 200 == asked("10.0.0.1:1")


def test_credentials_that_nobody_asks_for_are_passed_over() -> None:
    """A proxy may add some."""
    assert 200 == status(authorization="Bearer x")


@pytest.mark.parametrize(
    ("principal", "endpoint", "kind", "expected"),
    [
        (None, "health", OperationKind.READ, 200),
        (None, "health", OperationKind.WRITE, 401),
        (None, "env", OperationKind.READ, 401),
        (None, None, OperationKind.READ, 401),
        (Principal("eve", frozenset({"reader"})), "env", OperationKind.READ, 200),
        (Principal("eve", frozenset({"reader"})), None, OperationKind.READ, 200),
        (Principal("eve", frozenset({"reader"})), "loggers", OperationKind.WRITE, 403),
        (Principal("eve", frozenset({"reader"})), "channels", OperationKind.DELETE, 403),
        (Principal("ada", frozenset({"admin"})), "loggers", OperationKind.WRITE, 200),
    ],
)
def test_where_there_are_users_everything_but_health_takes_one(
    principal: Principal | None, endpoint: str | None, kind: OperationKind, expected: int
) -> None:
    """And to write takes a role."""
    guard = Guard(CLOSED)
    if expected == 200:
        guard.check(principal, endpoint, kind)
        return
    with pytest.raises(RefusedRequestError) as caught:
        guard.check(principal, endpoint, kind)
    assert expected == caught.value.status
    assert (401 == expected) == ("www-authenticate" in caught.value.headers)


def test_where_there_are_none_everybody_may() -> None:
    """Who reaches the server is on this machine, or was let through."""
    Guard(OPEN).check(None, "loggers", OperationKind.WRITE)
    assert Guard(OPEN).is_authorized(None)
    assert not Guard(CLOSED).is_authorized(None)
    assert Guard(CLOSED).is_authorized(Principal("eve"))


def test_the_owner_may_everything() -> None:
    """Over the Unix socket."""
    guard = Trusting()

    guard.check(guard.admit("POST", headers(host="x"), "http"), "loggers", OperationKind.WRITE)
    assert guard.is_authorized(OWNER)
    assert OWNER == guard.admit("GET", headers(), "http")
