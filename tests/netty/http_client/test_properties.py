"""The settings of clients of HTTP."""

import pytest
from pydantic import ValidationError

from pyboot.components.netty import HttpDecoderConfig, HttpLimits, HttpTimeouts
from pyboot.netty.http_client.properties import HttpClientProperties, HttpClientsProperties, HttpLimitsProperties, HttpTimeoutsProperties


def test_defaults_are_those_of_the_client_itself() -> None:
    """One place says what is usual; a setting that is not made changes nothing."""
    times, limits = HttpTimeoutsProperties(), HttpLimitsProperties()
    own, of_client, of_decoder = HttpTimeouts(), HttpLimits(), HttpDecoderConfig()
    assert [own.connect, own.acquire, own.response, own.read, own.total or 0.0] == [
        getattr(times, name).total_seconds() for name in ("connect", "acquire", "response", "read", "total")
    ]
    assert of_client.idle_seconds == limits.idle.total_seconds()
    assert of_client.max_content_bytes == limits.max_content
    for name in ("max_connections", "max_connections_per_host", "max_ratio", "max_redirects", "max_retries"):
        assert getattr(of_client, name) == getattr(limits, name), name
    for name in ("max_initial_line", "max_header_line", "max_headers", "max_header_fields"):
        assert getattr(of_decoder, name) == getattr(limits, name), name


@pytest.mark.parametrize(
    "wrong",
    [
        {"base-url": "ftp://there"},
        {"base-url": "there"},
        {"proxy": "https://proxy:3128"},
        {"timeouts": {"read": "-1s"}},
        {"limits": {"max_connections": 0}},
        {"tls": {"bundle": ""}},
        {"nothing": 1},
    ],
    ids=str,
)
def test_what_is_no_setting_of_a_client_is_refused(wrong: dict[str, object]) -> None:
    """When it is read, and not with the first request."""
    with pytest.raises(ValidationError):
        HttpClientProperties.model_validate({name.replace("-", "_"): value for name, value in wrong.items()})


def test_clients_have_names() -> None:
    """As many as there are."""
    clients = HttpClientsProperties.model_validate({"shop": {"base_url": "http://shop"}, "mail": {}}).root
    assert ["http://shop", None] == [each.base_url for each in clients.values()]
