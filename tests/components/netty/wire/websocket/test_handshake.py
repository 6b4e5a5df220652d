"""The opening handshake of both roles."""

import contextlib
import random

import pytest

from pyboot.components.netty.wire.websocket.deflate import Agreement, DeflateOptions
from pyboot.components.netty.wire.websocket.errors import WebSocketHandshakeError
from pyboot.components.netty.wire.websocket.handshake import Accepted, ClientHandshake, accept, accept_key, asks_for_websocket

type Pairs = list[tuple[str, str]]

REQUEST: Pairs = [  # RFC 6455, 1.2
    ("Host", "server.example.com"),
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ("Origin", "http://example.com"),
    ("Sec-WebSocket-Protocol", "chat, superchat"),
    ("Sec-WebSocket-Version", "13"),
]
ANSWER = (
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
)


def request(**changes: str | None) -> Pairs:
    """The request with other values of *changes*, whose names have underscores; without those that are None."""
    named = {name.replace("_", "-").lower(): value for name, value in changes.items()}
    kept = [(name, named.pop(name.lower(), value)) for name, value in REQUEST]
    return [(name, value) for name, value in [*kept, *named.items()] if value is not None]


def test_the_key_of_the_specification_is_answered() -> None:
    """RFC 6455, 1.3."""
    assert "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" == accept_key("dGhlIHNhbXBsZSBub25jZQ==")


def test_the_request_of_the_specification_is_accepted() -> None:
    """RFC 6455, 1.3; the subprotocol that the server likes best of those asked for."""
    assert Accepted((*ANSWER, ("Sec-WebSocket-Protocol", "superchat")), "superchat", None) == accept(
        "GET", "HTTP/1.1", REQUEST, subprotocols=["v2.chat", "superchat", "chat"]
    )
    assert Accepted(ANSWER, None, None) == accept("GET", "HTTP/1.1", REQUEST, subprotocols=["v2.chat"])
    assert Accepted(ANSWER, None, None) == accept("GET", "HTTP/1.1", REQUEST)


@pytest.mark.parametrize(
    "headers",
    [
        request(upgrade="WebSocket", connection="keep-alive, Upgrade"),  # as Firefox says it
        request(connection="UPGRADE"),
        [(name.upper(), value) for name, value in REQUEST],
        [*request(connection="keep-alive"), ("connection", "upgrade")],
        request(sec_websocket_protocol=None, origin=None),
        request(upgrade="h2c, websocket"),
    ],
)
def test_forms_that_mean_the_same_are_accepted(headers: Pairs) -> None:
    """Names and tokens in any case, lists over several lines."""
    assert ANSWER == accept("GET", "HTTP/1.1", headers).headers


@pytest.mark.parametrize(
    ("method", "version", "headers", "status", "seen"),
    [
        ("POST", "HTTP/1.1", REQUEST, 405, "method POST"),
        ("get", "HTTP/1.1", REQUEST, 405, "method get"),
        ("GET", "HTTP/1.0", REQUEST, 505, "HTTP/1.0, must be"),
        ("GET", "HTTP/2", REQUEST, 505, "HTTP/2, must be"),
        ("GET", "HTTP/1.1", request(upgrade=None), 426, "no Upgrade"),
        ("GET", "HTTP/1.1", request(upgrade="h2c"), 426, "no Upgrade"),
        ("GET", "HTTP/1.1", request(connection=None), 400, "no Connection"),
        ("GET", "HTTP/1.1", request(connection="keep-alive"), 400, "no Connection"),
        ("GET", "HTTP/1.1", request(host=None), 400, "no Host"),
        ("GET", "HTTP/1.1", request(sec_websocket_version=None), 426, "Sec-WebSocket-Version None"),
        ("GET", "HTTP/1.1", request(sec_websocket_version="8"), 426, "Sec-WebSocket-Version 8"),
        ("GET", "HTTP/1.1", request(sec_websocket_version="13, 8"), 426, "Sec-WebSocket-Version 13, 8"),
        ("GET", "HTTP/1.1", request(sec_websocket_version="013"), 426, "Sec-WebSocket-Version 013"),
        ("GET", "HTTP/1.1", request(sec_websocket_key=None), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", request(sec_websocket_key=""), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", request(sec_websocket_key="dGhlIHNhbXBsZSBub25j"), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", request(sec_websocket_key="dGhlIHNhbXBsZSBub25jZQ="), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", request(sec_websocket_key="dGhlIHNhb XBsZSBub25jZQ=="), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", request(sec_websocket_key="é" * 24), 400, "Sec-WebSocket-Key"),
        ("GET", "HTTP/1.1", [*REQUEST, ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==")], 400, "sec-websocket-key 2 times"),
        ("GET", "HTTP/1.1", [*REQUEST, ("sec-websocket-version", "13")], 400, "sec-websocket-version 2 times"),
        ("GET", "HTTP/1.1", [*REQUEST, ("Origin", "http://other")], 400, "origin 2 times"),
        ("GET", "HTTP/1.1", [*REQUEST, ("Host", "other")], 400, "host 2 times"),
        ("GET", "HTTP/1.1", request(sec_websocket_protocol="a b"), 400, "sec-websocket-protocol"),
        ("GET", "HTTP/1.1", request(sec_websocket_extensions="a b"), 400, "sec-websocket-extensions"),
    ],
)
def test_other_requests_are_refused(method: str, version: str, headers: Pairs, status: int, seen: str) -> None:
    """RFC 6455, 4.2.1, each with the status that tells why."""
    with pytest.raises(WebSocketHandshakeError, match=seen) as caught:
        accept(method, version, headers, subprotocols=["chat"], deflate=DeflateOptions())
    assert status == caught.value.status


def test_a_refused_version_is_told_the_right_one() -> None:
    """RFC 6455, 4.4."""
    with pytest.raises(WebSocketHandshakeError) as caught:
        accept("GET", "HTTP/1.1", request(sec_websocket_version="25"))

    assert ("Sec-WebSocket-Version", "13") in caught.value.headers


@pytest.mark.parametrize(
    ("origins", "changes", "is_accepted"),
    [
        (None, {}, True),  # another page, which brings nothing that it could abuse
        (None, {"cookie": "session=1"}, False),
        (None, {"authorization": "Basic eA=="}, False),
        (None, {"cookie": "session=1", "origin": "http://server.example.com"}, True),
        (None, {"cookie": "session=1", "origin": "http://server.example.com:80"}, True),
        (None, {"cookie": "session=1", "origin": "http://SERVER.example.com", "host": "server.EXAMPLE.com"}, True),
        (None, {"cookie": "session=1", "origin": "http://server.example.com:81"}, False),
        (None, {"cookie": "session=1", "origin": "https://server.example.com:8443", "host": "server.example.com:8443"}, True),
        (None, {"cookie": "session=1", "origin": "http://server.example.com.evil.com"}, False),
        (None, {"cookie": "session=1", "origin": "null"}, False),
        (None, {"cookie": "session=1", "origin": "http://[::1"}, False),
        (None, {"cookie": "session=1", "origin": "http://server.example.com:x"}, False),
        (None, {"cookie": "session=1", "origin": None}, True),  # no browser
        (["http://example.com"], {}, True),
        (["http://example.com"], {"origin": "HTTP://EXAMPLE.COM"}, True),
        (["http://example.com"], {"origin": "https://example.com"}, False),
        (["http://example.com"], {"origin": "http://example.com.evil"}, False),
        (["http://example.com"], {"origin": None}, False),
        (["*"], {"cookie": "session=1", "origin": "null"}, True),
        ([], {}, False),
    ],
)
def test_only_pages_that_may_connect_do(origins: list[str] | None, changes: dict[str, str | None], is_accepted: bool) -> None:
    """RFC 6455, 10.2: a browser connects for any page, and sends the user's cookies along."""
    try:
        accept("GET", "HTTP/1.1", request(**changes), origins=origins)
        refused = None
    except WebSocketHandshakeError as error:
        refused = error.status
    assert (None if is_accepted else 403) == refused


def test_compression_is_agreed_upon_if_it_is_wanted() -> None:
    """And is no error where it is not."""
    headers = request(sec_websocket_extensions="permessage-deflate; client_max_window_bits")

    assert accept("GET", "HTTP/1.1", headers).deflate is None
    accepted = accept("GET", "HTTP/1.1", headers, deflate=DeflateOptions())
    assert Agreement(12, 12) == accepted.deflate
    assert ("Sec-WebSocket-Extensions", "permessage-deflate; server_max_window_bits=12; client_max_window_bits=12") == accepted.headers[-1]


def test_a_request_that_asks_is_known() -> None:
    """All others are plain HTTP."""
    assert asks_for_websocket(REQUEST)
    assert asks_for_websocket([("UPGRADE", "WebSocket")])
    assert not asks_for_websocket([("Upgrade", "h2c"), ("X-Upgrade", "websocket")])


KEY = b"the sample nonce"


def client(url: str = "ws://server.example.com/chat", **options: object) -> ClientHandshake:
    return ClientHandshake(url, key=KEY, **options)  # type: ignore[arg-type]  # whatever a test asks for


def test_a_client_asks_as_the_specification_shows() -> None:
    """RFC 6455, 1.2."""
    handshake = client(subprotocols=["chat", "superchat"], origin="http://example.com")

    assert "/chat" == handshake.target
    assert sorted(REQUEST) == sorted(handshake.headers())
    assert ("Host", "server.example.com") == handshake.headers()[0]


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("ws://example.com", "example.com", "/"),
        ("ws://example.com:80/a?b=c", "example.com", "/a?b=c"),
        ("wss://example.com:80", "example.com:80", "/"),
        ("wss://example.com:443/", "example.com", "/"),
        ("ws://user:secret@example.com:8080?q", "example.com:8080", "/?q"),
        ("ws://[::1]:9000/x", "[::1]:9000", "/x"),
    ],
)
def test_a_client_names_host_and_target(url: str, host: str, target: str) -> None:
    """The default port of the scheme goes without saying (RFC 6455, 4.1)."""
    assert (host, target) == (client(url).host, client(url).target)


@pytest.mark.parametrize("url", ["http://example.com", "example.com", "ws://", "ws:///a", "ws://example.com/#a", ""])
def test_a_url_of_something_else_is_refused(url: str) -> None:
    """RFC 6455, 3."""
    with pytest.raises(ValueError, match="allowed is ws://"):
        client(url)


@pytest.mark.parametrize("subprotocol", ["", "a b", "a,b", "a\r\nX: y"])
def test_a_subprotocol_is_a_token(subprotocol: str) -> None:
    """Anything else could end its line."""
    with pytest.raises(ValueError, match="is no token"):
        client(subprotocols=[subprotocol])


def test_a_client_takes_the_answer_of_the_specification() -> None:
    """With the subprotocol that was chosen."""
    answer = (*ANSWER, ("Sec-WebSocket-Protocol", "chat"))

    assert Accepted(answer, "chat", None) == client(subprotocols=["chat", "superchat"]).check(101, answer)
    assert Accepted(ANSWER, None, None) == client(subprotocols=["chat"]).check(101, ANSWER)


@pytest.mark.parametrize(
    ("status", "answer", "seen"),
    [
        (200, ANSWER, "status 200"),
        (403, (), "status 403"),
        (101, ANSWER[1:], "no Upgrade"),
        (101, (*ANSWER[1:], ("Upgrade", "h2c")), "no Upgrade"),
        (101, (*ANSWER, ("Upgrade", "h2c")), "no Upgrade"),
        (101, (ANSWER[0], ANSWER[2]), "no Connection"),
        (101, ANSWER[:2], "does not answer our key"),
        (101, (*ANSWER[:2], ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOO=")), "does not answer our key"),
        (101, (*ANSWER, ANSWER[2]), "sec-websocket-accept 2 times"),
        (101, (*ANSWER, ("Sec-WebSocket-Protocol", "other")), "subprotocol 'other'"),
        (101, (*ANSWER, ("Sec-WebSocket-Extensions", "permessage-deflate")), "extension permessage-deflate, none"),
        (101, (*ANSWER, ("Sec-WebSocket-Extensions", "a b")), "no end"),
    ],
)
def test_a_client_refuses_other_answers(status: int, answer: tuple[tuple[str, str], ...], seen: str) -> None:
    """RFC 6455, 4.1; the error has the answer, for whoever follows a redirect or shows why."""
    with pytest.raises(WebSocketHandshakeError, match=seen) as caught:
        client(subprotocols=["chat"]).check(status, answer)
    assert (status, answer) == (caught.value.status, caught.value.headers)


def test_a_client_refuses_compression_that_it_did_not_offer() -> None:
    """RFC 7692, 7.1."""
    handshake = client(deflate=DeflateOptions(server_window_bits=10))
    with pytest.raises(WebSocketHandshakeError, match="offered was at most 10"):
        handshake.check(101, (*ANSWER, ("Sec-WebSocket-Extensions", "permessage-deflate")))

    assert handshake.check(101, ANSWER).deflate is None


def test_each_client_has_a_key_of_its_own() -> None:
    """RFC 6455, 4.1: 16 random bytes."""
    keys = {dict(ClientHandshake("ws://a").headers())["Sec-WebSocket-Key"] for _ in range(50)}

    assert 50 == len(keys)


@pytest.mark.parametrize("seed", range(30))
def test_both_roles_understand_each_other(seed: int) -> None:
    """Whatever each of them wants."""
    chance = random.Random(seed)

    def wish() -> DeflateOptions | None:
        bits = chance.randrange(8, 16), chance.randrange(8, 16)
        return chance.choice([None, DeflateOptions(*bits, chance.random() < 0.5, chance.random() < 0.5)])

    protocols = ["a", "b", "c"]
    handshake = ClientHandshake("ws://a/b", subprotocols=chance.sample(protocols, chance.randrange(4)), deflate=wish())
    accepted = accept("GET", "HTTP/1.1", handshake.headers(), subprotocols=chance.sample(protocols, chance.randrange(4)), deflate=wish())
    checked = handshake.check(101, accepted.headers)

    assert (accepted.subprotocol, accepted.deflate) == (checked.subprotocol, checked.deflate)


@pytest.mark.parametrize("seed", range(10))
def test_any_headers_are_accepted_or_refused(seed: int) -> None:
    """No other error comes of them."""
    chance = random.Random(seed)
    names = [name for name, _ in REQUEST] + ["Sec-WebSocket-Extensions", "Cookie"]
    values = [value for _, value in REQUEST] + ["", " ", "\x00", "é", '"', "permessage-deflate;", "a;b=c", "://", "http://[", "\ud800"]
    for _ in range(300):
        headers = [*REQUEST, *((chance.choice(names), chance.choice(values)) for _ in range(chance.randrange(4)))]
        chance.shuffle(headers)
        del headers[: chance.randrange(3)]
        with contextlib.suppress(WebSocketHandshakeError):
            accept("GET", "HTTP/1.1", headers)
        with contextlib.suppress(WebSocketHandshakeError):
            accept("GET", "HTTP/1.1", headers, subprotocols=["chat"], origins=["http://example.com"], deflate=DeflateOptions())
        with contextlib.suppress(WebSocketHandshakeError):
            client(deflate=DeflateOptions()).check(101, headers)
