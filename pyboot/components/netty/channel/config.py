"""ChannelConfig: the rules of one channel, or of all channels of one server until one of them changes its own."""

from __future__ import annotations

import math
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
        self.half_close_timeout: float = 60.0
        self.close_on_error: bool = True
        self.mailbox_limit: int = 64
        self.mailbox_bytes: int = 256 * 1024

    def copy(self) -> ChannelConfig:
        """The same rules, to be changed for one channel only."""
        twin = ChannelConfig()
        for option in ChannelOption.ALL.values():
            value = self.get(option)
            if value is not None:  # else it is an option of sockets
                twin.set(option, value)
        return twin

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
            low, high = _water_marks(value)
            self.low_water_mark = low
            self.high_water_mark = high
        else:
            name = option.name.lower()
            if not hasattr(self, name):
                return False
            setattr(self, name, _checked(option, value))
        # No mark lies above the hard limit: a write looks at that only past the high mark, so as not to pay for both.
        limit = self.write_buffer_limit
        if 0 < limit < self.high_water_mark:
            self.high_water_mark = limit
            self.low_water_mark = min(self.low_water_mark, limit)
        return True


def _water_marks(mark: Any) -> tuple[int, int]:
    if isinstance(mark, tuple | list) and len(mark) == 2 and all(_is_number(number, int) for number in mark) and mark[0] <= mark[1]:
        return mark[0], mark[1]
    raise ValueError(f"WRITE_BUFFER_WATER_MARK={mark!r}: allowed is a pair of whole numbers, 0 <= low <= high")


def _checked(option: ChannelOption[Any], value: Any) -> Any:
    default = option.default
    if isinstance(default, bool):
        _require(option, value, isinstance(value, bool), "True or False")
    elif isinstance(default, int):
        _require(option, value, _is_number(value, int), "a whole number of at least 0")
    elif isinstance(default, float):
        _require(option, value, _is_number(value, (int, float)), "a finite number of at least 0")
        return float(value)
    elif option is ChannelOption.ALLOCATOR:
        _require(option, value, isinstance(value, ByteBufferAllocator), "a ByteBufferAllocator")
    return value


def _is_number(value: Any, kinds: type | tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool) and bool(0 <= value < math.inf)  # type: ignore[operator]  # kinds are numbers


def _require(option: ChannelOption[Any], value: Any, is_allowed: bool, allowed: str) -> None:
    if not is_allowed:
        raise ValueError(f"{option}={value!r}: allowed is {allowed}")
