"""`pyboot check`."""

import json
import time
from collections.abc import Callable

import pytest

from pyboot.cli.commands.check import check

type Write = Callable[[str], str]

APPLICATION = "from pyboot.boot import Component, PyBootApplication\n\n@PyBootApplication\nclass App: ...\n"
LACKING = APPLICATION + "\nclass Clock: ...\n\n@Component\nclass Sender:\n    def __init__(self, clock: Clock) -> None: ...\n"


def test_what_is_right_is_said_in_a_line(written: Write) -> None:
    """What was looked at, and how long it took."""
    told = str(check(written(APPLICATION), ("--pyboot.profiles.active=dev",), ["ports"]))

    assert told.count("\n\n") == 1  # the profile that switches nothing on is worth a word
    assert "App with the profiles dev: 1 warning; " in told


def test_what_is_wrong_is_said_with_what_to_do(written: Write) -> None:
    """And it is counted."""
    found = check(written(LACKING), ())

    assert str(found).startswith("error PB-E301\n    ")
    assert "    -> Define a bean of type Clock" in str(found)
    assert "App with the profiles default: 1 error; " in str(found)
    assert not found.is_passed(strict=False)


def test_warnings_end_a_strict_check_only(written: Write) -> None:
    """They would not end a start."""
    found = check(written(APPLICATION), ("--x.y=1",))

    assert found.is_passed(strict=False)
    assert not found.is_passed(strict=True)


def test_it_is_written_for_programs(written: Write) -> None:
    """JSON has all facts, SARIF what code hosts show."""
    found = check(written(LACKING), ())
    facts, sarif = json.loads(found.written("json")), json.loads(found.written("sarif"))

    assert ("App", False, []) == (facts["application"], facts["passed"], facts["servers"])
    assert ["PB-E301"] == [finding["rule"] for finding in facts["findings"]]
    assert ["PB-E301"] == [result["ruleId"] for result in sarif["runs"][0]["results"]]
    assert facts["findings"][0]["file"].endswith(".py")


def test_an_application_that_cannot_be_read_is_said_so(written: Write) -> None:
    """No bean was counted."""
    found = check(written("import no_such_module_at_all"), ())

    assert str(found).endswith("1 error; the application could not be read any further")
    assert json.loads(found.written("json"))["application"] is None


MANY = [
    "from pyboot.boot import Component, PyBootApplication",
    "from pyboot.netty import ChannelHandler, ChannelHandlerBean, ChannelHandlerContext, NettyServer",
    "@PyBootApplication\nclass App: ...",
    *(f"@Component\nclass C{n}:\n    def __init__(self{f', other: C{n - 1}' if n else ''}) -> None: ..." for n in range(80)),
    *(
        f"@NettyServer(name='s{n}', port=0)\nclass S{n}:\n    pipeline = ['line', 'string']\n"
        f"@ChannelHandlerBean(server='s{n}')\nclass H{n}(ChannelHandler[str]):\n"
        f"    def channel_read(self, ctx: ChannelHandlerContext, msg: str) -> None:\n        ctx.write(msg)"
        for n in range(10)
    ),
]


def test_a_hundred_beans_and_ten_servers_take_less_than_a_second(written: Write, capsys: pytest.CaptureFixture[str]) -> None:
    """Of processor time, which other programs on the machine do not stretch; what a check imports is imported before."""
    check(written(APPLICATION), ())
    target, began = written("\n\n".join(MANY)), time.process_time()

    found = check(target, ())

    seconds = time.process_time() - began
    with capsys.disabled():
        print(f"[{seconds:.2f} s]", end=" ")
    assert (10, []) == (len(found.survey.endpoints), list(found.survey.findings))
    assert seconds < 1
