"""Unix sockets: the same events and bytes, over a path."""

import asyncio
import errno
import os
import socket
import stat
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty import Bootstrap, ChannelOption, EchoHandler, ServerBootstrap, UnixServerSocketChannel, UnixSocketChannel
from pyboot.components.netty.errors import BindError
from pyboot.components.netty.transport import watching
from pyboot.components.netty.transport.listening import ListeningSocket


@pytest.fixture(params=["path", "abstract"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place for a socket: in the file system, or Linux's own."""
    return str(tmp_path / "echo.sock") if request.param == "path" else f"\0pyboot-{os.getpid()}-{request.node.name}"


async def serving(path: str) -> tuple[ServerBootstrap, Any]:
    """An echo server there."""
    bootstrap = ServerBootstrap().child_handler(EchoHandler())
    return bootstrap, await bootstrap.bind(path)


async def test_a_client_is_answered_over_a_path(where: str, recorder: Any) -> None:
    """The address decides which classes serve; addresses are paths."""
    bootstrap, server = await serving(where)
    client = await Bootstrap().handler(recorder).connect(where)
    client.write_and_flush(b"word")
    await recorder.until(lambda: recorder.received == b"word")
    reached = client.remote_address()

    assert isinstance(server, UnixServerSocketChannel)
    assert isinstance(client, UnixSocketChannel)
    assert where == (reached.decode() if isinstance(reached, bytes) else reached)
    await client.close()
    await bootstrap.shutdown_gracefully(0, 5)
    assert ["handler_added", "channel_registered", "channel_active", "channel_read"] == recorder.events[:4]


async def test_the_path_is_gone_at_the_end(tmp_path: Path) -> None:
    """Nothing is left for the next one to trip over."""
    path = tmp_path / "echo.sock"
    bootstrap, _ = await serving(str(path))
    assert path.is_socket()

    await bootstrap.close()

    assert not path.exists()


async def test_a_socket_that_nobody_listens_on_is_replaced(tmp_path: Path) -> None:
    """A process that was killed leaves it behind."""
    path = str(tmp_path / "echo.sock")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(path)
    bootstrap, server = await serving(path)

    assert path == server.local_address()
    await bootstrap.close()


async def test_a_socket_that_somebody_listens_on_is_not_replaced(tmp_path: Path) -> None:
    """The text names the path."""
    path = str(tmp_path / "echo.sock")
    bootstrap, _ = await serving(path)

    with pytest.raises(BindError, match=rf"cannot listen on {path}: Address already in use"):
        await serving(path)

    client = await Bootstrap().handler(lambda channel: None).connect(path)
    await client.close()
    await bootstrap.close()


async def test_a_file_that_is_no_socket_is_not_removed(tmp_path: Path) -> None:
    """It is somebody's."""
    path = tmp_path / "echo.sock"
    path.write_text("precious")

    with pytest.raises(BindError, match="is there and is no socket"):
        await serving(str(path))

    assert "precious" == path.read_text()


async def test_the_path_of_a_server_that_took_our_place_is_left_alone(tmp_path: Path) -> None:
    """It is its own to remove."""
    path = tmp_path / "echo.sock"
    old, _ = await serving(str(path))
    path.unlink()
    new, _ = await serving(str(path))

    await old.close()

    assert path.is_socket()
    await new.close()


@pytest.mark.parametrize("prefix", ["/tmp/", "\0"])  # nothing is made there
async def test_a_path_that_is_too_long_is_refused_with_what_is_allowed(prefix: str) -> None:
    """To listen on and to connect to; one that just fits is another matter."""
    allowed = 107 + prefix.startswith("\0")
    path = prefix + "x" * (allowed + 1 - len(prefix))

    with pytest.raises(BindError, match=f"a path of {allowed + 1} bytes, allowed are {allowed} for a Unix socket") as caught:
        await serving(path)
    assert errno.ENAMETOOLONG == caught.value.errno
    with pytest.raises(OSError, match=f"a path of {allowed + 1} bytes"):
        await Bootstrap().handler(lambda channel: None).connect(path)
    with pytest.raises((FileNotFoundError, ConnectionRefusedError)):
        await Bootstrap().handler(lambda channel: None).connect(path[:-1])


async def test_a_server_whose_queue_is_full_is_not_waited_for(tmp_path: Path) -> None:
    """While it is found out whether somebody still listens there."""
    path = str(tmp_path / "full.sock")
    with socket.socket(socket.AF_UNIX) as full, socket.socket(socket.AF_UNIX) as client:
        full.bind(path)
        full.listen(0)
        client.connect(path)
        async with asyncio.timeout(20):
            with pytest.raises(BindError, match="Address already in use"):
                await serving(path)


async def test_nobody_listens_there(tmp_path: Path) -> None:
    """The system's error."""
    with pytest.raises(FileNotFoundError):
        await Bootstrap().handler(lambda channel: None).connect(str(tmp_path / "nobody.sock"))


async def test_a_peer_that_is_gone_is_noticed_while_reading_is_paused(where: str, recorder: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over TCP."""
    monkeypatch.setattr(watching, "_INTERVAL_SECONDS", 0.01)
    bootstrap = ServerBootstrap().child_handler(recorder).child_option(ChannelOption.AUTO_READ, False)
    await bootstrap.bind(where)
    client = await Bootstrap().handler(lambda channel: None).connect(where)
    await recorder.seen("channel_active")

    await client.close()
    async with asyncio.timeout(20):
        await recorder.seen("channel_inactive")

    await bootstrap.shutdown_gracefully(0, 5)


@pytest.mark.parametrize("permissions", [0o600, 0o666])
async def test_a_path_has_the_permissions_that_are_set(tmp_path: Path, recorder: Any, permissions: int) -> None:
    """From its first moment on, whatever the umask leaves: nobody else connects before they are set."""
    path = str(tmp_path / "guarded.sock")
    seen = list[int]()

    def bind(sock: socket.socket, address: Any) -> None:
        socket.socket.bind(sock, address)
        seen.append(stat.S_IMODE(os.stat(path).st_mode))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ListeningSocket, "bind", bind, raising=False)
        bootstrap = ServerBootstrap().child_handler(recorder).option(ChannelOption.UNIX_PERMISSIONS, permissions)
        await bootstrap.bind(path)
    assert permissions == stat.S_IMODE(os.stat(path).st_mode)
    assert 0 == seen[0] & ~permissions
    await bootstrap.shutdown_gracefully(0, 5)
