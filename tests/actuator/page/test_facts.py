"""Facts: the head of the page."""

import os

from pyboot.actuator.page.facts import Facts
from tests.actuator.management_client import managed


async def test_it_tells_the_name_and_the_process() -> None:
    """The name by the settings, else that of the class."""
    async with managed(exposing="page") as (_, context):
        told = await context.get(Facts).told()
    async with managed(exposing="page", properties={"pyboot.application.name": "orders"}) as (_, context):
        named = await context.get(Facts).told()

    assert ("App", os.getpid(), None) == (told["application"], told["pid"], told["workers"])
    assert "orders" == named["application"]
    assert {"since", "version", "python", "core"} < told.keys()
