"""The resolver of the system."""

import pytest

from pyboot.components.netty.resolver.system import DefaultNameResolver


async def test_the_system_is_asked() -> None:
    """Each address once; a name that nobody knows is an OSError."""
    assert "127.0.0.1" in await DefaultNameResolver().resolve_all("localhost")
    assert ["127.0.0.1"] == await DefaultNameResolver().resolve_all("127.0.0.1")
    with pytest.raises(OSError, match="cannot be a name"):
        await DefaultNameResolver().resolve_all("a" * 64 + ".test")
