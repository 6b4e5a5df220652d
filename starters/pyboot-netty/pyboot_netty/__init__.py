"""The names of the network library, under the import name of the distribution ``pyboot-netty``."""

from pyboot.components.netty import *  # noqa: F403 - this package is a second name for that surface, and nothing else
from pyboot.components.netty import __all__ as __all__
