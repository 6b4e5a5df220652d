"""The groups of servers: made when they are asked for, ended together."""

import asyncio
import threading
from typing import Any

from pyboot.components.netty import EventLoopGroup
from pyboot.netty.groups import WorkGroups
from pyboot.netty.properties import NettyProperties


def groups(**netty: Any) -> WorkGroups:
    """The groups of these settings."""
    return WorkGroups(NettyProperties.model_validate(netty))


def threads() -> list[str]:
    """The names of the threads that run."""
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("netty-")]


async def test_without_threads_the_running_loop_serves_and_accepts() -> None:
    """The default."""
    made = groups()
    worker = made.worker()

    assert (asyncio.get_running_loop(), worker) == (worker, made.boss(None, worker))


async def test_a_group_is_made_for_the_first_who_wants_it_and_shared() -> None:
    """One that nobody wants has no threads."""
    made = groups(groups={"heavy": {"threads": 2}, "idle": {}}, worker={"threads": 1})
    heavy, worker = made.worker("heavy"), made.worker()

    assert isinstance(heavy, EventLoopGroup)
    assert (2, True) == (len(heavy.loops), heavy is made.boss("heavy", worker))
    assert ["netty-heavy-0", "netty-heavy-1", "netty-worker-0"] == sorted(threads())

    await made.shutdown_gracefully(1.0)
    assert [] == threads()


async def test_a_group_called_worker_is_another_than_that_of_all() -> None:
    """The names of settings cannot clash with ours."""
    made = groups(groups={"worker": {}}, worker={"threads": 1}, boss={"threads": 1})

    assert made.worker("worker") is not made.worker()
    assert made.boss(None, made.worker()) is not made.worker()
    await made.shutdown_gracefully(1.0)


async def test_what_a_client_has_outlives_the_servers() -> None:
    """Clients end behind servers, which may use them to the last."""
    made = groups(groups={"shared": {"threads": 2}, "own": {}})
    first, second = made.loop_of_client("shared"), made.loop_of_client("shared")
    assert first is not second
    made.worker("own")

    await made.shutdown_gracefully(1.0)
    assert ["netty-shared-0", "netty-shared-1"] == sorted(threads())
    assert first is made.loop_of_client("shared")

    await made.end_kept(1.0)
    assert [] == threads()
