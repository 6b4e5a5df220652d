"""The endpoint conditions."""

from pyboot.boot import Component, ConditionalOnProperty
from tests.actuator.management_client import managed


@Component
@ConditionalOnProperty("shop.open")
class Closed:
    """Is not there."""


@Component
@ConditionalOnProperty("shop.password", having="hunter2hunter2")
class Guarded:
    """Is there."""


async def test_what_held_and_what_did_not_is_told_without_secrets() -> None:
    """In Spring Boot's form."""
    async with managed(Closed, Guarded, properties={"shop.password": "hunter2hunter2"}) as (client, _):
        answer = await client.get("/conditions")

    (told,) = answer.json()["contexts"].values()
    assert {"positiveMatches", "negativeMatches", "exclusions", "unconditionalClasses", "parentId"} == set(told)
    expected = [{"condition": "ConditionalOnProperty", "message": "@ConditionalOnProperty: 'shop.open' is not set"}]
    assert {"notMatched": expected, "matched": []} == told["negativeMatches"]["closed"]
    assert ["ConditionalOnProperty"] == [each["condition"] for each in told["positiveMatches"]["guarded"]]
    assert "hunter2" not in answer.text
