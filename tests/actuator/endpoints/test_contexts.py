"""The form of answers that tell of a context."""

from pyboot.actuator.endpoints.contexts import context_id, in_context
from pyboot.boot import start
from tests.actuator.management_client import application

OFF = {"management.server": "false"}


async def test_a_context_is_named_as_the_application() -> None:
    """Its parent is named too."""
    async with start(application(), properties={**OFF, "pyboot.application.name": "shop"}) as parent:
        assert "shop" == context_id(parent)
        async with start(application(), properties=OFF, parent=parent) as context:
            assert {"contexts": {"application": {"beans": {}, "parentId": "shop"}}} == in_context(context, {"beans": {}})
