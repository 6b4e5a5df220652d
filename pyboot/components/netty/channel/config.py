"""ChannelConfig: the rules of one channel, or of all channels of one server until one of them changes its own."""

from __future__ import annotations

from typing import Any, final

from pyboot.components.netty.buffer.allocator import ByteBufferAllocator, PooledByteBufferAllocator
from pyboot.components.netty.option import ChannelOption, WriteBufferWaterMark

__all__ = ["ChannelConfig"]


@final
class ChannelConfig:
    """Typed values of the framework's own options; `ChannelOption` says what each means and in which unit."""

    def __init__(self) -> None:
        self.auto_read: bool = True
        self.allow_half_closure: bool = False
        self.allocator: ByteBufferAllocator = PooledByteBufferAllocator.DEFAULT
        self.low_water_mark: int = 32 * 1024
        self.high_water_mark: int = 64 * 1024
        self.write_buffer_limit: int = 4 * 1024 * 1024
        self.write_stall_timeout: float = 60.0
        self.connect_timeout: float = 30.0
        self.close_timeout: float = 30.0
        self.close_on_error: bool = True
        self.mailbox_limit: int = 64

    def copy(self) -> ChannelConfig:
        """The same rules, to be changed for one channel only."""
        twin = ChannelConfig()
        for option in ChannelOption.ALL.values():
            self._copy_to(twin, option)
        return twin

    def _copy_to(self, twin: ChannelConfig, option: ChannelOption[Any]) -> None:
        value = self.get(option)
        if value is not None:
            twin.set(option, value)

    def get(self, option: ChannelOption[Any]) -> Any:
        """The value of a rule; None for an option that is not a rule of the framework."""
        if option is ChannelOption.WRITE_BUFFER_WATER_MARK:
            return WriteBufferWaterMark(self.low_water_mark, self.high_water_mark)
        return getattr(self, option.name.lower(), None)

    def set(self, option: ChannelOption[Any], value: Any) -> bool:
        """Set a rule after checking it; False for an option that is not a rule of the framework.

        Raises ValueError for a value that the option does not allow.
        """
        if option is ChannelOption.WRITE_BUFFER_WATER_MARK:
            self._set_water_mark(value)
            return True
        name = option.name.lower()
        if not hasattr(self, name):
            return False
        setattr(self, name, _checked(option, value))
        return True

    def _set_water_mark(self, mark: Any) -> None:
        low, high = mark
        if not 0 <= low <= high:
            raise ValueError(f"WRITE_BUFFER_WATER_MARK low={low}, high={high}: allowed is 0 <= low <= high")
        self.low_water_mark = low
        self.high_water_mark = high


def _checked(option: ChannelOption[Any], value: Any) -> Any:
    if isinstance(option.default, bool):
        return bool(value)
    if isinstance(option.default, int | float):
        if not isinstance(value, int | float) or value < 0:
            raise ValueError(f"{option}={value!r}: allowed is a number of at least 0")
        return type(option.default)(value)
    return value
