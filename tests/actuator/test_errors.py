"""The errors of the management room."""

import pytest

from pyboot.actuator import errors
from pyboot.actuator.errors import (
    ActuatorError,
    AdminClientError,
    EndpointClashError,
    EndpointDefinitionError,
    HealthGroupError,
    HealthPathError,
    ManagementPortError,
    OpenManagementError,
    UnknownEndpointError,
)

SAMPLES = [
    EndpointDefinitionError("Features", "app.py:3", "it has no operation"),
    EndpointClashError("health", "one", "other"),
    ManagementPortError("the port is in use"),
    OpenManagementError("0.0.0.0", ("env",)),
    HealthGroupError("some", "god", ("good", "bad")),
    UnknownEndpointError("management.endpoints.web.exposure.include", "helth", ("health", "info"), ("health",)),
    AdminClientError("health is not exposed"),
    HealthPathError("two have one"),
]


def test_each_has_a_code_of_its_own() -> None:
    """By which the catalogue of errors knows it."""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ActuatorError)]

    assert len(kinds) == len({kind.code for kind in kinds})


@pytest.mark.parametrize("error", SAMPLES, ids=lambda error: type(error).__name__)
def test_each_says_what_is_and_what_to_do(error: ActuatorError) -> None:
    """In whole sentences."""
    assert all(fact in str(error) for value in vars(error).values() for fact in ([value] if isinstance(value, str) else value))
    assert error.action.endswith((".", "..."))
