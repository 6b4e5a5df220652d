"""Resolving: numbers at once, names in a thread."""

import asyncio
import socket
import threading
from typing import Any

import pytest

from pyboot.components.netty.transport.resolving import looked_up, resolve, resolve_numbers


@pytest.mark.parametrize(("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6), (None, socket.AF_INET)])
async def test_a_numeric_address_is_not_sent_through_the_resolver(host: str, family: int) -> None:
    """Which would cost a thread; no host is this machine."""
    nobody: Any = None  # a resolver that would raise
    address = ("127.0.0.1", 9) if family == socket.AF_INET else ("::1", 9, 0, 0)

    assert [(family, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", address)] == await resolve(nobody, host, 9, socket.SOCK_STREAM)


def test_an_own_end_without_a_host_is_every_address_of_the_machine() -> None:
    """Of both families."""
    found = resolve_numbers(None, 9, socket.SOCK_DGRAM, own=True)

    assert found is not None
    assert {("0.0.0.0", 9), ("::", 9, 0, 0)} == {info[4] for info in found}  # what is expected


@pytest.mark.parametrize("name", ["a..b", "x" * 300, "no\0name"])
async def test_what_cannot_be_a_name_is_an_error_of_the_system(name: str) -> None:
    """Not one of Python's, which nobody expects."""
    with pytest.raises(socket.gaierror):
        await resolve(asyncio.get_running_loop(), name, 9, socket.SOCK_STREAM)


async def test_what_is_known_is_told_at_once_and_a_name_later() -> None:
    """From the task that is given back."""
    loop = asyncio.get_running_loop()
    found: list[Any] = []
    failed: list[OSError] = []

    assert looked_up(loop, ["127.0.0.1", "::1"], 9, socket.SOCK_STREAM, found.append, failed.append) is None
    assert ["127.0.0.1", "::1"] == [info[4][0] for info in found.pop()]

    task = looked_up(loop, ["127.0.0.1", "localhost"], 9, socket.SOCK_STREAM, found.append, failed.append)
    assert task is not None
    assert [] == found
    await task
    assert "127.0.0.1" == found.pop()[0][4][0]

    task = looked_up(loop, ["a..b"], 9, socket.SOCK_STREAM, found.append, failed.append)
    assert task is not None
    await task
    assert ([], 1) == (found, len(failed))


async def test_names_that_nobody_answers_for_hold_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """On either loop: libuv alone would look up two at a time."""
    loop, answered, asked = asyncio.get_running_loop(), threading.Event(), asyncio.Semaphore(0)

    def system(host: str, *arguments: Any, **options: Any) -> Any:
        if host == "quick.example":
            return [(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("127.0.0.1", 9))]
        loop.call_soon_threadsafe(asked.release)
        answered.wait(20)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", system)
    slow = [asyncio.ensure_future(resolve(loop, f"slow{number}.example", 9, socket.SOCK_STREAM)) for number in range(4)]
    try:
        async with asyncio.timeout(20):
            for _ in slow:
                await asked.acquire()
            ((*_, address),) = await resolve(loop, "quick.example", 9, socket.SOCK_STREAM)
        assert ("127.0.0.1", 9) == address
        assert not any(lookup.done() for lookup in slow)
    finally:
        answered.set()
        ended = await asyncio.gather(*slow, return_exceptions=True)
    assert 4 == sum(isinstance(error, socket.gaierror) for error in ended)
