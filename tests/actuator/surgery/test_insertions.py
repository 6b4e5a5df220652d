"""Insertions: a bounded number, each ended once, all of them with the application."""

import pytest

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.surgery.insertions import MOST, Insertions
from pyboot.actuator.surgery.kinds import Place, kind_of
from pyboot.boot import Component
from pyboot.testing.application import connect
from tests.actuator.management_client import managed
from tests.actuator.network.connected import LineServer, Shout, said


@Component
class Asks:
    """Has those that stand."""

    def __init__(self, insertions: Insertions) -> None:
        self.insertions = insertions


async def test_there_is_a_bound_on_their_number(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever forgets one cannot do so without end; and with the application all end."""
    kind = kind_of("counting", None, None, None, None)
    async with managed(LineServer, Shout, Asks) as (_, context), connect(context, "lines") as stream:
        await said(stream, "x")
        insertions = context.get(Asks).insertions
        made = [await insertions.insert(kind, Place(), None, "lines", 60, "ada") for _ in range(MOST)]
        with pytest.raises(InvalidEndpointRequestError, match="16 insertions"):
            await insertions.insert(kind, Place(), None, "lines", 60, "ada")
        await made[0].end("by ada")
        await made[0].end("by ada")
        await insertions.insert(kind, Place(), None, "lines", 60, "ada")
        assert b"Y\n" == await said(stream, "y")

    assert 1 == len([message for message in caplog.messages if message.endswith("taken out again: by ada")])
    assert MOST == len([message for message in caplog.messages if message.endswith("taken out again: the application stops")])
