"""HttpAltSvcHandler: what clients of TCP are told, and what is left as it is."""

from typing import Any

import pytest

from pyboot.components.netty import EmbeddedChannel, FullHttpResponse, HttpAltSvcHandler


class Placed(EmbeddedChannel):
    """A channel that clients came to on port 8443."""

    def local_address(self) -> Any:
        return ("127.0.0.1", 8443)


def told(handler: HttpAltSvcHandler, response: FullHttpResponse) -> str | None:
    """The field that *response* leaves with."""
    channel = Placed(handler)
    channel.write_outbound(response)
    written = channel.read_outbound()
    assert isinstance(written, FullHttpResponse)
    value: str | None = written.headers.get("alt-svc")
    return value


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        (HttpAltSvcHandler(), 'h3=":8443"; ma=86400'),
        (HttpAltSvcHandler(443, 60), 'h3=":443"; ma=60'),
    ],
)
def test_responses_say_where_http_3_is(handler: HttpAltSvcHandler, value: str) -> None:
    """At the port of the connection, or at the one that is said."""
    assert value == told(handler, FullHttpResponse(200))


def test_what_a_response_says_itself_stays() -> None:
    """It may be of another place."""
    assert "clear" == told(HttpAltSvcHandler(), FullHttpResponse(200, b"", {"alt-svc": "clear"}))


def test_an_interim_response_says_nothing() -> None:
    """The one behind it does."""
    assert None is told(HttpAltSvcHandler(), FullHttpResponse(103))


@pytest.mark.parametrize("wrong", [{"port": 0}, {"port": 65536}, {"age_seconds": -1}])
def test_what_nobody_could_mean_is_refused(wrong: dict[str, int]) -> None:
    """When it is made."""
    with pytest.raises(ValueError, match="allowed is"):
        HttpAltSvcHandler(**wrong)
