"""RegistrationClient: the two requests that an admin server takes. Source: Spring Boot Admin's ``RestClientRegistrationClient``."""

from base64 import b64encode
from collections.abc import Mapping
from typing import Final, final

from pyboot.components.netty import HttpClient
from pyboot.netty.bundles import BundleProperties
from pyboot.netty.http_client.definitions import new_http_client
from pyboot.netty.http_client.properties import (
    HttpClientProperties,
    HttpClientTlsProperties,
    HttpLimitsProperties,
    HttpTimeoutsProperties,
)

from .properties import AdminClientProperties
from .registration import Registration

_MAX_ANSWER_BYTES: Final = 64 * 1024


class RegistrationError(Exception):
    """An admin server does not take a registration, for a reason that it tells."""


@final
class RegistrationClient:
    """Tells admin servers over *http*, which belongs to it."""

    def __init__(self, http: HttpClient) -> None:
        """Take a client that follows no redirects: one to a page for people to log in would count as taken."""
        self._http = http

    async def register(self, target: str, registration: Registration) -> str:
        """Tell the server that takes instances at *target*; return the id that it knows the application by.

        Raises:
            RegistrationError: it answers with something else.
            HttpClientError: it does not answer.
        """
        response = await self._http.post(target, json=registration.facts())
        if not response.is_success:
            raise RegistrationError(f"{target} answers {response.status}")
        try:
            answer = await response.json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not answer.get("id"):
            raise RegistrationError(f"{target} answers {response.status} without an id: is that an admin server?")
        return str(answer["id"])

    async def deregister(self, target: str, id: str) -> None:
        """Have the server that takes instances at *target* forget *id*; one that does not know it has done so.

        Raises as `register` does.
        """
        response = await self._http.delete(f"{target}/{id}")
        if not response.is_success and response.status != 404:
            raise RegistrationError(f"{target}/{id} answers {response.status}")

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()


def http_client(settings: AdminClientProperties, bundles: Mapping[str, BundleProperties]) -> HttpClient:
    """Return the client that *settings* describe.

    Raises:
        UnknownBundleError: its bundle is not there.
        BundleError: the files of that are of no use.
    """
    headers = {"accept": "application/json"}
    if settings.username is not None and settings.password is not None:
        said = f"{settings.username}:{settings.password.get_secret_value()}".encode()
        headers["authorization"] = f"Basic {b64encode(said).decode()}"
    connect, read = settings.connect_timeout, settings.read_timeout
    described = HttpClientProperties(
        headers=headers,
        follow_redirects=False,
        timeouts=HttpTimeoutsProperties(connect=connect, acquire=connect, response=read, read=read, total=connect + read),
        limits=HttpLimitsProperties(max_content=_MAX_ANSWER_BYTES),
        tls=HttpClientTlsProperties(bundle=settings.ssl_bundle),
    )
    return new_http_client("management.admin.client", described, bundles)
