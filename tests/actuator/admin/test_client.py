"""RegistrationClient: the two requests that an admin server takes."""

from base64 import b64encode

import pytest
from pydantic import SecretStr

from pyboot.actuator.admin.client import RegistrationClient, RegistrationError, http_client
from pyboot.actuator.admin.properties import AdminClientProperties
from pyboot.actuator.admin.registration import Registration
from pyboot.components.netty import HttpClientError
from pyboot.netty.errors import UnknownBundleError
from tests.actuator.admin.admin_server import AdminServer, admin_server

REGISTRATION = Registration("greeter", "http://a/actuator", "http://a/actuator/health", None, {"startup": "now"})


def client_of(admin: AdminServer, **settings: object) -> RegistrationClient:
    """A client."""
    return RegistrationClient(http_client(AdminClientProperties.model_validate({"url": [admin.url], **settings}), {}))


async def test_an_instance_is_told_and_forgotten() -> None:
    """By the id that the server gives."""
    async with admin_server() as admin:
        client = client_of(admin)
        id = await client.register(f"{admin.url}/instances", REGISTRATION)
        assert REGISTRATION.facts() == admin.instances[id].registration
        await client.deregister(f"{admin.url}/instances", id)
        await client.deregister(f"{admin.url}/instances", id)  # it does not know it any more, and that is what is wanted
        await client.close()

    assert {} == admin.instances


async def test_who_we_are_is_said() -> None:
    """By basic authentication."""
    credentials = f"Basic {b64encode(b'ada:p:w').decode()}"
    async with admin_server(credentials=credentials) as admin:
        known, unknown = client_of(admin, username="ada", password=SecretStr("p:w")), client_of(admin)
        await known.register(f"{admin.url}/instances", REGISTRATION)
        with pytest.raises(RegistrationError, match="answers 401"):
            await unknown.register(f"{admin.url}/instances", REGISTRATION)
        with pytest.raises(RegistrationError, match="answers 401"):
            await unknown.deregister(f"{admin.url}/instances", "x")
        await known.close()
        await unknown.close()


@pytest.mark.parametrize("answer", [(200, b"<html>"), (201, b"{}"), (201, b"[]"), (200, b""), (302, b""), (500, b"")])
async def test_what_is_no_admin_server_is_told(answer: tuple[int, bytes]) -> None:
    """A page to log in, for instance, or a proxy."""
    async with admin_server(answers=[answer]) as admin:
        client = client_of(admin)
        with pytest.raises(RegistrationError, match=f"answers {answer[0]}"):
            await client.register(f"{admin.url}/instances", REGISTRATION)
        await client.close()


async def test_an_answer_without_end_is_not_read() -> None:
    """64 KiB are enough for an id."""
    async with admin_server(answers=[(201, b'{"id": "' + b"x" * 100_000 + b'"}')]) as admin:
        client = client_of(admin)
        with pytest.raises(HttpClientError):
            await client.register(f"{admin.url}/instances", REGISTRATION)
        await client.close()


def test_a_bundle_that_is_not_there_is_named() -> None:
    """With the setting's owner."""
    with pytest.raises(UnknownBundleError, match="ops"):
        http_client(AdminClientProperties(ssl_bundle="ops"), {})
