"""The endpoint env: sources of settings, and no secret among them."""

import os
from pathlib import Path

import pytest
from pydantic import BaseModel, SecretStr

from pyboot.boot import ConfigurationProperties
from tests.actuator.management_client import managed


@ConfigurationProperties("shop")
class Shop(BaseModel):
    """Knows by type what is secret."""

    code: SecretStr = SecretStr("")
    codes: dict[str, SecretStr] = {}


VARIABLES = {
    "SHOP_CODE": "4711",  # by type
    "SHOP_CODES_FRONT": "4712",
    "DB_PASSWORD": "hunter2hunter2",
    "DBPASSWORD": "hunter3hunter3",
    "db_password_2": "hunter4hunter4",
    "GITHUB_TOKEN": "ghp-123456",
    "API-KEY": "k-e-y-1",
    "AWS_SECRET_ACCESS_KEY": "k-e-y-2",
    "DATABASE_URL": "postgres://me:s3cr3tw0rd@host/db",
    "DSN": "host=x password=s3cr3tw0rd2 user=y",
    "VAULT_ENTRY": "v-a-u-l-t-1",  # a secret is made of it
    "PYBOOT_APPLICATION_JSON": '{"inline": {"password": "j-s-o-n-1"}}',
}
HIDDEN = ("4711", "4712", "hunter2", "hunter3", "hunter4", "ghp-", "k-e-y", "s3cr3tw0rd", "v-a-u-l-t", "j-s-o-n", "f-i-l-e")


@pytest.fixture
def secrets_everywhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Under every spelling, in variables and in a file."""
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    (tmp_path / "application.yaml").write_text(
        "mail: {password: f-i-l-e-1, signing-key: f-i-l-e-2}\n"
        "store: {accessKey: f-i-l-e-3, private_key: f-i-l-e-4}\n"
        "broker: {password: '${vault.entry}', url: 'amqp://me:${mail.password}@host'}\n"
        "list: [{secret: f-i-l-e-5}]\n"
    )
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("secrets_everywhere")
async def test_no_secret_is_shown_under_any_spelling() -> None:
    """By name, by type, inside other text, by what it is made of."""
    async with managed(Shop, properties={"management.endpoint.env.show-values": "always"}) as (client, _):
        whole = await client.get("/env")
        parts = [
            (await client.get(f"/env/{name}")).text for name in ("shop.code", "SHOP_CODE", "db.password", "DB_PASSWORD", "vault.entry")
        ]
        parts += [(await client.get(f"/env/{name}")).text for name in ("mail.password", "broker.url", "list[0].secret", "database.url")]

    assert [] == [secret for secret in HIDDEN for text in (whole.text, *parts) if secret in text]
    assert "amqp://me:******@host" in parts[6]


@pytest.mark.usefixtures("secrets_everywhere")
async def test_sources_are_told_with_the_winning_one_first() -> None:
    """In Spring Boot's form, each value with its origin; no value to who may not see it."""
    async with managed(properties={"shop.name": "corner"}) as (client, _):
        told = (await client.get("/env")).json()

    assert {"activeProfiles", "defaultProfiles", "propertySources"} == set(told)
    assert ["properties", "command line"] == [source["name"] for source in told["propertySources"]][:2]
    first = told["propertySources"][0]["properties"]
    assert {"value": "******", "origin": "properties (shop.name)"} == first["shop.name"]
    (file,) = [source for source in told["propertySources"] if "application.yaml" in source["name"]]
    assert "application.yaml:1" in file["properties"]["mail.password"]["origin"]


async def test_one_setting_tells_all_sources(monkeypatch: pytest.MonkeyPatch) -> None:
    """However it is spelled; 404 for one that nobody sets, and for what is no name."""
    monkeypatch.setenv("SHOP_NAME", "from a variable")
    properties = {"shop.name": "corner", "management.endpoint.env.show-values": "always"}
    async with managed(properties=properties) as (client, _):
        told = (await client.get("/env/shop.nameless")).status_code, (await client.get("/env/shop.NAME")).json()
        missing = [(await client.get(f"/env/{name}")).status_code for name in ("nobody.sets.it", "a..b", ".a", "%5B")]

    assert 404 == told[0]
    assert {"source": "properties", "value": "corner"} == told[1]["property"]
    values = [source["property"]["value"] for source in told[1]["propertySources"] if "property" in source]
    assert ["corner", "from a variable"] == values
    assert [404] * 4 == missing


async def test_a_pattern_chooses() -> None:
    """By a part of the name."""
    async with managed(properties={"shop.name": "corner", "other": "x"}) as (client, _):
        told = (await client.get("/env?pattern=SHOP.n")).json()
    assert ["shop.name"] == [name for source in told["propertySources"] for name in source["properties"]]


async def test_the_process_is_known_by_its_number() -> None:
    """Which Spring Boot Admin asks for; it is no setting, and no secret."""
    async with managed() as (client, _):
        assert os.getpid() == (await client.get("/env/PID")).json()["property"]["value"]
