"""ChannelOption: typed keys, their defaults and their names."""

import pytest

from pyboot.components.netty import ChannelOption, WriteBufferWaterMark


def test_every_option_is_found_by_its_name() -> None:
    """Settings name options as strings."""
    assert ChannelOption.ALL["TCP_NODELAY"] is ChannelOption.TCP_NODELAY
    assert ChannelOption.ALL["AUTO_READ"] is ChannelOption.AUTO_READ
    assert all(name == option.name for name, option in ChannelOption.ALL.items())


def test_an_option_prints_as_its_name() -> None:
    """In messages to users, and in full where a program is inspected."""
    assert "SO_BACKLOG" == str(ChannelOption.SO_BACKLOG)
    assert "ChannelOption.SO_BACKLOG" == repr(ChannelOption.SO_BACKLOG)


def test_water_marks_are_nettys_by_default() -> None:
    """32 and 64 KiB."""
    assert (32_768, 65_536) == WriteBufferWaterMark()
    assert WriteBufferWaterMark(32_768, 65_536) == ChannelOption.WRITE_BUFFER_WATER_MARK.default


def test_defaults_are_those_that_the_design_promises() -> None:
    """Deadlines on writing, connecting and closing are on."""
    assert 60.0 == ChannelOption.WRITE_STALL_TIMEOUT.default
    assert 30.0 == ChannelOption.CONNECT_TIMEOUT.default
    assert 30.0 == ChannelOption.CLOSE_TIMEOUT.default
    assert 1024 == ChannelOption.SO_BACKLOG.default
    assert 0 == ChannelOption.MAX_CONNECTIONS.default


def test_an_option_cannot_be_changed() -> None:
    """It is a key, not a holder of values."""
    with pytest.raises(AttributeError):
        ChannelOption.SO_BACKLOG.name = "other"  # type: ignore[misc]  # what is wrong with it is the point


def test_a_socket_option_without_a_name_here_is_made_from_the_names_of_the_socket_module() -> None:
    """It knows its level."""
    option = ChannelOption.socket_option("IPPROTO_TCP", "TCP_SYNCNT")

    assert ("TCP_SYNCNT", "IPPROTO_TCP", int) == (option.name, option.level, option.kind)
    assert "TCP_SYNCNT" not in ChannelOption.ALL
