"""Another address first, each time."""

from collections.abc import Sequence

from pyboot.components.netty.resolver.round_robin import RoundRobinNameResolver


class Fixed:
    """Knows three addresses, or one."""

    async def resolve_all(self, host: str) -> Sequence[str]:
        """Those."""
        return ["1", "2", "3"] if host == "many" else ["1"]


async def test_each_call_begins_with_the_next() -> None:
    """All are there each time."""
    resolver = RoundRobinNameResolver(Fixed())

    assert [["1", "2", "3"], ["2", "3", "1"], ["3", "1", "2"], ["1", "2", "3"]] == [
        list(await resolver.resolve_all("many")) for _ in range(4)
    ]
    assert ["1"] == await resolver.resolve_all("one")
