"""The rules of a channel: defaults, checks, and copies that do not share."""

from typing import Any

import pytest

from pyboot.components.netty.buffer.allocator import PooledByteBufferAllocator
from pyboot.components.netty.channel.config import ChannelConfig
from pyboot.components.netty.option import ChannelOption, WriteBufferWaterMark

DEFAULTS: list[tuple[ChannelOption[Any], object]] = [
    (ChannelOption.AUTO_READ, True),
    (ChannelOption.ALLOW_HALF_CLOSURE, False),
    (ChannelOption.ALLOCATOR, PooledByteBufferAllocator.DEFAULT),
    (ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(32768, 65536)),
    (ChannelOption.WRITE_BUFFER_LIMIT, 4194304),
    (ChannelOption.WRITE_STALL_TIMEOUT, 60.0),
    (ChannelOption.CONNECT_TIMEOUT, 30.0),
    (ChannelOption.CLOSE_TIMEOUT, 30.0),
    (ChannelOption.CLOSE_ON_ERROR, True),
    (ChannelOption.MAILBOX_LIMIT, 64),
    (ChannelOption.MAILBOX_BYTES, 262144),
]


@pytest.mark.parametrize(("option", "default"), DEFAULTS)
def test_every_rule_has_its_default(option: ChannelOption[Any], default: object) -> None:
    """As `ChannelOption` says it."""
    assert default == ChannelConfig().get(option)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (ChannelOption.AUTO_READ, False),
        (ChannelOption.ALLOW_HALF_CLOSURE, True),
        (ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(1, 2)),
        (ChannelOption.WRITE_BUFFER_LIMIT, 0),
        (ChannelOption.WRITE_STALL_TIMEOUT, 0.5),
        (ChannelOption.CLOSE_TIMEOUT, 0.0),
        (ChannelOption.MAILBOX_LIMIT, 1),
        (ChannelOption.MAILBOX_BYTES, 1000),
    ],
)
def test_a_rule_that_was_set_is_read_back(option: ChannelOption[Any], value: object) -> None:
    """From the object itself and from a copy."""
    config = ChannelConfig()
    assert config.set(option, value)
    assert value == config.get(option)
    assert value == config.copy().get(option)


def test_a_copy_does_not_share() -> None:
    """One channel's change is not another's."""
    config = ChannelConfig()
    config.copy().set(ChannelOption.AUTO_READ, False)
    assert config.auto_read


def test_a_copy_has_every_rule() -> None:
    """Also those that are no option yet would be missed here."""
    config = ChannelConfig()
    changed = {name: (not value if isinstance(value, bool) else value + 1) for name, value in fields(config).items()}
    for name, value in changed.items():
        setattr(config, name, value)
    assert changed == fields(config.copy())


def fields(config: ChannelConfig) -> dict[str, Any]:
    """The numbers and switches of *config*."""
    names = [name for name in dir(config) if not name.startswith("_")]
    return {name: getattr(config, name) for name in names if isinstance(getattr(config, name), int | float)}


def test_a_socket_option_is_no_rule() -> None:
    """set tells so, get gives nothing."""
    config = ChannelConfig()
    assert not config.set(ChannelOption.TCP_NODELAY, True)
    assert config.get(ChannelOption.TCP_NODELAY) is None


@pytest.mark.parametrize("mark", [(2, 1), (-1, 1)])
def test_water_marks_must_be_in_order(mark: tuple[int, int]) -> None:
    """The error shows them and what is allowed."""
    with pytest.raises(ValueError, match=r"WRITE_BUFFER_WATER_MARK.*0 <= low <= high"):
        ChannelConfig().set(ChannelOption.WRITE_BUFFER_WATER_MARK, mark)


def test_equal_water_marks_are_allowed() -> None:
    """Low may be as high as high."""
    config = ChannelConfig()
    config.set(ChannelOption.WRITE_BUFFER_WATER_MARK, (7, 7))
    assert (7, 7) == (config.low_water_mark, config.high_water_mark)


def test_no_mark_lies_above_the_hard_limit() -> None:
    """Whichever of them was set first: past the limit nothing is written."""
    limit_first, marks_first = ChannelConfig(), ChannelConfig()
    limit_first.set(ChannelOption.WRITE_BUFFER_LIMIT, 1000)
    limit_first.set(ChannelOption.WRITE_BUFFER_WATER_MARK, (500, 2000))
    marks_first.set(ChannelOption.WRITE_BUFFER_WATER_MARK, (500, 2000))
    marks_first.set(ChannelOption.WRITE_BUFFER_LIMIT, 1000)
    for config in (limit_first, marks_first, marks_first.copy()):
        assert (500, 1000) == (config.low_water_mark, config.high_water_mark)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        (ChannelOption.CLOSE_TIMEOUT, -1),
        (ChannelOption.CLOSE_TIMEOUT, "soon"),
        (ChannelOption.CLOSE_TIMEOUT, float("nan")),
        (ChannelOption.MAILBOX_LIMIT, 2.7),
        (ChannelOption.WRITE_BUFFER_LIMIT, None),
        (ChannelOption.AUTO_READ, "false"),
        (ChannelOption.WRITE_BUFFER_WATER_MARK, 5),
        (ChannelOption.WRITE_BUFFER_WATER_MARK, ("a", "b")),
        (ChannelOption.ALLOCATOR, "pooled"),
    ],
)
def test_a_value_that_the_option_does_not_allow_raises(option: ChannelOption[Any], value: object) -> None:
    """ValueError names the option; the rule stays as it was."""
    config = ChannelConfig()
    before = config.get(option)
    with pytest.raises(ValueError, match=option.name):
        config.set(option, value)
    assert before == config.get(option)
