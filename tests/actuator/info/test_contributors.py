"""The facts that the framework tells."""

import os
import platform

from tests.actuator.management_client import managed

ALL = {f"management.info.{name}.enabled": "true" for name in ("env", "python", "os", "process")}


async def test_facts_are_told_where_somebody_wants_them() -> None:
    """Settings below ``info`` without the secrets among them."""
    properties = {**ALL, "info.team.name": "till", "info.team.token": "hunter2hunter2", "info.tags": "x"}
    async with managed(exposing="info", properties=properties) as (client, _):
        told = (await client.get("/info")).json()

    assert {"name": "till", "token": "******"} == told["team"]
    assert (platform.python_version(), os.getpid()) == (told["python"]["version"], told["process"]["pid"])
    assert {"name", "version", "arch"} == set(told["os"])


async def test_nothing_is_told_unasked_but_what_was_built() -> None:
    """An application that is installed as no distribution has no build either."""
    async with managed(exposing="info", properties={"info.secret": "x"}) as (client, _):
        assert {} == (await client.get("/info")).json()
