"""The endpoint mappings."""

from pyboot.netty import EchoHandler, NettyServer
from pyboot.web import GetMapping, RestController
from tests.actuator.management_client import managed


@NettyServer(name="echo")
class Echo:
    """Answers with what it hears."""

    pipeline = ("line", EchoHandler)


@RestController("/users")
class Users:
    """Answers for users."""

    @GetMapping("/{id}")
    async def user(self, id: int) -> int:
        """Answer."""
        return id


async def test_pipelines_are_told_from_the_network_inwards() -> None:
    """As Spring Boot Admin shows them."""
    async with managed(Echo) as (client, _):
        (told,) = (await client.get("/mappings")).json()["contexts"].values()

    rows = told["mappings"]["dispatcherHandlers"]["echo"]
    assert ["line", "EchoHandler"] == [row["handler"] for row in rows]
    assert {"predicate", "handler", "details"} == set(rows[0])
    assert rows[0]["predicate"].startswith("127.0.0.1:")
    assert ["pyboot.components.netty.codec.frames.LineBasedFrameDecoder"] == rows[0]["details"]["types"]


async def test_routes_of_web_applications_are_told() -> None:
    """Those of controllers too."""
    async with managed(Users) as (client, _):
        (told,) = (await client.get("/mappings")).json()["contexts"].values()

    (rows,) = told["mappings"]["dispatcherServlets"].values()
    (row,) = [row for row in rows if row["predicate"] == "{GET [/users/{id}]}"]
    assert {"methods": ["GET"], "patterns": ["/users/{id}"]}.items() <= row["details"]["requestMappingConditions"].items()
