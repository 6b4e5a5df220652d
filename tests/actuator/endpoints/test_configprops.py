"""The endpoint configprops: settings as classes have them, and no secret among them."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from typing import Any

import pytest
from pydantic import BaseModel, SecretStr

from pyboot.boot import ConfigurationProperties, Duration
from tests.actuator.management_client import managed


class Colour(Enum):
    """Has a value."""

    RED = "red"


class Inner(BaseModel):
    """Is part of another."""

    api_key: str = ""
    size: int = 0


@ConfigurationProperties("shop")
class Shop(BaseModel):
    """Has everything."""

    name: str = "corner"
    password: str = ""
    pin_code: SecretStr = SecretStr("0000")
    url: str = ""
    derived: str = ""
    tokens: list[SecretStr] = []
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    colour: Colour = Colour.RED
    wait: Duration = timedelta(seconds=1)
    open: bool = True
    nothing: str | None = None


@ConfigurationProperties("plain")
@dataclass
class Plain:
    """Is a dataclass."""

    ports: list[int] = field(default_factory=list)


SETTINGS: dict[str, object] = {
    "shop.password": "hunter2hunter2",
    "shop.pin-code": "4711",
    "shop.url": "http://me:s3cr3tw0rd@host/",
    "shop.derived": "dsn ${shop.password}",
    "shop.tokens": "t-one,t-two",
    "shop.inner.api-key": "k-e-y-1",
    "shop.by-name.a.apiKey": "k-e-y-2",
    "shop.by-name.a.size": 3,
    "plain.ports": "1,2",
}
HIDDEN = ("hunter2", "4711", "s3cr3tw0rd", "t-one", "t-two", "k-e-y-1", "k-e-y-2")


async def told(path: str = "/configprops", **properties: str) -> tuple[Any, str]:
    """The beans of the answer, and its text."""
    settings = {f"management.endpoint.configprops.{name.replace('_', '-')}": value for name, value in properties.items()}
    async with managed(Shop, Plain, properties=SETTINGS | settings) as (client, _):
        answer = await client.get(path)
    if answer.status_code != 200:
        return None, answer.text
    (context,) = answer.json()["contexts"].values()
    return context["beans"], answer.text


async def test_values_are_shown_with_their_origins_and_secrets_never_are() -> None:
    """By name, by type, inside a URI, and where one is made of another."""
    beans, text = await told("/configprops/shop", show_values="always")

    assert [] == [secret for secret in HIDDEN if secret in text]
    assert ["shop"] == list(beans)
    assert {"prefix", "properties", "inputs"} == set(beans["shop"])
    shown = beans["shop"]["properties"]
    assert ("corner", "******", "******", "dsn ******") == tuple(shown[name] for name in ("name", "password", "pin-code", "derived"))
    assert (["******", "******"], {"api-key": "******", "size": 0}) == (shown["tokens"], shown["inner"])
    assert {"a": {"api-key": "******", "size": 3}} == shown["by-name"]
    assert ("red", True, None, "0:00:01") == tuple(shown[name] for name in ("colour", "open", "nothing", "wait"))
    assert {"value": "******", "origin": "properties (shop.password)"} == beans["shop"]["inputs"]["password"]
    assert {} == beans["shop"]["inputs"]["name"]


@pytest.mark.parametrize("show", [{}, {"show_values": "never"}, {"show_values": "when-authorized", "roles": "ops"}])
async def test_no_value_is_shown_to_who_may_not_see_it(show: dict[str, str]) -> None:
    """That is everybody, by default."""
    beans, _ = await told(**show)

    assert ["******", "******"] == beans["plain"]["properties"]["ports"]
    assert "******" == beans["shop"]["properties"]["name"]


@pytest.mark.parametrize(("prefix", "names"), [("pla", None), ("plain", ["plain"]), ("PLAIN", ["plain"]), ("plain.ports", None)])
async def test_a_prefix_chooses(prefix: str, names: list[str] | None) -> None:
    """Whole parts of a name; 404 where there is none."""
    beans, _ = await told(f"/configprops/{prefix}")

    assert names == (None if beans is None else list(beans))
