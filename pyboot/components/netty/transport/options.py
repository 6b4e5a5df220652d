"""ChannelOptions: what a bootstrap was told about one kind of channel, rules of the framework apart from options of the socket."""

from __future__ import annotations

from typing import Any, final

from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.option import ChannelOption

from .socket_options import check_option

__all__ = ["ChannelOptions"]


@final
class ChannelOptions:
    """Sorted when they are set: rules into *config*, *others* for the transport."""

    def __init__(self) -> None:
        self.config = ChannelConfig()
        self.others: dict[ChannelOption[Any], Any] = {}

    def copy(self) -> ChannelOptions:
        """A copy of these options, which can be changed for itself."""
        twin = ChannelOptions()
        twin.config, twin.others = self.config.copy(), dict(self.others)
        return twin

    def set(self, option: ChannelOption[Any], value: Any) -> None:
        """Set *option*; None takes it back. Raises TypeError for anything but a `ChannelOption`, ValueError for a bad value."""
        if not isinstance(option, ChannelOption):
            raise TypeError(f"{option!r} is not a ChannelOption")
        # An allocator of the published family makes buffers that are not ours: the default, which pools too, stands in.
        is_foreign = option is ChannelOption.ALLOCATOR and type(value).__module__ == "pyboot.commons.utils.bytes"
        if value is None or is_foreign:
            # From a fresh config: the rules know their defaults, and no second table of them could differ.
            self.others.pop(option, None)
            default = ChannelConfig().get(option)
            if default is not None:
                self.config.set(option, default)
        elif not self.config.set(option, value):
            check_option(option, value)
            self.others[option] = value
