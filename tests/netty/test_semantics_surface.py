"""What an application imports: one surface has it all."""

import pyboot.components.netty
import pyboot.netty


def test_the_bridge_offers_the_whole_library() -> None:
    """An application needs one import, and no name means two things."""
    offered = {name: getattr(pyboot.netty, name, None) for name in pyboot.components.netty.__all__}

    assert [] == [name for name, thing in offered.items() if thing is not getattr(pyboot.components.netty, name)]
