"""The row of those who have spent their turn: one budget a turn for all of them."""

import asyncio

from pyboot.components.netty.channel.life.budget import TURN_CALLS, Turns
from tests.components.netty.suspending import until


class Worker:
    """Has *left* calls to make, at most *portion* at a time."""

    def __init__(self, turns: Turns, log: list[str], name: str, left: int, portion: int = TURN_CALLS) -> None:
        self.turns, self.log, self.name, self.left, self.portion = turns, log, name, left, portion

    def go_on(self) -> int:
        self.log.append(self.name)
        calls = min(self.left, self.portion)
        self.left -= calls
        if self.left:
            self.turns.later(self.go_on)
        return calls


async def test_the_loud_wait_for_each_other() -> None:
    """Two who spend a whole budget go on in turns of their own, alternating; the loop has a turn between any two."""
    turns, log = Turns(asyncio.get_running_loop()), list[str]()
    for name in "ab":
        turns.later(Worker(turns, log, name, 3 * TURN_CALLS).go_on)
    for _ in range(6):
        await asyncio.sleep(0)
        log.append("|")

    assert "a|b|a|b|a|b|" == "".join(log)


async def test_small_rests_share_a_turn() -> None:
    """As many as fit into one budget; who comes back waits for the next turn."""
    turns, log = Turns(asyncio.get_running_loop()), list[str]()
    for name in "abc":
        turns.later(Worker(turns, log, name, 20, portion=10).go_on)
    await asyncio.sleep(0)
    log.append("|")
    await asyncio.sleep(0)

    assert "abc|abc" == "".join(log)


async def test_an_error_does_not_stop_the_others() -> None:
    """It goes to the loop, and who stands behind has the next turn."""
    loop = asyncio.get_running_loop()
    errors: list[object] = []
    loop.set_exception_handler(lambda _, context: errors.append(context["exception"]))
    turns, log, error = Turns(loop), list[str](), ValueError("mine")

    def fail() -> int:
        raise error

    turns.later(fail)
    turns.later(Worker(turns, log, "a", 1).go_on)
    await until(lambda: log)

    assert ([error], ["a"]) == (errors, log)
