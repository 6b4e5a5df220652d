"""The endpoint beans."""

import pytest

from pyboot.boot import Component, Scope, Service
from tests.actuator.management_client import managed


@Service
class Greeter:
    """Is needed."""


@Component
@Scope(Scope.PROTOTYPE)
class Needy:
    """Needs it."""

    def __init__(self, greeter: Greeter) -> None:
        self.greeter = greeter


async def test_each_bean_tells_its_type_scope_place_and_needs() -> None:
    """In Spring Boot's form."""
    async with managed(Greeter, Needy, properties={"pyboot.application.name": "shop"}) as (client, _):
        told = (await client.get("/beans")).json()

    (context,) = told["contexts"].values()
    assert (["shop"], None) == (list(told["contexts"]), context["parentId"])
    assert {"aliases", "scope", "type", "resource", "dependencies"} == set(context["beans"]["greeter"])
    assert ("prototype", "Needy", ["greeter"]) == tuple(context["beans"]["needy"][name] for name in ("scope", "type", "dependencies"))
    assert "test_beans.py:" in context["beans"]["needy"]["resource"]


@pytest.mark.slow
async def test_a_thousand_beans_are_told() -> None:
    """In one answer."""

    def bean(number: int) -> type:
        return Component(name=f"bean_{number}")(type(f"Bean{number}", (), {"__module__": __name__}))

    async with managed(*map(bean, range(1000))) as (client, _):
        (context,) = (await client.get("/beans")).json()["contexts"].values()
    assert 1000 == sum(name.startswith("bean_") for name in context["beans"])
