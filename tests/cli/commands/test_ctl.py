"""`pyboot ctl` against a real management server at a Unix socket."""

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pyboot.actuator import Endpoint, Health, HealthIndicator, ReadOperation, WebEndpointResponse
from pyboot.boot import Component
from pyboot.cli.commands.ctl import ManagementClient, names, parameters
from pyboot.cli.errors import CommandError
from pyboot.cli.main import app
from tests.actuator.management_client import managed


async def asked(path: Path, ask: Callable[[ManagementClient], Any]) -> Any:
    """What a client says of an application at *path*, beside its loop."""
    return await asyncio.to_thread(ask, ManagementClient(str(path)))


async def test_all_endpoints_are_there_for_the_owner_whatever_is_exposed(tmp_path: Path) -> None:
    """Read, with parameters, and written."""
    path = tmp_path / "m.sock"
    async with managed(exposing="health", properties={"management.server.socket": str(path)}):
        assert {"health", "channels", "workers"} <= {*names(await asked(path, lambda client: client.ask("")))}
        assert "UP" == (await asked(path, lambda client: client.ask("health")))["status"]
        assert 0 == (await asked(path, lambda client: client.ask("channels", given={"limit": "5"})))["total"]
        assert await asked(path, lambda client: client.ask("loggers/some.ctl", "POST", {"configuredLevel": "ERROR"})) is None
        assert "ERROR" == (await asked(path, lambda client: client.ask("loggers/some.ctl")))["configuredLevel"]


@pytest.mark.parametrize(("where", "says"), [("channels/nobody", "404"), ("nothing", "404"), ("channels?limit=0", "404")])
async def test_what_is_not_there_is_told(tmp_path: Path, where: str, says: str) -> None:
    """With the status, and what to do."""
    path = tmp_path / "m.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        with pytest.raises(CommandError, match=says):
            await asked(path, lambda client: client.ask(where))


async def test_what_means_nothing_is_told_by_the_endpoint(tmp_path: Path) -> None:
    """In its own words."""
    path = tmp_path / "m.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        with pytest.raises(CommandError, match="limit 0, allowed are 1 to 1000"):
            await asked(path, lambda client: client.ask("channels", given={"limit": "0"}))


async def test_what_is_misspelt_is_refused_before_anything_changes(tmp_path: Path) -> None:
    """A level that is called otherwise would be a reset of the logger; what to do is no list of endpoints."""
    path = tmp_path / "m.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        with pytest.raises(CommandError, match="there is no property 'configuredlvl'; did you mean 'configuredLevel'") as refused:
            await asked(path, lambda client: client.ask("loggers/some.ctl", "POST", {"configuredLvl": "DEBUG"}))
    assert "Correct what is asked for." == refused.value.action


@pytest.mark.parametrize(
    "answer",
    [
        b"+OK ready\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1\r\n\r\n{",
    ],
)
async def test_what_is_no_management_server_is_told(tmp_path: Path, answer: bytes) -> None:
    """One that speaks no HTTP, or breaks off, or says what is no JSON."""

    async def other(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async with await asyncio.start_unix_server(other, tmp_path / "other"):
        with pytest.raises(CommandError, match="does not answer as a management server does"):
            await asked(tmp_path / "other", lambda client: client.ask("health"))


def test_where_nothing_listens_that_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No socket, one that is left over, and none that anybody has named."""
    with pytest.raises(CommandError, match="there is no such socket"):
        ManagementClient(str(tmp_path / "none")).ask("health")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left"))
    with pytest.raises(CommandError, match="nobody listens there any more"):
        ManagementClient(str(tmp_path / "left")).ask("health")
    monkeypatch.delenv("MANAGEMENT_SERVER_SOCKET", raising=False)
    with pytest.raises(CommandError, match=r"management\.server\.socket"):
        ManagementClient(None)


def test_the_variable_of_the_setting_says_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As it says it to the application."""
    monkeypatch.setenv("MANAGEMENT_SERVER_SOCKET", str(tmp_path / "named"))
    with pytest.raises(CommandError, match="named"):
        ManagementClient(None).ask("health")


def test_the_settings_of_the_working_directory_say_where(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an application that is started there reads them; those that nobody could read are told."""
    monkeypatch.delenv("MANAGEMENT_SERVER_SOCKET", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "application.yaml").write_text("management.server.socket: by-file.sock\n")
    with pytest.raises(CommandError, match=r"by-file\.sock: there is no such socket"):
        ManagementClient(None).ask("health")
    (tmp_path / "application.yaml").write_text("management: [\n")
    with pytest.raises(CommandError, match="settings cannot be read"):
        ManagementClient(None)


async def test_the_base_path_is_read_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both parts of it."""
    monkeypatch.setenv("MANAGEMENT_SERVER_BASEPATH", "/ops")
    monkeypatch.setenv("MANAGEMENT_ENDPOINTS_WEB_BASEPATH", "/manage")
    path = tmp_path / "m.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        assert "UP" == (await asked(path, lambda client: client.ask("health")))["status"]


@Component
class Broken(HealthIndicator):
    """Is down."""

    def health(self) -> Health:
        """Say so."""
        return Health.down()


@Endpoint("busy")
class Busy:
    """Refuses with the status that health has, too."""

    @ReadOperation
    def read(self) -> WebEndpointResponse:
        """Refuse."""
        return WebEndpointResponse({"error": "Service Unavailable", "message": "not now", "status": 503}, 503)


async def test_health_that_is_down_is_shown_and_ends_with_one(tmp_path: Path) -> None:
    """Another refusal with that status is one."""
    path = tmp_path / "m.sock"
    async with managed(Broken, Busy, properties={"management.server.socket": str(path)}):
        ran = await asyncio.to_thread(CliRunner().invoke, app, ["ctl", "health", "--socket", str(path)])
        assert (1, "DOWN") == (ran.exit_code, json.loads(ran.stdout)["status"])
        ran = await asyncio.to_thread(CliRunner().invoke, app, ["ctl", "info", "--socket", str(path)])
        assert 0 == ran.exit_code
        with pytest.raises(CommandError, match="503, not now"):
            await asked(path, lambda client: client.ask("busy"))


def test_who_may_not_connect_is_told_whom_to_ask_as(monkeypatch: pytest.MonkeyPatch) -> None:
    """The socket is for its owner alone."""

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pyboot.cli.commands.ctl._UnixConnection.connect", refuse)
    with pytest.raises(CommandError, match="may not open /x"):
        ManagementClient("/x").ask("health")


def test_parameters_have_a_name_and_a_value() -> None:
    """Anything else is refused."""
    assert {"a": "b=c", "d": ""} == parameters(["a=b=c", "d="])
    for word in ("a", "=b"):
        with pytest.raises(CommandError, match="no parameter"):
            parameters([word])
