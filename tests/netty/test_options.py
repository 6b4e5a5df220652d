"""Settings to options."""

from typing import Any

import pytest

from pyboot.components.netty import ChannelConfig, ChannelOption, PooledByteBufferAllocator, UnpooledByteBufferAllocator
from pyboot.netty.options import Options, connection_options, listening_options
from pyboot.netty.properties import ServerProperties


def of_connections(**settings: Any) -> Options:
    """The options of a connection under *settings*."""
    return connection_options(ServerProperties.model_validate(settings), UnpooledByteBufferAllocator.DEFAULT)


def test_a_listening_channel_gets_its_limits() -> None:
    """The queue of those who wait, and the number of those who are served."""
    options = listening_options(ServerProperties(backlog=7, max_connections=9))

    assert {ChannelOption.SO_BACKLOG: 7, ChannelOption.MAX_CONNECTIONS: 9} == {option: value for option, value in options.items() if value}


@pytest.mark.parametrize(
    ("settings", "option", "expected"),
    [
        ({"write_buffer": {"low": 1, "high": 2}}, ChannelOption.WRITE_BUFFER_WATER_MARK, (1, 2)),
        ({"write_buffer": {"limit": "1MiB"}}, ChannelOption.WRITE_BUFFER_LIMIT, 1048576),
        ({"mailbox": {"messages": 3}}, ChannelOption.MAILBOX_LIMIT, 3),
        ({"mailbox": {"bytes": "1MiB"}}, ChannelOption.MAILBOX_BYTES, 1048576),
        ({"write_stall_timeout": "5s"}, ChannelOption.WRITE_STALL_TIMEOUT, 5.0),
        ({"close_timeout": "500ms"}, ChannelOption.CLOSE_TIMEOUT, 0.5),
        ({"keep_alive": {"idle": "9s"}}, ChannelOption.TCP_KEEPIDLE, 9),
        ({"keep_alive": {"interval": "8s"}}, ChannelOption.TCP_KEEPINTVL, 8),
        ({"keep_alive": {"count": 2}}, ChannelOption.TCP_KEEPCNT, 2),
    ],
    ids=lambda value: value.name if isinstance(value, ChannelOption) else None,
)
def test_a_connection_gets_its_rules(settings: dict[str, Any], option: ChannelOption[Any], expected: object) -> None:
    """Seconds, bytes and numbers, as options have them."""
    assert expected == of_connections(**settings)[option]


@pytest.mark.parametrize(
    ("descriptors", "given", "expected"),
    [
        (1024, {}, 819),
        (1_048_576, {}, 10_000),
        (-1, {}, 10_000),
        (1024, {"max_connections": 9000}, 9000),
        (1024, {"max_connections": 0}, 0),
    ],
)
def test_connections_leave_descriptors_to_everything_else(
    descriptors: int, given: dict[str, int], expected: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless the settings say how many there may be; without a limit of the system there is ours."""
    resource = pytest.importorskip("resource", reason="this system has no limits of that kind")
    monkeypatch.setattr(resource, "getrlimit", lambda _: (descriptors, descriptors))

    assert expected == listening_options(ServerProperties.model_validate(given))[ChannelOption.MAX_CONNECTIONS]


def test_without_keep_alive_there_are_no_probes_to_set() -> None:
    """It is switched off, and that is all."""
    assert [ChannelOption.SO_KEEPALIVE] == [option for option in of_connections(keep_alive={"enabled": False}) if "KEEP" in option.name]


def test_a_peer_of_this_machine_is_not_probed() -> None:
    """The options are TCP's."""
    options = connection_options(ServerProperties(), UnpooledByteBufferAllocator.DEFAULT, is_tcp=False)

    assert [] == [option for option in options if "KEEP" in option.name]


def test_nothing_set_is_what_the_library_does() -> None:
    """Defaults stand in two places; they are the same."""
    config, rules = ChannelConfig(), connection_options(ServerProperties(), PooledByteBufferAllocator.DEFAULT)

    assert [] == [option for option, value in rules.items() if "KEEP" not in option.name and value != config.get(option)]
