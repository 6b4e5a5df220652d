"""Exposure and access: which endpoints are answered, and how much of them."""

import pytest

from pyboot.actuator import Access
from pyboot.actuator.errors import UnknownEndpointError
from pyboot.actuator.exposure import Exposure, access_to, cache_seconds, refuse_unknown
from pyboot.actuator.properties import AccessProperties, ExposureProperties
from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.errors import BindError


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
        ({"management.endpoint.httpexchanges.enabled": "false"}, Access.UNRESTRICTED, Access.UNRESTRICTED, Access.NONE),
        ({"management.endpoint.http-exchanges.enabled": "true"}, Access.NONE, Access.UNRESTRICTED, Access.UNRESTRICTED),
        ({"management.endpoint.httpexchanges.enabled": "true"}, None, Access.READ_ONLY, Access.READ_ONLY),
    ],
)
def test_its_own_setting_wins_and_the_cap_holds(
    properties: dict[str, object], default: Access | None, most: Access, expected: Access
) -> None:
    """However its id is spelled."""
    environment = load_environment(Given(properties=properties))

    assert expected is access_to("httpExchanges", Access.READ_ONLY, AccessProperties(default=default, max_permitted=most), environment)


@pytest.mark.parametrize("enabled", ["true", "false"])
def test_access_is_said_once(enabled: str) -> None:
    """As in Spring Boot, which refuses both together, too."""
    environment = load_environment(
        Given(properties={"management.endpoint.httpexchanges.access": "none", "management.endpoint.httpexchanges.enabled": enabled})
    )
    with pytest.raises(BindError, match="leave out enabled, and say access"):
        access_to("httpExchanges", Access.UNRESTRICTED, AccessProperties(), environment)


@pytest.mark.parametrize(("said", "seconds"), [(None, 0.0), ("10s", 10.0), ("250ms", 0.25), ("0", 0.0)])
def test_answers_are_given_again_for_so_long(said: str | None, seconds: float) -> None:
    """Not at all where nothing is said."""
    given = {} if said is None else {"management.endpoint.http-exchanges.cache.time-to-live": said}

    assert seconds == cache_seconds("httpExchanges", load_environment(Given(properties=given)))


def test_less_than_no_time_is_refused() -> None:
    """Naming the setting."""
    environment = load_environment(Given(properties={"management.endpoint.httpexchanges.cache.time-to-live": "-1s"}))
    with pytest.raises(BindError, match="time-to-live"):
        cache_seconds("httpExchanges", environment)
