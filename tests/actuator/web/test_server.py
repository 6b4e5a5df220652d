"""ManagementServer: a server apart from the application's, up before them and behind them."""

import asyncio
import socket
import ssl
import stat
import sys
import threading
from importlib.abc import MetaPathFinder
from pathlib import Path

import httpx2
import pytest
import trustme

from pyboot.actuator import ManagementServer
from pyboot.actuator.errors import ManagementPathError, ManagementPortError
from pyboot.boot import Component, Phase, start
from pyboot.boot.errors import LifecycleError
from pyboot.components.netty.transport import socket_options
from tests.actuator.management_client import application, managed


@Component
class Late:
    """Asks the management server while the application starts and while it ends."""

    phase = Phase.SERVERS

    def __init__(self, server: ManagementServer) -> None:
        self._server = server
        self.seen: list[bytes] = []

    async def start(self) -> None:
        """Ask."""
        await self._ask()

    async def stop(self) -> None:
        """Ask."""
        await self._ask()

    async def _ask(self) -> None:
        reader, writer = await asyncio.open_connection(*self._server.address)
        writer.write(b"GET /actuator/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.seen.append((await reader.read())[:12])
        writer.close()


async def test_it_is_there_while_the_servers_come_and_go() -> None:
    """So a probe is answered during a slow start and during a drain."""
    async with managed(Late) as (_, context):
        late = context.get(Late)
    assert 2 == len(late.seen)
    assert all(answer.startswith(b"HTTP/1.1 ") for answer in late.seen)


async def test_a_port_that_is_taken_stops_the_start() -> None:
    """With the settings that are meant."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LifecycleError) as caught:
            async with start(application(), properties={"management.server.port": port}):
                pass

    assert isinstance(caught.value.__cause__, ManagementPortError)
    assert "the port is in use" in str(caught.value.__cause__)


async def test_paths_follow_the_settings() -> None:
    """That of the server in front of that of the endpoints."""
    settings = {"management.server.base-path": "/ops", "management.endpoints.web.base-path": "/manage"}
    async with managed(properties=settings) as (client, context):
        host, port = context.get(ManagementServer).address
        root = f"http://{host}:{port}"
        assert "UP" == (await client.get(f"{root}/ops/manage/health")).json()["status"]
        assert f"{root}/ops/manage" == (await client.get(f"{root}/ops/manage")).json()["_links"]["self"]["href"]
        assert 404 == (await client.get("/health")).status_code


async def test_nobody_can_be_told_an_address_before_it_is_bound() -> None:
    """Or after it was closed."""
    async with managed() as (_, context):
        server = context.get(ManagementServer)
    with pytest.raises(ManagementPortError):
        _ = server.address


async def test_over_the_unix_socket_its_owner_may_everything(tmp_path: Path) -> None:
    """Also what is not exposed over the network; the path is for this user alone."""
    path = tmp_path / "app.sock"
    properties = {"management.server.socket": str(path), "management.server.auth.users.ada.token": "t0ken"}
    async with managed(exposing="health", properties=properties) as (client, _):
        assert 0o600 == stat.S_IMODE(path.stat().st_mode)
        transport = httpx2.AsyncHTTPTransport(uds=str(path))
        async with httpx2.AsyncClient(transport=transport, base_url="http://app/actuator") as owner:
            assert 200 == (await owner.get("/info")).status_code
        assert 401 == (await client.get("/info")).status_code
        assert 200 == (await client.get("/health")).status_code
        assert 404 == (await client.get("/info", headers={"authorization": "Bearer t0ken"})).status_code
    assert not path.exists()


async def test_a_unix_socket_without_its_folder_stops_the_start(tmp_path: Path) -> None:
    """With the setting that is meant, and no port to choose."""
    path = tmp_path / "run" / "app.sock"
    with pytest.raises(LifecycleError) as caught:
        async with start(application(), properties={"management.server.port": -1, "management.server.socket": str(path)}):
            pass

    cause = caught.value.__cause__
    assert isinstance(cause, ManagementPathError)
    assert f"The management server cannot listen on {path}: No such file or directory." == str(cause)
    assert "--management.server.socket" in cause.action
    assert "port" not in cause.action


async def test_connections_of_the_unix_socket_are_not_probed(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Options of TCP, which the operating system would refuse, are set on none of them."""
    monkeypatch.setattr(socket_options, "_warned", set())  # each is warned of once in a process
    path = tmp_path / "app.sock"
    async with managed(properties={"management.server.socket": str(path)}):
        owner = httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(path)), base_url="http://app/actuator")
        async with owner:
            assert 200 == (await owner.get("/health")).status_code

    assert "was refused by the operating system" not in caplog.text


async def test_a_unix_socket_may_be_all_there_is(tmp_path: Path) -> None:
    """With no port at all."""
    path = tmp_path / "app.sock"
    owner = httpx2.AsyncClient(transport=httpx2.AsyncHTTPTransport(uds=str(path)), base_url="http://app/actuator")
    async with start(application(), properties={"management.server.port": -1, "management.server.socket": str(path)}), owner:
        assert "UP" == (await owner.get("/health")).json()["status"]


async def test_over_tls_links_are_https(tmp_path: Path) -> None:
    """By a bundle."""
    authority = trustme.CA()
    pem = tmp_path / "server.pem"
    authority.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(pem))
    properties = {"management.server.ssl.bundle": "ops", "ssl.bundles.ops.keystore.certificate": str(pem)}
    context = ssl.create_default_context()
    authority.configure_trust(context)
    async with managed(properties=properties) as (plain, _), httpx2.AsyncClient(verify=context) as client:
        answer = await client.get(f"https://localhost:{plain.base_url.port}/actuator")
    assert answer.json()["_links"]["self"]["href"].startswith("https://localhost:")


async def test_other_sites_that_are_allowed_may_use_it_from_a_browser() -> None:
    """And no others."""
    async with managed(properties={"management.endpoints.web.cors.allowed-origins": "https://ops.example"}) as (client, _):
        asks = {"origin": "https://ops.example", "access-control-request-method": "POST"}
        assert "https://ops.example" == (await client.options("/health", headers=asks)).headers["access-control-allow-origin"]
        assert "access-control-allow-origin" not in (await client.get("/health", headers={"origin": "https://evil.example"})).headers
        assert 403 == (await client.post("/health", headers={"origin": "https://evil.example"})).status_code


async def test_a_refusal_is_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """As what other peers do wrong is: once, and then a count."""
    async with managed() as (client, _):
        for _ in range(3):
            assert 403 == (await client.get("/health", headers={"host": "evil.example"})).status_code
    said = [record.getMessage() for record in caplog.records if "refused with 403" in record.getMessage()]
    assert 2 == len(said)
    assert said[1].startswith("2 more of management 403")


async def test_what_the_first_client_needs_is_imported_beside_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """All others on the loop would wait for a tenth of a second."""
    name, threads = "pyboot.actuator.web.connection", list[bool]()

    class Sees(MetaPathFinder):
        def find_spec(self, fullname: str, *_: object) -> None:
            if fullname == name:
                threads.append(threading.current_thread() is threading.main_thread())

    monkeypatch.setattr(sys, "meta_path", [Sees(), *sys.meta_path])
    async with managed() as (client, _):
        monkeypatch.delitem(sys.modules, name, raising=False)
        answers = await asyncio.gather(*(client.get("/health") for _ in range(3)))

    assert ([200] * 3, [False]) == ([each.status_code for each in answers], threads)
