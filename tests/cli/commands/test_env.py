"""`pyboot env`."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, SecretStr

from pyboot.boot import ConfigurationProperties, Import, PyBootApplication, Service, Value, prepare
from pyboot.boot.config.load import Given
from pyboot.cli.commands import env


@ConfigurationProperties("db")
class Database(BaseModel):
    """Settings with a secret."""

    host: str = "localhost"
    password: str = ""
    pin: SecretStr = SecretStr("")
    url: str = ""


@Service
class Greeter:
    """Asks for one setting by name."""

    def __init__(self, word: Annotated[str, Value("${greeting.word:hi}")]) -> None: ...


@Import(Database, Greeter)
@PyBootApplication(scan=())
class App:
    """Reads."""


def shown(properties: dict[str, object], variables: dict[str, str]) -> dict[str, tuple[str | None, str]]:
    """Value and origin of each setting."""
    blueprint = prepare(App, Given(properties=properties, variables=variables))
    return {entry["key"]: (entry["value"], entry["origin"]) for entry in env.facts(blueprint)["settings"]}


def test_values_are_shown_with_their_origins() -> None:
    """Those of variables, too: under the key that a model, or a constructor, asks for."""
    settings = shown({"other.name": "x"}, {"DB_HOST": "db1", "GREETING_WORD": "hey", "UNKNOWN": "1"})

    assert ("db1", "environment variable DB_HOST") == settings["db.host"]
    assert ("hey", "environment variable GREETING_WORD") == settings["greeting.word"]
    assert "x" == settings["other.name"][0]


def test_secrets_are_masked_wherever_they_end_up() -> None:
    """Also inside a value that refers to one; by their name, and by the type of their field."""
    settings = shown({"db.url": "db://me:${db.password}@${db.host}", "db.password": "hunter2", "db.host": "db1", "db.pin": 1234}, {})

    assert ("******", "db://me:******@db1") == (settings["db.password"][0], settings["db.url"][0])
    assert "******" == settings["db.pin"][0]


def test_what_cannot_be_replaced_says_so() -> None:
    """The listing goes on."""
    text, _ = shown({"other.name": "${nobody}"}, {})["other.name"]

    assert text is not None
    assert text.startswith("${nobody} (")


def test_people_read_profiles_sources_and_settings() -> None:
    """The winning source first."""
    told = env.text(prepare(App, Given(properties={"db.host": "db1"}, variables={}, profiles=["dev"])))

    assert "Active profiles: dev\n" in told
    assert "Sources, the winning one first:\n   properties\n" in told
    assert "   db.host=db1" in told


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("a: 1\n", ["application.yaml"]),
        ("a: 1\n---\nb: 2\n", ["application.yaml:3", "application.yaml:1"]),
        ("# first\n---\n---\n\na: 1\n--- {b: 2}\n", ["application.yaml:6", "application.yaml:5"]),
        ("{}\n---\n{}\n---\na: {}\n", ["application.yaml:5", "application.yaml:3", "application.yaml:1"]),
        ("a: 1\n---\npyboot.config.activate.on-profile: gone\nb: 2\n", ["application.yaml:1"]),
    ],
)
def test_the_documents_of_a_file_are_told_apart(text: str, places: list[str], tmp_path: Path) -> None:
    """By the line where each begins: two that are called alike would be one source for whoever looks a setting up."""
    (tmp_path / "application.yaml").write_text(text)
    blueprint = prepare(App, Given(variables={}, directory=tmp_path))

    found = [place.rpartition("/")[2] for place in env.facts(blueprint)["sources"]]

    assert places == [place for place in found if place.startswith("application.yaml")]


def sides(one: dict[str, object], other: dict[str, object]) -> dict[str, list[str | None]]:
    """The values on both sides of each setting in which two environments differ."""
    blueprints = [prepare(App, Given(properties=properties, variables={})) for properties in (one, other)]
    told = env.difference(*blueprints)["settings"]
    return {entry["key"]: [None if side is None else side["value"] for side in entry["values"]] for entry in told}


def test_two_environments_are_compared_setting_by_setting() -> None:
    """What both have alike is left out, and what says which profile it is; placeholders are replaced before."""
    one = {"db.host": "a", "db.url": "${db.host}:1", "x.same": "1", "pyboot.profiles.active": "dev"}
    other = {"db.host": "b", "db.url": "${db.host}:1", "x.same": "1", "x.more": "", "pyboot.profiles.active": "prod"}

    assert {"db.host": ["a", "b"], "db.url": ["a:1", "b:1"], "x.more": [None, ""]} == sides(one, other)


def test_secrets_are_compared_and_not_shown() -> None:
    """That they differ is no secret."""
    assert {"db.password": ["******", "******"]} == sides({"db.password": "hunter2"}, {"db.password": "hunter3"})
    assert {} == sides({"db.password": "hunter2"}, {"db.password": "hunter2"})


def test_people_read_a_line_for_each_side() -> None:
    """Under the key."""
    blueprints = [
        prepare(App, Given(properties=given, variables={}, profiles=[name])) for name, given in (("dev", {"db.host": "a"}), ("prod", {}))
    ]

    assert "db.host\n   dev   a  (properties (db.host))\n   prod  not set" == env.difference_text(*blueprints)
    assert "dev and dev have the same settings." == env.difference_text(blueprints[0], blueprints[0])
