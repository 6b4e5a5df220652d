"""Exposure and access: which endpoints are answered, and how much of them."""

import pytest

from pyboot.actuator import Access
from pyboot.actuator.errors import UnknownEndpointError
from pyboot.actuator.exposure import Exposure, access_to, refuse_unknown
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
    ("include", "exclude", "setting", "near"),
    [(["helth"], [], "include", "health"), (["*"], ["HttpExchange"], "exclude", "httpExchanges"), (["xyz"], [], "include", None)],
)
def test_an_id_that_nobody_has_is_refused_with_the_nearest(include: list[str], exclude: list[str], setting: str, near: str | None) -> None:
    """It would expose nothing, or hide nothing, and nobody would know."""
    with pytest.raises(UnknownEndpointError, match=f"exposure.{setting} names the endpoint") as caught:
        refuse_unknown(ExposureProperties(include=include, exclude=exclude), ["health", "httpExchanges"])

    assert (near is not None) == (f"Did you mean '{near}'" in caught.value.action)


def test_known_ids_are_fine_however_they_are_spelled() -> None:
    """And the star that stands for all."""
    refuse_unknown(ExposureProperties(include=["*", "HEALTH", "http-exchanges"], exclude=["httpExchanges"]), ["health", "httpExchanges"])


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
