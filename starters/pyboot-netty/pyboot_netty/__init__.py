"""The names of the network library, under the import name of the distribution ``pyboot-netty``: a second name for that surface."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyboot.components.netty import *
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
