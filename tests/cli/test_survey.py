"""The survey: all that is wrong, where a start stops at the first."""

import logging
from collections.abc import Callable

from pyboot.boot.errors import BindError, BindProblem, GraphError, PlaceholderError
from pyboot.cli.finding import Level
from pyboot.cli.survey import LOGGED, Survey, found_in, surveyed

type Write = Callable[[str], str]

WRONG = """
from pydantic import BaseModel
from pyboot.boot import Component, ConfigurationProperties, PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer

@PyBootApplication
class App: ...

@ConfigurationProperties("mail")
class Mail(BaseModel):
    port: int = 25
    password: str = ""

class Clock: ...

@Component
class Sender:
    def __init__(self, clock: Clock) -> None: ...

@NettyServer(port=0)
class EchoServer:
    pipeline = ["line"]

@ChannelHandlerBean
class EchoHandler(ChannelHandler[str]):
    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:
        ctx.write(msg)
"""


def rules(survey: Survey) -> set[str]:
    """The rules of what was found."""
    return {finding.rule for finding in survey.findings}


def test_one_thing_that_is_wrong_hides_no_other(written: Write) -> None:
    """Settings, the graph, an option, the level of a log and a pipeline, in one go."""
    wrong = ("--mail.port=many", "--logging.level.root=loudly", "--strange")

    survey = surveyed(written(WRONG), wrong)

    assert {"PB-E103", "PB-E301", "PB-E005", "PB-N034"} <= rules(survey)
    told = "\n".join(finding.text for finding in survey.findings)
    assert [] == [word for word in ("mail.port", "root", "--strange", "Clock", "EchoHandler") if word not in told]
    assert not survey.is_well


def test_what_is_right_has_no_findings(written: Write) -> None:
    """And its servers are told."""
    right = WRONG.replace("class Clock", "@Component\nclass Clock").replace('["line"]', '["line", "string"]')

    survey = surveyed(written(right), ())

    assert [] == list(survey.findings)
    assert survey.is_well
    assert ["echo"] == [server.name for server in survey.endpoints]


def test_an_application_that_cannot_be_read_is_one_finding(written: Write) -> None:
    """There is nothing more to look at."""
    survey = surveyed(written("raise RuntimeError('so be it')"), ())

    assert ["PB-E003"] == [finding.rule for finding in survey.findings]
    assert survey.blueprint is None


def test_what_a_start_would_log_is_found(written: Write) -> None:
    """A setting that means nothing does no harm, and is hardly meant; the logger is as before."""
    logger = logging.getLogger("pyboot")
    before = (list(logger.handlers), logger.propagate)

    survey = surveyed(written("from pyboot.boot import PyBootApplication\n@PyBootApplication\nclass App: ..."), ("--x.y=1",))

    assert [(Level.WARNING, LOGGED)] == [(finding.level, finding.rule) for finding in survey.findings]
    assert survey.is_well
    assert before == (list(logger.handlers), logger.propagate)


def test_secrets_stay_out_of_findings(written: Write) -> None:
    """Whatever the report of a start masks."""
    source = WRONG.replace("password: str", "password: int | None").replace('""', "None")

    survey = surveyed(written(source), ("--mail.password=hunter2",))

    assert "mail.password" in str(survey.findings)
    assert "hunter2" not in str(survey.findings)


def test_an_error_that_holds_several_problems_is_several_findings() -> None:
    """Each with its own advice."""
    bind = BindError("mail", "Mail", (BindProblem("mail.a", "1", None, "no"), BindProblem("mail.b", "2", None, "no")))

    found = found_in(GraphError((bind, PlaceholderError("${a}", "it is set nowhere"))))

    assert ["PB-E103", "PB-E103", "PB-E102"] == [finding.rule for finding in found]
    assert ["mail.a", "mail.b"] == [next(name for name in ("mail.a", "mail.b") if name in finding.text) for finding in found[:2]]
