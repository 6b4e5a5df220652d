"""`pyboot why`."""

import json
from collections.abc import Callable

import pytest

from pyboot.boot import Blueprint
from pyboot.cli.commands.why import Answer, uniform_key, why
from pyboot.cli.errors import CommandError
from pyboot.cli.target import inspect_application

type Write = Callable[[str], str]

SOURCE = """
from typing import Annotated
from pydantic import BaseModel, Field
from pyboot.boot import Component, ConditionalOnProperty, ConfigurationProperties, PyBootApplication, Value
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

@PyBootApplication
class App: ...

@ConfigurationProperties("mail")
class Mail(BaseModel):
    host: str = Field(default="localhost", description="Where letters go.")
    password: str = ""

@Component
@ConditionalOnProperty("fax.on")
class Fax: ...

@Component
class Store:
    def __init__(self, mail: Mail, word: Annotated[str, Value("${greeting.word:hi}")]) -> None: ...

@Component
class Broken:
    def __init__(self, fax: Fax) -> None: ...

@NettyServer(port=0)
class EchoServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean
class EchoHandler(ChannelHandler[str]):
    def __init__(self, store: Store) -> None: ...
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.write(msg)
"""


@pytest.fixture
def blueprint(written: Write, monkeypatch: pytest.MonkeyPatch) -> Blueprint:
    """An application, one bean of which lacks what a condition left out."""
    name = written(SOURCE)
    with open("application.yaml", "w") as file:
        file.write("mail:\n  host: a\n  password: hunter2\ngreeting.word: hey\n")
    monkeypatch.setenv("MAIL_HOST", "b")
    return inspect_application(name, ("--mail.host=c",), refuses=False)


def test_a_bean_tells_for_whom_it_is_made_and_what_reaches_it(blueprint: Blueprint) -> None:
    """By its name or its class, in any spelling."""
    for subject in ("store", "Store", "STORE"):
        (bean,) = why(blueprint, subject).beans

    assert ["store <- echo_handler"] == bean["needed_for"]
    assert ["@Component"] == bean["because"]
    assert ["mail"] == bean["needs"]
    assert ["greeting.word=hey  (application.yaml:4)"] == bean["settings"]


def test_settings_of_a_bean_have_origins_and_no_secrets(blueprint: Blueprint) -> None:
    """Everything below its prefix."""
    (bean,) = why(blueprint, "Mail").beans

    assert ["mail.host=c  (command line --mail.host)", "mail.password=******  (application.yaml:3)"] == bean["settings"]


def test_what_a_condition_left_out_tells_why(blueprint: Blueprint) -> None:
    """In an application that cannot start without it."""
    answer = why(blueprint, "Fax")

    assert ["fax"] == [entry["name"] for entry in answer.left_out]
    assert "fax.on" in answer.left_out[0]["because"][0]
    assert "fax was left out\n    origin" in str(answer)


def test_a_setting_tells_what_it_shadows_and_who_reads_it(blueprint: Blueprint) -> None:
    """The winning value first; variables count."""
    setting = why(blueprint, "mail.HOST").setting

    assert setting is not None
    assert ("c", "command line --mail.host") == (setting["value"], setting["origin"])
    assert ["b  (environment variable MAIL_HOST)", "a  (application.yaml:2)"] == setting["shadows"]
    assert (["Where letters go."], ["mail"]) == (setting["means"], setting["bound_by"])


def test_a_setting_that_is_asked_for_or_not_set_is_known_too(blueprint: Blueprint) -> None:
    """By a constructor, or by a condition."""
    asked, condition, unset = (why(blueprint, key).setting for key in ("greeting.word", "fax.on", "netty.servers.echo.port"))

    assert asked is not None
    assert ["store"] == asked["asked_by"]
    assert condition is not None
    assert condition["decided"][0].startswith("fax is left out: ")
    assert unset is not None
    assert (None, "it is not set") == (unset["value"], unset["origin"])


def test_a_secret_is_shown_to_nobody(blueprint: Blueprint) -> None:
    """Nor to programs."""
    answer = why(blueprint, "mail.password")

    assert "******" in str(answer)
    assert "hunter2" not in str(answer) + json.dumps(answer._asdict())


def test_a_handler_tells_where_it_stands(blueprint: Blueprint) -> None:
    """A codec does, by its name."""
    (handler,), (line,) = why(blueprint, "EchoHandler").places, why(blueprint, "line").places

    assert ("server echo", "4 of 4", "StringEncoder") == (handler["owner"], handler["place"], handler["behind"])
    assert ("1 of 4", "the network", "StringDecoder") == (line["place"], line["behind"], line["in_front_of"])


def test_what_nobody_knows_is_told_with_what_it_resembles(blueprint: Blueprint) -> None:
    """Of beans and settings."""
    with pytest.raises(CommandError, match="no bean, no setting, no handler") as refused:
        why(blueprint, "EchoHandlr")

    assert "EchoHandler" in refused.value.action


def test_keys_are_compared_in_any_spelling() -> None:
    """As everywhere."""
    assert uniform_key("a.maxSize[0]") == uniform_key("a.max-size[0]")
    assert Answer("x").is_empty
