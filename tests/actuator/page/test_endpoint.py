"""The endpoint page: files with a policy, a stream that is refused what means nothing, closed by default."""

import pytest

from tests.actuator.management_client import managed


async def test_it_is_not_there_unless_it_is_exposed() -> None:
    """Neither the page nor what it is made of."""
    async with managed(exposing="health") as (client, _):
        assert [404, 404] == [(await client.get(path)).status_code for path in ("/page", "/page/stream")]


async def test_it_serves_the_page_and_its_files_with_a_policy() -> None:
    """Each with its type; nothing is kept by the browser."""
    async with managed(exposing="page") as (client, _):
        answers = [await client.get(path) for path in ("/page", "/page/page.css", "/page/page.js", "/page/icon.svg")]
        missing = [(await client.get(f"/page/{name}")).status_code for name in ("none.js", "page.html", "..%2Fassets.py", "%2e%2e")]

    assert ["text/html", "text/css", "text/javascript", "image/svg+xml"] == [
        each.headers["content-type"].partition(";")[0] for each in answers
    ]
    assert {"no-store"} == {each.headers["cache-control"] for each in answers}
    assert all(each.headers["content-security-policy"].startswith("default-src 'none'") for each in answers)
    assert {404} == set(missing)


async def test_a_slash_at_its_end_leads_to_where_its_links_are_right() -> None:
    """They are relative, since a proxy may put a path in front."""
    async with managed(exposing="page") as (client, _):
        answer = await client.get("/page/")
        assert (308, "../page") == (answer.status_code, answer.headers["location"])
        followed = await client.get("/page/", follow_redirects=True)

    assert (200, "/actuator/page") == (followed.status_code, followed.url.path)


@pytest.mark.parametrize("query", ["sections=shutdown", "limit=0", "limit=201", "sort=size"])
async def test_a_stream_of_what_means_nothing_is_refused(query: str) -> None:
    """With what is allowed."""
    async with managed(exposing="page") as (client, _):
        assert 400 == (await client.get(f"/page/stream?{query}")).status_code


async def test_the_stream_is_one_of_events_with_the_parameters_of_connections() -> None:
    """A server that is not there is told in the section, and the stream goes on."""
    async with managed() as (client, _), client.stream("GET", "/page/stream?sections=channels,servers&server=none") as answer:
        told = ""
        async for piece in answer.aiter_text():
            told += piece
            if '"section":"servers"' in told and '"failure"' in told:
                break

    assert ("text/event-stream", "no-store") == (answer.headers["content-type"], answer.headers["cache-control"])
    assert "no server 'none' listens" in told


async def test_the_guard_is_that_of_all_endpoints() -> None:
    """A foreign name is refused, and so is who does not say who it is."""
    async with managed(exposing="page", properties={"management.server.auth.users.ada.token": "t0ken"}) as (client, _):
        foreign = await client.get("/page", headers={"host": "evil.example"})
        unknown = await client.get("/page/stream")
        known = await client.get("/page", headers={"authorization": "Bearer t0ken"})

    assert [403, 401, 200] == [each.status_code for each in (foreign, unknown, known)]
