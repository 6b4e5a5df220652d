"""The supervisor's end of the lines; `test_carrying` has what both ends promise together."""

from types import SimpleNamespace
from typing import Any

from pyboot.supervisor.channel import Channel
from tests.supervisor.wired import Wired


def said(wired: Wired, channel: Channel) -> list[Any]:
    """Let the supervisor read, and return what the node is told then; None is the end."""
    channel.set_blocking(False)
    found: list[Any] = []
    wired.turn()
    while not found or found[-1] is not None:
        try:
            message = channel.receive()
        except BlockingIOError:
            break
        found.append(message and (message.kind, message.fields))
    return found


async def test_a_call_that_is_none_of_the_board_is_refused() -> None:
    """A worker calls what it may, and nothing else."""
    wired = Wired()
    line = wired.line({"prefix": "p", "node": "a"})
    line.send("call", {"id": 7, "operation": "forget", "arguments": []})
    line.send("call", {"id": 8, "operation": "hearing", "arguments": ["x"]})

    refused = ("answer", {"id": 7, "refused": "the supervisor knows no 'forget'"})
    assert [("welcome", {}), refused, ("answer", {"id": 8, "value": []})] == said(wired, line)
    line.close()
    wired.close()


async def test_what_is_not_known_ends_the_line_with_a_warning() -> None:
    """It is of another version."""
    wired = Wired()
    line = wired.line({"prefix": "p", "node": "a"})
    line.send("sing")

    assert [("welcome", {}), None] == said(wired, line)
    assert ["worker 0: a message 'sing' of a node that this version does not know"] == wired.warnings
    line.close()
    wired.close()


async def test_a_node_that_comes_again_has_its_new_line_alone() -> None:
    """The end of the old one, which is read later, takes nothing away."""
    wired = Wired()
    old = wired.line({"prefix": "p", "node": "a"})
    new = wired.line({"prefix": "p", "node": "a"})
    old_said = said(wired, old)
    old.close()
    said(wired, new)

    assert [("welcome", {}), None] == old_said
    assert ["a"] == wired.switchboard.nodes
    new.close()
    wired.close()


async def test_only_the_nodes_of_a_process_that_is_gone_lose_their_leases() -> None:
    """A line that ends says nothing of its process, which may come back."""
    wired = Wired()
    others: Any = SimpleNamespace(slot=1)
    lines = [wired.line({"prefix": "p", "node": "a"}), wired.line({"prefix": "p", "node": "b"}, others)]
    for line, node in zip(lines, "ab", strict=True):
        line.send("call", {"id": 1, "operation": "lease", "arguments": [node, 1, None, 100.0]})
        said(wired, line)
    wired.switchboard.gone(others)
    lines[0].send("call", {"id": 2, "operation": "members", "arguments": []})
    (answer,) = said(wired, lines[0])

    assert ["a"] == [lease[0] for lease in answer[1]["value"]]
    for line in lines:
        line.close()
    wired.close()
