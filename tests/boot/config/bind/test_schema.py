"""The JSON Schema of all known settings."""

import json
from typing import Any

from pydantic import BaseModel, Field, SecretStr

from pyboot.boot import Component, ConfigurationProperties, DataSize, Duration, Import, PyBootApplication, prepare
from pyboot.boot.config.bind.schema import schema_of
from pyboot.boot.discovery.collect import collect


class Server(BaseModel):
    max_frame_size: DataSize = Field(default=1, description="Largest frame.")
    port: int = Field(ge=0, le=65535)
    idle: Duration | None = None
    children: "list[Server]" = []


class Shop(BaseModel):
    by_name: dict[str, Server] = {}


def at(schema: dict[str, Any], *names: str) -> dict[str, Any]:
    """The schema of a setting."""
    for name in names:
        schema = schema["additionalProperties"] if name == "*" else schema["properties"][name]
    return schema


def test_names_are_kebab_case_below_their_prefix() -> None:
    """References are put in place; a recursive model ends open."""
    schema = schema_of([("app.shop", Shop)])
    server = at(schema, "app", "shop", "by-name", "*")

    assert {"max-frame-size", "port", "idle", "children"} == set(server["properties"])
    assert ["port"] == server["required"]
    assert "Largest frame." == at(server, "max-frame-size")["description"]
    assert {"type": "array", "items": {}, "default": []} == at(server, "children")


def test_a_number_may_be_a_placeholder() -> None:
    """Its limits stay."""
    number, placeholder = at(schema_of([("server", Server)]), "server", "port")["anyOf"]

    assert {"type": "integer", "minimum": 0, "maximum": 65535} == number
    assert "string" == placeholder["type"]


def test_one_prefix_may_lie_below_another() -> None:
    """Both are described, in whatever order."""
    schema = schema_of([("a", Shop), ("a.server", Server)])

    assert {"by-name", "server"} == set(at(schema, "a")["properties"])


def test_an_application_knows_all_its_settings() -> None:
    """Its own, the container's, the logging's."""

    @Import(ConfigurationProperties("shop")(Shop))
    @PyBootApplication
    class App: ...

    schema = prepare(App).schema()

    assert {"shop", "pyboot", "logging"} <= set(schema["properties"])
    assert at(schema, "pyboot", "main", "banner-mode")["enum"] == ["off", "console"]
    assert "import" in at(schema, "pyboot", "config")["properties"]


def test_defaults_of_secrets_are_masked() -> None:
    """A schema is passed around: what a name or a type calls secret is not in it, at any depth."""

    class Login(BaseModel):
        password: str = "inner-word"

    class Account(BaseModel):
        api_token: str = "open-word"
        secret: SecretStr = SecretStr("typed-word")
        login: Login = Login()
        name: str = "ada"

    text = json.dumps(schema_of([("account", Account)]))

    assert '"ada"' in text
    assert [] == [word for word in ("inner-word", "open-word", "typed-word") if word in text]


def test_a_model_may_complete_its_schema_with_what_the_application_has() -> None:
    """Names that are no settings are known from the definitions of beans."""

    class Named(BaseModel):
        name: str = "a"

        @classmethod
        def complete_schema(cls, schema: dict[str, Any], definitions: Any) -> None:
            schema["properties"]["name"]["enum"] = [definition.name for definition in definitions]

    class Thing: ...

    known = schema_of([("thing", Named)], collect([Component(Thing)]))

    assert ["thing"] == at(known, "thing", "name")["enum"]
