"""The endpoint health: what it answers, and to whom."""

import pytest

from pyboot.actuator import Health
from pyboot.actuator.errors import HealthGroupError
from pyboot.actuator.web.media import V2_JSON
from pyboot.boot import Component
from tests.actuator.health.asked import (
    ALONE,
    OPEN,
    BadHealthIndicator,
    GoodHealthIndicator,
    HangingHealthIndicator,
    PartedHealthIndicator,
    RaisingHealthIndicator,
    StrangeHealthIndicator,
)
from tests.actuator.management_client import managed

PREFIX = "management.endpoint.health"


async def test_an_application_is_up_and_nothing_more_is_told() -> None:
    """By default: its status, and the groups that platforms ask."""
    async with managed(exposing="health") as (client, _):
        answer = await client.get("/health")

    assert (200, {"status": "UP", "groups": ["liveness", "readiness"]}) == (answer.status_code, answer.json())


@pytest.mark.parametrize(
    ("indicators", "status", "code"),
    [
        ((), "UP", 200),
        ((GoodHealthIndicator,), "UP", 200),
        ((GoodHealthIndicator, BadHealthIndicator), "DOWN", 503),
        ((RaisingHealthIndicator,), "DOWN", 503),
        ((StrangeHealthIndicator,), "DOWN", 503),
        ((GoodHealthIndicator, HangingHealthIndicator), "DOWN", 503),
    ],
)
async def test_the_worst_indicator_decides(indicators: tuple[type, ...], status: str, code: int) -> None:
    """One that hangs keeps nobody waiting longer than it may."""
    async with managed(*indicators, properties={**ALONE, f"{PREFIX}.timeout": "20ms"}) as (client, _):
        answer = await client.get("/health")

    assert (code, {"status": status}) == (answer.status_code, answer.json())


async def test_details_are_told_where_they_may_be() -> None:
    """As Spring Boot tells them, in both versions."""
    indicators = (GoodHealthIndicator, BadHealthIndicator, RaisingHealthIndicator, PartedHealthIndicator, StrangeHealthIndicator)
    expected = {
        "bad": {"status": "DOWN", "details": {"error": "gone"}},
        "good": {"status": "UP", "details": {"version": 7}},
        "parted": {
            "status": "UP",
            "components": {"one": {"status": "UP", "details": {"at": 1}}, "two": {"status": "FATAL", "details": {"at": 2}}},
        },
        "raising": {"status": "DOWN", "details": {"error": "OSError: no route"}},
        "strange": {"status": "DOWN", "details": {"error": "its indicator told a str, which is no Health"}},
    }
    async with managed(*indicators, properties=OPEN) as (client, _):
        assert {"status": "DOWN", "components": expected} == (await client.get("/health")).json()
        second = (await client.get("/health", headers={"accept": V2_JSON})).json()
        assert ["one", "two"] == list(second["details"]["parted"]["details"])
        good = await client.get("/health/good")
        assert (200, {"status": "UP", "details": {"version": 7}}) == (good.status_code, good.json())
        part = await client.get("/health/parted/two")
        assert (200, "FATAL") == (part.status_code, part.json()["status"])
        assert 503 == (await client.get("/health/BAD")).status_code
        missing = ("/health/nobody", "/health/good/part", "/health/parted/three", "/health/parted/one/more")
        assert [404] * 4 == [(await client.get(path)).status_code for path in missing]


@pytest.mark.parametrize(
    ("settings", "keys"),
    [
        ({}, {"status"}),
        ({"show-components": "always"}, {"status", "components"}),
        ({"show-details": "always"}, {"status", "components", "details"}),
        ({"show-details": "always", "show-components": "never"}, {"status"}),
        ({"show-details": "when-authorized"}, {"status", "components", "details"}),
        ({"show-details": "when-authorized", "roles": "ops"}, {"status"}),
    ],
)
async def test_who_sees_what(settings: dict[str, str], keys: set[str]) -> None:
    """A component that is not shown is not there; somebody on this machine is authorized, but has no role."""
    properties = {**ALONE, **{f"{PREFIX}.{name}": value for name, value in settings.items()}}
    async with managed(GoodHealthIndicator, properties=properties) as (client, _):
        whole, part = (await client.get("/health")).json(), await client.get("/health/good")

    shown = set(whole) | ({"details"} if "details" in whole.get("components", {}).get("good", {}) else set())
    assert keys == shown
    assert (200 if "components" in keys else 404) == part.status_code


async def test_users_see_details_by_their_roles() -> None:
    """Who does not say who asks sees the status alone."""
    users = "management.server.auth.users"
    properties = {
        **ALONE,
        f"{PREFIX}.show-details": "when-authorized",
        f"{PREFIX}.roles": "ops",
        f"{users}.ada.token": "a-token",
        f"{users}.ada.roles": "ops",
        f"{users}.eve.token": "e-token",
    }
    async with managed(GoodHealthIndicator, properties=properties) as (client, _):
        seen = [
            "components" in (await client.get("/health", headers={"authorization": f"Bearer {token}"} if token else {})).json()
            for token in ("a-token", "e-token", "")
        ]
    assert [True, False, False] == seen


async def test_groups_have_members_orders_and_codes_of_their_own() -> None:
    """A mapping of codes stands for the defaults, not beside them."""
    properties = {
        **OPEN,
        f"{PREFIX}.status.order": "fatal,down,up",
        f"{PREFIX}.status.http-mapping.fatal": 500,
        f"{PREFIX}.group.some.include": "good,Parted",
        f"{PREFIX}.group.bare.include": "*",
        f"{PREFIX}.group.bare.exclude": "parted",
        f"{PREFIX}.group.bare.show-details": "never",
        f"{PREFIX}.group.bare.status.http-mapping.down": 299,
    }
    async with managed(GoodHealthIndicator, BadHealthIndicator, PartedHealthIndicator, properties=properties) as (client, _):
        whole, some, bare = [await client.get(f"/health{path}") for path in ("", "/some", "/bare")]
        assert (200, "DOWN", ["bare", "some"]) == (whole.status_code, whole.json()["status"], whole.json()["groups"])
        assert (200, "UP", {"good", "parted"}) == (some.status_code, some.json()["status"], set(some.json()["components"]))
        assert (299, {"status": "DOWN"}) == (bare.status_code, bare.json())
        assert [200, 404, 404] == [(await client.get(f"/health/{path}")).status_code for path in ("some/good", "some/bad", "bare/good")]


async def test_a_group_with_a_member_that_is_not_there_stops_the_start() -> None:
    """And tells the nearest one; unless it may."""
    properties = {**ALONE, f"{PREFIX}.group.some.include": "god"}
    with pytest.raises(HealthGroupError) as caught:
        async with managed(GoodHealthIndicator, properties=properties):
            pass
    assert "Did you mean 'good'?" in caught.value.action
    async with managed(GoodHealthIndicator, properties={**properties, f"{PREFIX}.validate-group-membership": "false"}) as (client, _):
        assert {"status": "UP"} == (await client.get("/health/some")).json()


async def test_a_thousand_indicators_are_asked_at_once() -> None:
    """Each of them once."""
    asked = list[int]()

    def indicator(number: int) -> type:
        class Indicator(GoodHealthIndicator):
            """Counts."""

            def health(self) -> Health:
                """Count."""
                asked.append(number)
                return Health.up()

        return Component(name=f"number_{number}")(Indicator)

    async with managed(*map(indicator, range(1000)), properties=OPEN) as (client, _):
        assert 1000 == len((await client.get("/health")).json()["components"])
    assert list(range(1000)) == sorted(asked)
