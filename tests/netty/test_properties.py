"""The settings below `netty`."""

from datetime import timedelta

import pytest
from pydantic import BaseModel, ValidationError

from pyboot.netty import properties
from pyboot.netty.properties import NettyProperties, ServerProperties, WriteBufferProperties

MODELS = [entry for entry in vars(properties).values() if isinstance(entry, type) and issubclass(entry, BaseModel) and entry.model_fields]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_setting_has_a_default_and_a_sentence(model: type[BaseModel]) -> None:
    """A beginner sets nothing, and reads what could be set."""
    assert [] == [name for name, field in model.model_fields.items() if field.is_required() or not field.description]


def test_nothing_set_means_the_documented_defaults() -> None:
    """One loop, the application's own, and deadlines that are on."""
    settings = NettyProperties()

    assert ("auto", 0, 0) == (settings.loop, settings.boss.threads, settings.worker.threads)
    assert timedelta(seconds=60) == ServerProperties().write_stall_timeout
    assert ("pooled", "simple", 10_000) == (settings.allocator.type, settings.leak_detection, ServerProperties().max_connections)


def test_units_are_understood() -> None:
    """Durations and sizes as settings write them."""
    server = ServerProperties.model_validate({"close_timeout": "1m30s", "write_buffer": {"low": "8KiB", "high": "16KiB"}})

    assert timedelta(seconds=90) == server.close_timeout
    assert (8192, 16384) == (server.write_buffer.low, server.write_buffer.high)


@pytest.mark.parametrize(
    "settings",
    [
        {"transport": "unix"},
        {"transport": "unix", "path": "x", "port": 1},
        {"path": "x"},
        {"transport": "unix", "path": ""},
        {"transport": "udp", "path": "x"},
        {"transport": "udp", "tls": {"bundle": "web"}},
        {"transport": "udp", "listeners": {"a": {"port": 1, "tls": {"bundle": "web"}}}},
        {"transport": "udp", "max_connections": 3},
        {"transport": "udp", "idle": {"all": "1s"}},
        {"transport": "udp", "listeners": {"a": {"path": "x"}}},
        {"transport": "unix", "listeners": {"a": {"port": 1}}},
        {"path": "x", "transport": "unix", "listeners": {"a": {"path": "y"}}},
        {"listeners": {"a": {"path": "x", "port": 1}}},
        {"listeners": {"a": {"port": 1}}, "instances": {"b": {"port": 2}}},
    ],
)
def test_a_server_has_one_place(settings: dict[str, object]) -> None:
    """Host and port, or a path."""
    with pytest.raises(ValidationError):
        ServerProperties.model_validate(settings)


@pytest.mark.parametrize("port", [-1, 65536, "many"])
def test_a_port_that_is_none_is_refused(port: object) -> None:
    """0 to 65535."""
    with pytest.raises(ValidationError):
        ServerProperties.model_validate({"port": port})


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"close_timeout": "-1s"}, "-1s is too short; allowed is 0s or more"),
        ({"idle": {"reader": "-1ms"}}, "-0.001s is too short; allowed is 0s or more"),
        ({"keep_alive": {"interval": "500ms"}}, "0.5s is too short; allowed is 1s or more"),
    ],
)
def test_a_time_that_cannot_be_is_refused(settings: dict[str, object], reason: str) -> None:
    """Less than nothing, or less than the system can count."""
    with pytest.raises(ValidationError, match=reason):
        ServerProperties.model_validate(settings)


def test_water_marks_must_be_in_order() -> None:
    """A low mark above the high one would never let a connection be writable again."""
    with pytest.raises(ValidationError, match="low <= high <= limit must hold, but they are 2, 1 and 4194304 bytes"):
        WriteBufferProperties(low=2, high=1)


def test_a_name_that_does_not_exist_is_refused() -> None:
    """A typing error never passes as a setting."""
    with pytest.raises(ValidationError, match="prot"):
        ServerProperties.model_validate({"prot": 9000})
