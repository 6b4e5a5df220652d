"""CORS: Netty's CorsHandlerTest in Python's terms."""

from typing import Any

import pytest

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.cors import CorsConfig, CorsHandler
from pyboot.components.netty.wire.http.message import (
    EMPTY_LAST_CONTENT,
    DefaultHttpContent,
    FullHttpRequest,
    FullHttpResponse,
    HttpRequest,
    HttpResponse,
)

A = "https://a.example"


def simple(config: CorsConfig, origin: str | None, **fields: Any) -> dict[str, str]:
    """The header fields of the response to a request that is no preflight."""
    channel = EmbeddedChannel(CorsHandler(config))
    asked = FullHttpRequest("GET", "/", headers={} if origin is None else {"Origin": origin})
    channel.write_inbound(asked)
    assert asked is channel.read_inbound()
    channel.write_outbound(FullHttpResponse(200, headers=fields))
    (response,) = channel.outbound_messages()
    return {name: ", ".join(response.headers.get_all(name)) for name in response.headers}


def preflight(*configs: CorsConfig, origin: str = A, **more: str) -> HttpResponse:
    """The answer to a preflight, which goes no further."""
    channel = EmbeddedChannel(CorsHandler(*configs))
    fields = {"Origin": origin, "Access-Control-Request-Method": "PUT", **more}
    channel.write_inbound(FullHttpRequest("OPTIONS", "/", headers=fields))
    assert channel.read_inbound() is None
    (response,) = channel.outbound_messages()
    assert isinstance(response, HttpResponse)
    return response


@pytest.mark.parametrize(
    ("config", "origin", "expected"),
    [
        (CorsConfig(), None, {}),
        (CorsConfig(), A, {"access-control-allow-origin": "*"}),
        (CorsConfig(), "null", {}),
        (CorsConfig(origins=(A,)), None, {"vary": "Origin"}),
        (CorsConfig(origins=(A,)), A, {"vary": "Origin", "access-control-allow-origin": A}),
        (CorsConfig(origins=(A,)), "https://b.example", {"vary": "Origin"}),
        (CorsConfig(origins=(A,)), A + ".evil.example", {"vary": "Origin"}),
        (CorsConfig(origins=(A,)), "https://evil.example/" + A, {"vary": "Origin"}),
        (CorsConfig(origins=(A,)), A.upper(), {"vary": "Origin"}),
        (CorsConfig(origins=(A,)), "null", {"vary": "Origin"}),
        (CorsConfig(allow_null_origin=True), "null", {"vary": "Origin", "access-control-allow-origin": "null"}),
        (
            CorsConfig(allow_credentials=True, exposed_headers=("X-One", "X-Two")),
            A,
            {
                "vary": "Origin",
                "access-control-allow-origin": A,
                "access-control-allow-credentials": "true",
                "access-control-expose-headers": "X-One, X-Two",
            },
        ),
    ],
)
def test_a_response_says_who_may_read_it(config: CorsConfig, origin: str | None, expected: dict[str, str]) -> None:
    """Origins are compared as a whole; with cookies the very origin is told, never all."""
    assert expected == simple(config, origin)


def test_vary_is_added_to() -> None:
    """And never replaced."""
    assert "Accept-Encoding, Origin" == simple(CorsConfig(origins=(A,)), A, Vary="Accept-Encoding")["vary"]
    assert "origin" == simple(CorsConfig(origins=(A,)), A, Vary="origin")["vary"]


def test_a_preflight_is_answered_here() -> None:
    """With all that was asked for, and no content."""
    config = CorsConfig(
        origins=(A,),
        allowed_methods=("PUT", "DELETE"),
        allowed_headers=("X-One",),
        max_age=600,
        allow_credentials=True,
        allow_private_network=True,
        preflight_headers={"X-More": "yes"},
    )
    response = preflight(config, **{"Access-Control-Request-Private-Network": "true"})
    assert (204, b"") == (response.status, getattr(response, "content", None))
    assert {
        "access-control-allow-origin": A,
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": "PUT, DELETE",
        "access-control-allow-headers": "X-One",
        "access-control-max-age": "600",
        "access-control-allow-private-network": "true",
        "x-more": "yes",
    } == {name: response.headers[name] for name in response.headers if name != "vary"}
    assert response.headers.contains_value("vary", "origin")


def test_a_preflight_of_a_stranger_gets_no_permission() -> None:
    """Which is an answer too: the browser goes no further."""
    response = preflight(CorsConfig(origins=(A,)), origin="https://b.example")
    assert (204, ["vary"]) == (response.status, response.headers.names())


def test_options_without_a_preflight_go_on() -> None:
    """They may be yours."""
    for fields in ({"Origin": A}, {"Access-Control-Request-Method": "PUT"}):
        channel = EmbeddedChannel(CorsHandler())
        channel.write_inbound(FullHttpRequest("OPTIONS", "/", headers=fields))
        assert isinstance(channel.read_inbound(), FullHttpRequest)


def test_the_first_rules_that_allow_an_origin_hold() -> None:
    """Those for one in particular, and the rest."""
    configs = (CorsConfig(origins=(A,), max_age=1), CorsConfig(max_age=2))
    assert ["1", "2"] == [preflight(*configs, origin=origin).headers["access-control-max-age"] for origin in (A, "https://b.example")]


def test_strangers_are_refused_where_that_is_wanted() -> None:
    """With all of their content; the next request goes on."""
    channel = EmbeddedChannel(CorsHandler(CorsConfig(origins=(A,), short_circuit=True)))
    channel.write_inbound(HttpRequest("POST", "/", {"Origin": "https://b.example"}), DefaultHttpContent(b"1"), EMPTY_LAST_CONTENT)
    assert channel.read_inbound() is None
    assert [403] == [response.status for response in channel.outbound_messages()]
    channel.write_inbound(HttpRequest("POST", "/", {"Origin": A}), EMPTY_LAST_CONTENT, FullHttpRequest("GET", "/"))
    assert [HttpRequest, type(EMPTY_LAST_CONTENT), FullHttpRequest] == [type(channel.read_inbound()) for _ in range(3)]


def test_a_response_that_others_share_is_left_alone() -> None:
    """Its header fields are copied."""
    channel = EmbeddedChannel(CorsHandler(CorsConfig(origins=(A,))))
    response = FullHttpResponse(200, headers={"X": "y"})
    shared = response.headers
    channel.write_inbound(FullHttpRequest("GET", "/", headers={"Origin": A}))
    channel.write_outbound(response)
    assert [("X", "y")] == shared.items()


@pytest.mark.parametrize(
    "origins", [(), ("*", A), ("a.example",), (A + "/",), ("https://",), ("HTTPS://a.example",), ("https://*.a.example",)]
)
def test_origins_that_would_never_match_are_refused(origins: tuple[str, ...]) -> None:
    """A browser sends a scheme, a host and maybe a port."""
    with pytest.raises(ValueError, match="CORS"):
        CorsConfig(origins=origins)
