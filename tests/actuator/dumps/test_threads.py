"""The endpoint threaddump."""

import asyncio
import threading
import time
from typing import Any

import pytest

from tests.actuator.management_client import managed

OF_SPRING = {
    "threadName": str,
    "threadId": int,
    "blockedTime": int,
    "blockedCount": int,
    "waitedTime": int,
    "waitedCount": int,
    "lockOwnerId": int,
    "daemon": bool,
    "inNative": bool,
    "suspended": bool,
    "threadState": str,
    "priority": int,
    "stackTrace": list,
    "lockedMonitors": list,
    "lockedSynchronizers": list,
}
OF_A_FRAME = {"moduleName": str, "className": str, "methodName": str, "fileName": str, "lineNumber": int, "nativeMethod": bool}


async def waits(event: asyncio.Event) -> None:
    """Wait."""
    await event.wait()


async def waits_for(task: asyncio.Task[None]) -> None:
    """Wait for another task."""
    await task


async def test_threads_and_tasks_are_told_in_springs_form() -> None:
    """Each field with its type; a task as a thread with an id that stays, and what it waits for as its lock."""
    event, ended = asyncio.Event(), threading.Event()
    first = asyncio.create_task(waits(event), name="first")
    second = asyncio.create_task(waits_for(first), name="second")
    thread = threading.Thread(target=ended.wait, name="worker", daemon=True)
    thread.start()
    async with managed() as (client, _):
        answer = await client.get("/threaddump")
        again = (await client.get("/threaddump")).json()
    event.set()
    ended.set()
    await second
    rows = {row["threadName"]: row for row in answer.json()["threads"]}

    assert "application/vnd.spring-boot.actuator.v3+json" == answer.headers["content-type"]
    for row in rows.values():
        assert OF_SPRING == {name: type(row[name]) for name in OF_SPRING}
        assert [] == [frame for frame in row["stackTrace"] if {name: type(value) for name, value in frame.items()} != OF_A_FRAME]
    assert ("RUNNABLE", False, -1) == tuple(rows["MainThread"][name] for name in ("threadState", "daemon", "lockOwnerId"))
    assert ("WAITING", True, thread.ident) == tuple(rows["worker"][name] for name in ("threadState", "daemon", "threadId"))
    assert "_asyncio.Future" == rows["first"]["lockInfo"]["className"]
    assert ("WAITING", "first", rows["first"]["threadId"]) == tuple(
        rows["second"][name] for name in ("threadState", "lockOwnerName", "lockOwnerId")
    )
    assert "waits" == rows["first"]["stackTrace"][1]["methodName"]
    assert rows["first"]["threadId"] > 1_000_000
    assert rows["first"]["threadId"] == next(row["threadId"] for row in again["threads"] if row["threadName"] == "first")


async def test_text_is_told_to_who_accepts_it() -> None:
    """As jstack writes it."""
    event = asyncio.Event()
    task = asyncio.create_task(waits(event), name="first")
    async with managed() as (client, _):
        answer = await client.get("/threaddump", headers={"accept": "text/plain"})
    event.set()
    await task

    assert "text/plain;charset=UTF-8" == answer.headers["content-type"]
    (told,) = [part for part in answer.text.split("\n\n") if part.startswith('"first"')]
    lines = told.splitlines()
    assert lines[0].startswith('"first" - Thread t@100')
    assert "   Thread.State: WAITING" == lines[1]
    assert lines[2].startswith("\tat asyncio.locks.Event.wait(locks.py:")
    assert lines[3].startswith("\t- waiting for <")
    assert lines[4].startswith(f"\tat {__name__}.waits(test_threads.py:")


async def test_tasks_beyond_the_limit_are_counted() -> None:
    """And threads are all told."""
    event = asyncio.Event()
    tasks = [asyncio.create_task(waits(event)) for _ in range(1200)]
    async with managed() as (client, _):
        by_default = (await client.get("/threaddump")).json()
        few = (await client.get("/threaddump", params={"limit": 2})).json()
        text = (await client.get("/threaddump", params={"limit": 0}, headers={"accept": "text/plain"})).text
    event.set()
    await asyncio.gather(*tasks)

    assert 1000 == by_default["tasks"]["shown"] < 1200 < by_default["tasks"]["total"]
    assert 2 == sum(row["threadId"] > 1_000_000 and row["threadId"] < 2_000_000 for row in few["threads"])
    assert "MainThread" in text
    assert text.endswith(" more tasks\n")


@pytest.mark.parametrize("limit", ["-1", "many", "1000001"])
async def test_a_limit_that_is_none_is_refused(limit: Any) -> None:
    """As any parameter."""
    async with managed() as (client, _):
        assert 400 == (await client.get("/threaddump", params={"limit": limit})).status_code


async def test_names_of_tasks_hide_secrets() -> None:
    """They may be made of anything."""
    event = asyncio.Event()
    task = asyncio.create_task(waits(event), name="login with hunter2hunter2")
    async with managed(properties={"shop.password": "hunter2hunter2"}) as (client, _):
        told = (await client.get("/threaddump")).text
    event.set()
    await task

    assert "hunter2hunter2" not in told
    assert "login with ******" in told


@pytest.mark.slow
async def test_ten_thousand_tasks_do_not_hold_up_the_loop() -> None:
    """Of a hundred turns of the loop ninety-nine take less than 20 ms of processor time, which neighbours do not lengthen."""
    event, turns = asyncio.Event(), list[float]()
    tasks = [asyncio.create_task(waits(event)) for _ in range(10_000)]
    async with managed() as (client, _):
        reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
        await client.get("/health")  # so that everything is imported
        writer.write(b"GET /actuator/threaddump?limit=10000 HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        reading, last = asyncio.create_task(reader.read()), time.thread_time()
        while not reading.done():
            await asyncio.sleep(0)
            now = time.thread_time()
            turns.append(now - last)
            last = now
        content = await reading
        writer.close()
    event.set()
    await asyncio.gather(*tasks)
    busy = sorted(turn for turn in turns if turn > 0.0005)  # those that have done something, or idle ones would hide them

    print(f"{len(busy)} turns; p99 {busy[len(busy) * 99 // 100] * 1000:.1f} ms, the longest {busy[-1] * 1000:.1f} ms")
    assert 10_000 <= content.count(b'"threadName"')
    assert busy[len(busy) * 99 // 100] < 0.02
