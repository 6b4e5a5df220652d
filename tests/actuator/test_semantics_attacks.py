"""What somebody tries who has no business here, byte for byte: names that lead elsewhere, other sites, two heads, credentials, secrets."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from pyboot.actuator import Health, HealthIndicator, ManagementServer
from pyboot.actuator.definitions import BUILT_IN
from pyboot.actuator.properties import AuthProperties
from pyboot.boot import Component, ConfigurationProperties
from tests.actuator.management_client import managed

USER = {"management.server.auth.users.ada.token": "t0ken", "management.server.auth.users.ada.roles": "admin"}
READER = {"management.server.auth.users.eve.token": "t0ken"}


async def answered(request: bytes, **properties: Any) -> bytes:
    """The status that a connection is answered with, of an application that everything is exposed of."""
    async with managed(properties=properties) as (_, context):
        reader, writer = await asyncio.open_connection(*context.get(ManagementServer).address)
        writer.write(request)
        async with asyncio.timeout(10):
            head = await reader.readline()
        writer.close()
    return head.split()[1]


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", b"200"),
        ("127.0.0.1:8081", b"200"),
        ("[::1]", b"200"),
        ("evil.example", b"403"),
        ("127.0.0.1.evil.example", b"403"),
        ("localhost.evil.example", b"403"),
        ("0.0.0.0", b"403"),  # leads to this machine, too
        ("127.1", b"403"),  # as 2130706433 and 0x7f.1: no browser says these, since it writes addresses in full
        ("2130706433", b"403"),
        ("evil.example@127.0.0.1", b"400"),
        ("[::1]evil.example", b"400"),
        ("localhost:evil.example", b"400"),
        ("127.0.0.1\r\nHost: evil.example", b"400"),
        ("", b"400"),
    ],
)
async def test_a_name_that_leads_here_is_not_a_name_of_ours(host: str, expected: bytes) -> None:
    """A page may have its own name lead to 127.0.0.1; the browser still says that name."""
    assert expected == await answered(f"GET /actuator/env HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())


async def test_a_target_does_not_say_another_host_than_the_field() -> None:
    """Of the two a proxy believes one and a server the other."""
    assert b"400" == await answered(b"GET http://evil.example/actuator/env HTTP/1.1\r\nHost: localhost\r\n\r\n")


@pytest.mark.parametrize(
    "fields",
    [
        "Origin: https://evil.example",
        "Origin: null",
        "Sec-Fetch-Site: cross-site",
        "Sec-Fetch-Site: same-site",  # another port of this machine
        "Origin: http://localhost:3000",
    ],
)
@pytest.mark.parametrize("target", ["POST /actuator/loggers/a", "DELETE /actuator/handlers/1", "POST /actuator/startup"])
async def test_a_page_of_another_site_does_not_write(target: str, fields: str) -> None:
    """Neither with content nor without."""
    assert b"403" == await answered(f"{target} HTTP/1.1\r\nHost: localhost:8081\r\n{fields}\r\n\r\n".encode())


async def test_what_a_form_can_send_is_no_write() -> None:
    """By an old browser, which says nothing of where it comes from."""
    assert b"415" == await answered(
        b"POST /actuator/loggers/a HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}"
    )


@pytest.mark.parametrize(
    ("request_head", "properties", "expected"),
    [
        ("GET /actuator/env HTTP/1.1\r\nAuthorization: Bearer t0ken", USER, b"200"),
        ("GET /actuator/env HTTP/1.1", USER, b"401"),
        ("GET /actuator/env HTTP/1.1\r\nAuthorization: Bearer t0ke", USER, b"401"),
        ("GET /actuator/env HTTP/1.1\r\nAuthorization: Bearer", USER, b"401"),
        ("GET /actuator/env HTTP/1.1\r\nAuthorization: Basic Og==", USER, b"401"),
        ("GET /actuator/env HTTP/1.1\r\nAuthorization: Bearer t0ken\r\nAuthorization: Bearer other", USER, b"401"),
        ("GET /actuator/health/..%2fenv HTTP/1.1", USER, b"404"),  # what is permitted is no way to what is not
        ("GET /actuator/health/../env HTTP/1.1", USER, b"404"),
        ("GET /actuator//env HTTP/1.1", USER, b"401"),
        ("GET /actuator/%65nv HTTP/1.1", USER, b"401"),
        ("GET /actuator/none HTTP/1.1", USER, b"401"),  # nobody learns what there is
        ("POST /actuator/loggers/a HTTP/1.1", USER, b"401"),
        ("POST /actuator/loggers/a HTTP/1.1\r\nAuthorization: Bearer t0ken", USER, b"204"),
        ("POST /actuator/loggers/a HTTP/1.1\r\nAuthorization: Bearer t0ken", READER, b"403"),
        ("GET /actuator/startup HTTP/1.1\r\nX-HTTP-Method-Override: POST\r\nAuthorization: Bearer t0ken", READER, b"200"),
        ("DELETE /actuator/channels/1 HTTP/1.1\r\nAuthorization: Bearer t0ken", READER, b"403"),
    ],
)
async def test_who_asks_is_one_of_the_users_and_who_writes_has_the_role(
    request_head: str, properties: dict[str, Any], expected: bytes
) -> None:
    """However the path or the credentials are dressed up."""
    assert expected == await answered(f"{request_head}\r\nHost: localhost\r\n\r\n".encode(), **properties)


@pytest.mark.parametrize(
    "users",
    [
        {"ada:x": {"password": "y"}},
        {"ada": {"token": "same"}, "eve": {"token": "same"}},
    ],
)
def test_users_who_cannot_be_told_apart_are_refused(users: dict[str, Any]) -> None:
    """Of Basic the name ends at the first colon; of one token nobody knows whose roles it brings."""
    with pytest.raises(ValidationError, match=r"colon|one token"):
        AuthProperties.model_validate({"users": users})


HIDDEN = ("hunter2-of-the-shop", "hunter3-in-a-url", "hunter4-by-its-type", "hunter5-in-a-list")


@ConfigurationProperties("shop")
class Shop(BaseModel):
    """Holds secrets by name, by type and inside other values."""

    password: str = ""
    url: str = ""
    code: SecretStr = SecretStr("")
    tokens: list[str] = []


@Component
class Upset(HealthIndicator):
    """Says too much."""

    def __init__(self, shop: Shop) -> None:
        """Take the settings."""
        self._shop = shop

    def health(self) -> Health:
        """Fail, with everything."""
        logging.getLogger("shop").error("cannot use %s", self._shop.url)
        return Health.down(f"login with {self._shop.password} and {self._shop.code.get_secret_value()} failed: {self._shop.url}")


@pytest.fixture
def secret_settings() -> dict[str, str]:
    """Settings that show as much as they can."""
    password, url, code, token = HIDDEN
    return {
        "shop.password": password,
        "shop.url": f"amqp://shop:{url}@broker/x",
        "shop.code": code,
        "shop.tokens": token,
        "info.shop": f"https://shop:{url}@example.org",
        "management.info.env.enabled": "true",
        "management.endpoint.env.show-values": "always",
        "management.endpoint.configprops.show-values": "always",
        "management.endpoint.health.show-details": "always",
        **USER,
    }


async def test_no_endpoint_tells_a_secret(secret_settings: dict[str, str]) -> None:
    """Whichever there are, with everything that settings can show: acceptance M5. Secrets are masked in one place."""
    async with managed(Shop, Upset, properties=secret_settings) as (client, _):
        client.headers["authorization"] = "Bearer t0ken"
        links = (await client.get("")).json()["_links"]
        asked = [link["href"] for name, link in links.items() if not link["templated"]]
        told = {href: (await client.get(href)).text for href in asked}
        told["env of one"] = (await client.get("/env/shop.password")).text + (await client.get("/env/shop.url")).text
        told["configprops of one"] = (await client.get("/configprops/shop")).text

    assert len(asked) > 12
    assert "amqp://shop:******@broker" in told["env of one"], "the rest of a value is shown"
    assert [] == [(href, secret) for href, text in told.items() for secret in (*HIDDEN, "t0ken") if secret in text]


WRONG = (
    "limit=-1",
    "limit=x",
    "limit=9" + "9" * 400,
    "limit=1e400",
    "limit=",
    "tag=",
    "pattern=(",
    "pattern=" + "(" * 3000,
    "%ff=1",
    "worker=x",
)
STRANGE = (
    {"accept": "image/png"},
    {"accept": ",;q="},
    {"range": "bytes=-" + "9" * 50},
    {"range": "bytes=5-1"},
    {"last-event-id": "x" * 3000},
)
BODIES = (b"", b"[", b"[" * 60_000, b'{"limit":1e999}', b"\xff\xfe", b'{"configuredLevel":{"a":1}}', b'{"seconds":NaN,"server":"none"}')
OPEN = {f"management.endpoint.{id}.access": "unrestricted" for id in ("heapdump", "capture")}
EVERYTHING = {**OPEN, "management.httpexchanges.recording.enabled": "true"}


@pytest.mark.slow
@pytest.mark.parametrize("id", [id for id in BUILT_IN if id != "shutdown"])
async def test_no_request_is_an_error_of_an_endpoint(id: str, tmp_path: Path) -> None:
    """Each method, parameters that mean nothing or are too much, bodies that are none: answered, and never by 500."""
    found = list[tuple[object, ...]]()
    async with managed(properties={**EVERYTHING, "logging.file.name": str(tmp_path / "log")}) as (client, _):

        async def asked(method: str, target: str, content: bytes | None = None, **headers: str) -> None:
            if content is not None:
                headers["content-type"] = "application/json"
            async with client.stream(method, target, content=content, headers=headers) as answer:
                if answer.status_code >= 500:
                    found.append((method, target[:50], answer.status_code, headers, content and content[:30]))

        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "BREW"):
            for target in (f"/{id}", f"/{id}/x", f"/{id}/x/y", f"/{id}/%00", f"/{id}//", f"/{id}/%2e%2e/env"):
                await asked(method, target)
        for query in WRONG:
            await asked("GET", f"/{id}?{query}")
        for fields in STRANGE:
            await asked("GET", f"/{id}", None, **fields)
        for content in BODIES:
            await asked("POST", f"/{id}", content)
            await asked("POST", f"/{id}/x", content)
        assert 200 == (await client.get("/health")).status_code

    assert [] == found
