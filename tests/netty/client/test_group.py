"""Clients of one kind, without an application."""

import pytest

from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.group import NettyClientGroup


async def test_a_group_is_read_like_a_map_and_changed_like_a_group() -> None:
    """What is added goes to who makes clients, what is removed to who ends them."""
    made: list[tuple[str, str, int]] = []
    ended: list[NettyClient] = []

    def add(name: str, host: str, port: int) -> NettyClient:
        made.append((name, host, port))
        return NettyClient.wired(name)

    async def end(client: NettyClient) -> None:
        ended.append(client)

    first = NettyClient.wired("device.a")
    group = NettyClientGroup("device", {"a": first}, add, end)
    second = group.add("b", "there", 80)

    assert (["a", "b"], [first, second], 2) == (list(group), list(group.values()), len(group))
    assert [("device.b", "there", 80)] == made
    assert (True, False) == ("b" in group, "c" in group)
    with pytest.raises(KeyError):
        group["c"]
    assert await group.remove("a")
    assert ([first], ["b"], False) == (ended, list(group.keys()), await group.remove("a"))
    assert "<NettyClientGroup device: b>" == repr(group)


@pytest.mark.parametrize(
    ("key", "host", "port"), [("", "there", 80), ("c", "", 80), ("c", "there", 0), ("c", "there", 65536), ("c", "there", -1)]
)
async def test_where_no_peer_can_be_no_client_is_added(key: str, host: str, port: int) -> None:
    """It would try for ever, or give up with an error of somebody else."""

    def add(name: str, host: str, port: int) -> NettyClient:
        raise AssertionError(name)

    async def end(client: NettyClient) -> None: ...

    group = NettyClientGroup("device", {}, add, end)
    with pytest.raises(ValueError, match="a port from 1 to 65535"):
        group.add(key, host, port)
    assert 0 == len(group)
