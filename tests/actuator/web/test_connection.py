"""Connection: what answers a client of the management server, made when the first one is there."""

from typing import Any

import pytest

from pyboot.actuator.meters.registry import MeterRegistry
from pyboot.actuator.properties import CorsProperties, EndpointsProperties, ManagementServerProperties, WebEndpointsProperties
from pyboot.actuator.web.connection import handlers
from pyboot.actuator.workers.fleet import Fleet
from pyboot.boot import start
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty import EmbeddedChannel
from tests.actuator.management_client import application

SERVER, ENDPOINTS = ManagementServerProperties(), EndpointsProperties()


def alone() -> Fleet:
    """A process without siblings, whose servers nobody asks for."""
    servers: Any = None
    return Fleet(MeterRegistry(), servers)


def answered(*fields: str, endpoints: EndpointsProperties = ENDPOINTS, is_owners: bool = False) -> bytes:
    """What a connection answers to somebody who asks for the list of links with the header *fields*."""
    channel = EmbeddedChannel(*handlers(SERVER, endpoints, (), alone(), is_owners)())
    channel.write_inbound("\r\n".join(("GET /actuator HTTP/1.1", *fields, "", "")).encode())
    said = channel.outbound_bytes()
    channel.finish()
    return said


def test_who_comes_over_the_network_is_judged() -> None:
    """By the guard."""
    assert answered("Host: localhost").startswith(b"HTTP/1.1 200 ")
    assert answered("Host: evil.example").startswith(b"HTTP/1.1 403 ")


def test_the_owner_is_not() -> None:
    """Whatever it calls the server."""
    assert answered("Host: evil.example", is_owners=True).startswith(b"HTTP/1.1 200 ")


def test_each_connection_has_handlers_of_its_own() -> None:
    """None of them is shared."""
    make = handlers(SERVER, ENDPOINTS, (), alone(), False)
    first, second = list(make()), list(make())

    assert [type(each) for each in first] == [type(each) for each in second]
    assert not set(map(id, first)) & set(map(id, second))


def test_other_sites_are_told_whether_they_may() -> None:
    """Where settings name them."""
    allowing = EndpointsProperties(web=WebEndpointsProperties(cors=CorsProperties(allowed_origins=["https://ops.example"])))
    field = b"access-control-allow-origin: https://ops.example"

    assert field in answered("Host: localhost", "Origin: https://ops.example", endpoints=allowing).lower()
    assert field not in answered("Host: localhost", "Origin: https://ops.example").lower()


async def test_an_origin_that_is_none_stops_the_start() -> None:
    """Although nobody has connected yet."""
    properties = {"management.server.port": 0, "management.endpoints.web.cors.allowed-origins": "ops.example/path"}
    with pytest.raises(LifecycleError, match="CORS origin"):
        async with start(application(), properties=properties):
            pass
