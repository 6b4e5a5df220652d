"""The endpoint logfile."""

from pathlib import Path

import pytest

from tests.actuator.management_client import managed


@pytest.mark.parametrize(
    ("wanted", "status", "text", "content_range"),
    [
        (None, 200, "0123456789", None),
        ("bytes=2-4", 206, "234", "bytes 2-4/10"),
        ("bytes=7-", 206, "789", "bytes 7-9/10"),
        ("bytes=-3", 206, "789", "bytes 7-9/10"),
        ("bytes=-100", 206, "0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, "", "bytes */10"),
        ("bytes=0-1,4-5", 200, "0123456789", None),
        ("lines=1-2", 200, "0123456789", None),
    ],
)
async def test_a_part_of_the_file_is_told(tmp_path: Path, wanted: str | None, status: int, text: str, content_range: str | None) -> None:
    """As Range asks for it, with its length."""
    file = tmp_path / "app.log"
    file.write_text("0123456789")
    async with managed(properties={"management.endpoint.logfile.external-file": str(file)}) as (client, _):
        answer = await client.get("/logfile", headers={} if wanted is None else {"range": wanted})

    assert (status, text, content_range) == (answer.status_code, answer.text, answer.headers.get("content-range"))
    assert ("text/plain;charset=UTF-8", "bytes") == (answer.headers["content-type"], answer.headers["accept-ranges"])
    assert str(len(text)) == answer.headers["content-length"]


async def test_a_long_file_is_sent_whole_and_its_head_tells_how_long_it_is(tmp_path: Path) -> None:
    """Piece by piece."""
    file = tmp_path / "app.log"
    file.write_bytes(b"line\n" * 100_000)
    async with managed(properties={"management.endpoint.logfile.external-file": str(file)}) as (client, _):
        whole = await client.get("/logfile")
        head = await client.head("/logfile")

    assert file.read_bytes() == whole.content
    assert ("500000", b"") == (head.headers["content-length"], head.content)


async def test_a_file_that_is_not_there_is_404(tmp_path: Path) -> None:
    """It may come with the first line."""
    async with managed(properties={"management.endpoint.logfile.external-file": str(tmp_path / "app.log")}) as (client, _):
        assert 404 == (await client.get("/logfile")).status_code
        (tmp_path / "app.log").write_text("here")
        assert "here" == (await client.get("/logfile")).text


async def test_the_file_of_the_settings_of_logging_is_told(tmp_path: Path) -> None:
    """Which is what most have."""
    (tmp_path / "own.log").write_text("own")
    async with managed(properties={"logging.file.name": str(tmp_path / "own.log")}) as (client, _):
        assert (await client.get("/logfile")).text.startswith("own")


async def test_without_a_file_there_is_no_such_endpoint() -> None:
    """Nor a link to it."""
    async with managed() as (client, _):
        assert 404 == (await client.get("/logfile")).status_code
        assert "logfile" not in (await client.get("")).json()["_links"]
