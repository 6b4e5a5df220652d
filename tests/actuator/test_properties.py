"""The settings below `management`."""

import pytest
from pydantic import BaseModel, ValidationError

from pyboot.actuator import properties
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties

MODELS = [kind for kind in vars(properties).values() if isinstance(kind, type) and issubclass(kind, BaseModel)]


def test_closed_by_default() -> None:
    """A port of its own on this machine alone, and health alone."""
    server, endpoints = ManagementServerProperties(), EndpointsProperties()

    assert ("127.0.0.1", 8081) == (server.address, server.port)
    assert (["health"], []) == (endpoints.web.exposure.include, endpoints.web.exposure.exclude)


@pytest.mark.parametrize("path", ["actuator", "/actuator/"])
def test_paths_begin_with_a_slash_and_do_not_end_with_one(path: str) -> None:
    """Whatever is put behind them begins with one."""
    with pytest.raises(ValidationError):
        EndpointsProperties.model_validate({"web": {"base_path": path}})


@pytest.mark.parametrize("model", MODELS)
def test_every_setting_says_what_it_is(model: type[BaseModel]) -> None:
    """A sentence and its default."""
    assert [] == [name for name, field in model.model_fields.items() if not field.description and field.annotation is not None]
