"""One marked secret is sent in by every way there is, and looked for in everything that comes out."""

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field, Secret, SecretStr, field_validator, model_validator

from pyboot.boot import (
    Blueprint,
    Component,
    ConditionalOnProperty,
    ConfigurationProperties,
    Import,
    PyBootApplication,
    SettingsReloader,
    Value,
    prepare,
    run,
    start,
)
from pyboot.boot.config.load import Given
from pyboot.boot.discovery.report import ConditionReport
from pyboot.boot.errors import BootError
from pyboot.cli.commands import beans, conditions, env

MARK = "M4rk3d-s3cr3t"
NUMBER = "990817263544"


@ConfigurationProperties("vault")
class Vault(BaseModel):
    encryptionKey: str = f"{MARK}-default"  # noqa: N815  as it may be written
    api_keys: list[str] = [f"{MARK}-default"]
    inner: dict[str, str] = {"password": f"{MARK}-default"}
    dsn: str = f"postgres://me:{MARK}-default@host/db"
    card: SecretStr = SecretStr(f"{MARK}-default")
    cards: list[SecretStr] = []
    by_name: dict[str, SecretStr] = {}
    number: Secret[int] = Secret(int(NUMBER))
    plain: str = ""


@ConditionalOnProperty("vault.encryption-key", having="x")
@Component
class Withheld: ...


@ConditionalOnProperty("vault.card")
@Component
class Asked:
    def __init__(
        self,
        token: Annotated[str, Value("${loose.token:}")],
        typed: Annotated[SecretStr, Value("${loose.plain:}")],
        url: Annotated[str, Value("${loose.url:}")],
    ) -> None:
        self.token = token


def quiet() -> type:
    """An application that is well, with nothing but this file's beans."""

    @Import(Vault, Withheld, Asked)
    @PyBootApplication
    class Quiet: ...

    return Quiet


FILE = f"""
vault:
  encryptionKey: {MARK}
  api-keys: a, {MARK}
  inner: {{"db-password": {MARK}, apiKey: "{MARK}"}}
  dsn: postgres://me:{MARK}@host/db?password={MARK}
  card: ${{box.entry}}
  cards: x1234,{MARK}
  by-name: {{gold: {MARK}}}
  number: {NUMBER}
box.entry: {MARK}
loose: {{token: {MARK}, plain: {MARK}, url: "https://me:{MARK}@h/"}}
made-of: "begin ${{loose.token}} ${{loose.plain}} ${{box.entry}} end"
"""


def clean(text: str) -> str:
    """*text*, which holds no secret."""
    assert MARK.lower() not in text.lower()
    assert NUMBER not in text
    return text


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working directory with all the secrets in its settings, and some as variables and beside."""
    (tmp_path / "application.yaml").write_text(FILE)
    (tmp_path / ".env").write_text(f"DOT_ENV_TOKEN={MARK}\n")
    (tmp_path / "secrets/db").mkdir(parents=True)
    (tmp_path / "secrets/db/password").write_text(MARK)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SOME_API_KEY", MARK)
    monkeypatch.setenv("VAULT_BY_NAME_SILVER", MARK)
    monkeypatch.setenv("PYBOOT_APPLICATION_JSON", json.dumps({"sent": {"clientSecret": MARK}}))
    return tmp_path


ARGUMENTS = ["--pyboot.config.import=configtree:secrets", f"--line.secret={MARK}", f"--vault.inner.token={MARK}"]

LISTINGS: dict[str, Callable[[Blueprint], object]] = {
    "env": env.text,
    "env as JSON": env.facts,
    "beans": beans.text,
    "beans as JSON": beans.facts,
    "conditions": lambda made: made.environment.secrets.masked(str(made.registry.report)),
    "conditions as JSON": lambda made: conditions.facts(made.registry.report, made.environment.secrets.masked),
    "schema": Blueprint.schema,
    "environment": lambda made: [repr(made.environment), repr(made.environment.sources), str(made.environment.settings())],
    "node": lambda made: repr(made.environment.node("vault", Vault)),
    "graph": lambda made: repr(made.graph.edges),
    "blueprint": repr,
    "variables": lambda made: [repr(source.below(())) for source in made.environment.sources if hasattr(source, "below")],
    "arguments": lambda made: repr([entry.factory() for entry in made.graph.index.definitions if entry.name == "application_arguments"]),
}


@pytest.mark.parametrize("listing", LISTINGS)
def test_no_listing_shows_a_secret(folder: Path, listing: str) -> None:
    """Of an application that is well."""
    told = LISTINGS[listing](prepare(quiet(), Given(arguments=ARGUMENTS)))

    clean(told if isinstance(told, str) else json.dumps(told))


async def test_no_log_line_shows_a_secret(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """In either layout: not a message, not an argument, not a stack trace; nor does the log of a reload."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    for layout in ("console", "ecs", "logstash"):
        blueprint = prepare(quiet(), Given(arguments=[*ARGUMENTS, f"--logging.layout={layout}"]))
        from pyboot.boot.process import _configure_logging

        _configure_logging(blueprint, shares_file=False)
        for text in (MARK, f'"{MARK}"', f"url=http://me:{MARK}@h", NUMBER):
            logging.getLogger("app").warning("connecting with %s", text, extra={"surroundings": {"with": text}})
            try:
                raise ValueError(text)
            except ValueError:
                logging.getLogger("app").exception("it failed")
        for handler in list(root.handlers):
            root.removeHandler(handler)
    assert 24 <= clean(capsys.readouterr().err).count("******")


async def test_a_reload_shows_no_secret(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Neither the old value nor the new one."""
    caplog.set_level(logging.INFO)
    async with start(quiet(), args=ARGUMENTS) as context:
        (folder / "application.yaml").write_text(FILE.replace(MARK, f"{MARK}-again").replace(NUMBER, f"{NUMBER}1"))
        await context.get(SettingsReloader).reload()

    assert "vault.card" in clean(caplog.text)


def checked(field: str, kind: Any, message: Callable[[Any], str]) -> type:
    """A class of settings whose check prints what it has been given."""

    class Checked(BaseModel):
        secret_field: kind = Field(default=None, alias=field)
        other: int = 0

        @field_validator("secret_field")
        @classmethod
        def check(cls, value: Any) -> Any:
            raise ValueError(message(value))

    return ConfigurationProperties("shop")(Checked)


def whole(field: str) -> type:
    """A class of settings that prints itself as a whole."""

    class Whole(BaseModel):
        secret_field: str = Field(default="", alias=field)

        @model_validator(mode="after")
        def check(self) -> "Whole":
            raise ValueError(f"{self!r} will not do")

    return ConfigurationProperties("shop")(Whole)


def needing(hint: Any) -> type:
    """A bean whose constructor prints what it is given."""

    class Needing:
        def __init__(self, given: hint) -> None:
            raise ValueError(f"cannot connect with {given!r} and {given}")

    return Component(Needing)


@ConfigurationProperties("shop")
class Shop(BaseModel):
    password: int = 0
    token: Annotated[str, Field(pattern="^[a-z]$")] = "a"
    db: SecretStr = SecretStr("")
    codes: list[int] = []


FAILURES: dict[str, tuple[object, dict[str, str]]] = {
    "a value of the wrong type": (Shop, {"shop.password": MARK}),
    "a value that is refused": (Shop, {"shop.token": MARK}),
    "a name that is misspelt": (Shop, {"shop.pasword": MARK}),
    "a typed name that is misspelt": (Shop, {"shop.dbb": MARK}),
    "a placeholder beside it": (Shop, {"shop.token": f"{MARK}${{nowhere}}"}),
    "a placeholder that leads to it": (Shop, {"shop.password": "${plain.entry}", "plain.entry": MARK}),
    "a check that prints it": (checked("password", str, lambda value: f"{value} is bad"), {"shop.password": MARK}),
    "a check that prints it as it is in code": (checked("apiKey", str, lambda value: f"{value!r} is bad"), {"shop.api-key": MARK}),
    "a check that prints it in capitals": (checked("apiKey", str, lambda value: value.upper()), {"shop.api-key": MARK}),
    "a check that opens it": (checked("plain", SecretStr, lambda value: value.get_secret_value()), {"shop.plain": MARK}),
    "a check of a number": (checked("plain", Secret[int], lambda value: str(value.get_secret_value())), {"shop.plain": NUMBER}),
    "a check of a list": (checked("tokens", list[str], str), {"shop.tokens": f"a,{MARK}"}),
    "a check of a list of secrets": (
        checked("plain", list[SecretStr], lambda value: value[1].get_secret_value()),
        {"shop.plain": f"a,{MARK}"},
    ),
    "a class that prints itself": (whole("password"), {"shop.password": MARK}),
    "a value of another type": (needing(Annotated[int, Value("${api.key}")]), {"api.key": MARK}),
    "a value of a URI": (needing(Annotated[int, Value("${api.url}")]), {"api.url": f"http://me:{MARK}@h"}),
    "a constructor that prints it": (needing(Annotated[str, Value("${api.key}")]), {"api.key": MARK}),
    "a constructor that prints a part": (needing(Annotated[str, Value("u:${db.password}!")]), {"db.password": MARK}),
    "a constructor that opens it": (needing(Annotated[SecretStr, Value("${api.plain}")]), {"api.plain": MARK}),
    "a constructor that prints a URI": (needing(Annotated[str, Value("${api.url}")]), {"api.url": f"http://me:{MARK}@h"}),
    "a condition on it": (ConditionalOnProperty("api.key", having="x")(needing(object)), {"api.key": MARK, "loging.level": "x"}),
    "a short one beside a placeholder": (needing(Annotated[str, Value("${db.password}")]), {"db.password": f"{MARK}${{nowhere}}"}),
    "a plain setting of a secret": (
        needing(Annotated[int, Value("${plain.entry}")]),
        {"db.password": "${plain.entry}", "plain.entry": MARK},
    ),
    "a name that is none": (Shop, {"api..key": MARK}),
}


@pytest.mark.parametrize("debug", [(), ("--debug",)], ids=["plain", "debug"])
@pytest.mark.parametrize("failure", FAILURES)
def test_no_report_of_a_failure_shows_a_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], failure: str, debug: tuple[str, ...]
) -> None:
    """With and without the stack trace and the report of conditions, however the secret came."""
    target, settings = FAILURES[failure]

    @Import(target)
    @PyBootApplication
    class Failing: ...

    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        run(Failing, [*(f"--{key}={value}" for key, value in settings.items()), *debug])

    assert "APPLICATION FAILED TO START" in clean(capsys.readouterr().err)


@pytest.mark.parametrize("name", ["application.yaml", "application.toml", ".env", "PYBOOT_APPLICATION_JSON"])
def test_no_broken_file_shows_what_it_holds(tmp_path: Path, name: str) -> None:
    """Its syntax is reported by place."""
    broken = {
        "application.yaml": f"password: '{MARK}\nx: [",
        "application.toml": f"password = {MARK}\n",
        ".env": f"PASSWORD {MARK}\n= {MARK}\n",
        "PYBOOT_APPLICATION_JSON": f'{{"password": {MARK}}}',
    }[name]
    if name.isupper():
        given = Given(variables={name: broken}, directory=tmp_path)
    else:
        (tmp_path / name).write_text(broken)
        given = Given(variables={}, directory=tmp_path)
    with pytest.raises(BootError) as raised:
        prepare(quiet(), given)

    clean(str(raised.value))


def test_the_report_of_conditions_shows_no_secret(folder: Path) -> None:
    """Not even before it is known what is bound."""
    report = ConditionReport()
    prepare(quiet(), Given(arguments=ARGUMENTS), report=report)

    assert "'vault.encryption-key' is '******'" in str(report)
