"""Sections: what a client may see and change, by the rules of the endpoints themselves."""

import json

import pytest

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.health.health import Health
from pyboot.actuator.health.indicator import HealthIndicator
from pyboot.actuator.invocation import InvocationContext, Principal
from pyboot.actuator.page.sections import SECONDS, Sections
from pyboot.actuator.web.guard import OWNER
from pyboot.actuator.web.refusal import RefusedRequestError
from pyboot.boot import Component
from tests.actuator.management_client import managed
from tests.actuator.workers.siblings import Siblings

ANYBODY = InvocationContext()
USERS = {"management.server.auth.users.ada.token": "t0ken", "management.server.auth.users.ada.roles": "admin"}


async def test_what_is_not_exposed_is_hidden_and_says_by_which_setting() -> None:
    """The page alone shows nothing of the others."""
    async with managed(exposing="page,servers") as (_, context):
        told = context.get(Sections).told(ANYBODY)

    assert (None, None) == (told["servers"]["hidden"], told["errors"]["hidden"])
    assert "'loggers' is not exposed: add it to management.endpoints.web.exposure.include" == told["loggers"]["hidden"]
    assert told["loggers"]["hidden"] == told["loggers"]["fixed"]


@pytest.mark.parametrize(
    ("access", "hidden", "fixed"),
    [
        ("none", "management.endpoint.loggers.access is none", "management.endpoint.loggers.access is none"),
        ("read-only", None, "management.endpoint.loggers.access is read-only"),
        ("unrestricted", None, None),
    ],
)
async def test_the_access_of_an_endpoint_is_that_of_its_section(access: str, hidden: str | None, fixed: str | None) -> None:
    """With the setting that says it."""
    async with managed(exposing="*", properties={"management.endpoint.loggers.access": access}) as (_, context):
        told = context.get(Sections).told(ANYBODY)["loggers"]

    for expected, found in ((hidden, told["hidden"]), (fixed, told["fixed"])):
        assert (expected is None) is (found is None)
        assert expected is None or (found is not None and expected in found)


async def test_who_says_nothing_sees_nothing_and_who_has_no_role_changes_nothing() -> None:
    """Also where the page itself is for everybody."""
    async with managed(exposing="*", properties={**USERS, "management.server.auth.permit": "page"}) as (_, context):
        sections = context.get(Sections)
        nobody, reader, admin = (
            sections.told(InvocationContext(principal=each)) for each in (None, Principal("bob"), Principal("ada", frozenset({"admin"})))
        )

    assert {"say who asks"} == {each["hidden"] for each in nobody.values()}
    assert (None, "'bob' has not the role 'admin'") == (reader["loggers"]["hidden"], reader["loggers"]["fixed"])
    assert (None, None) == (admin["loggers"]["hidden"], admin["loggers"]["fixed"])


async def test_the_owner_sees_everything() -> None:
    """Over the Unix socket everything is exposed."""
    async with managed(exposing="page", properties={**USERS}) as (_, context):
        hidden = context.get(Sections).why_hidden("errors", InvocationContext(principal=OWNER))

    assert hidden is None


async def test_a_section_is_what_its_endpoint_answers() -> None:
    """The body alone, by the same operation."""
    async with managed() as (client, context):
        sections = context.get(Sections)
        assert (await client.get("/pipelines")).content == await sections.ask("pipelines", {}, ANYBODY)
        for id in SECONDS.keys() & sections.told(ANYBODY).keys():
            assert isinstance(json.loads(await sections.ask(id, {}, ANYBODY)), dict)


@Endpoint("servers")
class Written:
    """An endpoint that writes its JSON itself, on several lines."""

    @ReadOperation
    def servers(self) -> bytes:
        """Answer."""
        return b'{\n  "servers": {}\n}\n'


@Component
class Broken(HealthIndicator):
    """Is down."""

    def health(self) -> Health:
        """Tell it."""
        return Health.down()


async def test_a_section_has_no_line_break_whoever_writes_it() -> None:
    """It would end its event."""
    async with managed(Written) as (_, context):
        assert b'{"servers":{}}' == await context.get(Sections).ask("servers", {}, ANYBODY)


async def test_what_is_down_is_told_and_no_failure() -> None:
    """Although it is answered 503."""
    async with managed(Broken) as (_, context):
        assert "DOWN" == json.loads(await context.get(Sections).ask("health", {}, ANYBODY))["status"]


async def test_a_parameter_that_is_refused_is_refused_here_too() -> None:
    """For whoever looks."""
    async with managed() as (_, context):
        with pytest.raises(InvalidEndpointRequestError, match="no server 'none'"):
            await context.get(Sections).ask("channels", {"server": "none", "limit": 5, "remote": None}, ANYBODY)


async def test_of_several_workers_a_section_is_of_all_and_names_who_is_silent(siblings: Siblings) -> None:
    """As over HTTP, whichever worker took the request."""
    async with managed() as (client, context):
        ask = context.get(Sections).ask
        for id in ("servers", "health", "eventloop", "clients", "buffers"):
            assert (await client.get(f"/{id}")).json().keys() == (told := json.loads(await ask(id, {}, ANYBODY))).keys()
            assert [1] == told["silentWorkers"]
        loops = json.loads(await ask("eventloop", {}, ANYBODY))["loops"]
        assert loops
        assert all(name.startswith("0/") for name in loops)


async def test_of_one_worker_a_section_is_its_own_and_fails_where_it_is_silent(siblings: Siblings) -> None:
    """With what the request for it would be refused with."""
    async with managed() as (_, context):
        ask = context.get(Sections).ask
        alone = json.loads(await ask("eventloop", {"worker": 0}, ANYBODY))
        assert "silentWorkers" not in alone
        assert not any("/" in name for name in alone["loops"])
        with pytest.raises(RefusedRequestError, match="worker 1 does not answer"):
            await ask("eventloop", {"worker": 1}, ANYBODY)
        siblings.is_away = True
        with pytest.raises(RefusedRequestError, match="the workers cannot be asked"):
            await ask("eventloop", {}, ANYBODY)
