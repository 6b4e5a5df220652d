"""Exposure and access: which endpoints are answered, and how much of them."""

import pytest

from pyboot.actuator import Access
from pyboot.actuator.exposure import Exposure, access_to
from pyboot.actuator.properties import AccessProperties, ExposureProperties
from pyboot.boot.config.load import Given, load_environment


@pytest.mark.parametrize(
    ("include", "exclude", "exposed"),
    [
        (["health"], [], ["health"]),
        (["*"], [], ["health", "httpExchanges", "env"]),
        (["*"], ["env"], ["health", "httpExchanges"]),
        (["*"], ["*"], []),
        (["env"], ["env"], []),
        (["http-exchanges", "HEALTH"], [], ["health", "httpExchanges"]),
        ([], [], []),
    ],
)
def test_exclusion_wins_and_names_are_relaxed(include: list[str], exclude: list[str], exposed: list[str]) -> None:
    """As in Spring Boot."""
    exposure = Exposure(ExposureProperties(include=include, exclude=exclude))

    assert exposed == [id for id in ("health", "httpExchanges", "env") if exposure.exposes(id)]


@pytest.mark.parametrize(
    ("properties", "default", "most", "expected"),
    [
        ({}, None, Access.UNRESTRICTED, Access.READ_ONLY),
        ({}, Access.NONE, Access.UNRESTRICTED, Access.NONE),
        ({"management.endpoint.http-exchanges.access": "unrestricted"}, Access.NONE, Access.UNRESTRICTED, Access.UNRESTRICTED),
        ({"management.endpoint.httpExchanges.access": "unrestricted"}, None, Access.READ_ONLY, Access.READ_ONLY),
        ({"management.endpoint.httpexchanges": "false"}, Access.UNRESTRICTED, Access.UNRESTRICTED, Access.NONE),
        ({"management.endpoint.httpexchanges.other": "1"}, None, Access.UNRESTRICTED, Access.READ_ONLY),
    ],
)
def test_its_own_setting_wins_and_the_cap_holds(
    properties: dict[str, object], default: Access | None, most: Access, expected: Access
) -> None:
    """However its id is spelled."""
    environment = load_environment(Given(properties=properties))

    assert expected is access_to("httpExchanges", Access.READ_ONLY, AccessProperties(default=default, max_permitted=most), environment)
