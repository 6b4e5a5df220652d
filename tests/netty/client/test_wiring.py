"""What a client is made of before anything of it is decided."""

import pytest

from pyboot.netty.client.client import NettyClient
from pyboot.netty.client.wiring import unwired


async def test_a_client_of_which_nothing_is_decided_connects_nowhere() -> None:
    """It says which one, and there is nothing to close."""
    wiring = unwired("upstream")
    assert (None, None, None) == (wiring.backoff, wiring.queue, wiring.loop)
    await wiring.close_connections()

    with pytest.raises(ConnectionError, match=r"upstream.*before the application has started its clients"):
        await wiring.attempt(NettyClient.wired("upstream"))
