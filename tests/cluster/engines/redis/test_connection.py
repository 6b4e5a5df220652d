"""A connection is opened to a server that is of use, and says in which way another one is not."""

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import trustme

from pyboot.cluster.engine import EngineSetup
from pyboot.cluster.engines.redis.engine import RedisEngine
from pyboot.cluster.engines.redis.properties import RedisProperties
from pyboot.cluster.errors import ClusterError, EngineRefusedError, EngineTooOldError, EngineUnreachableError
from pyboot.testing.engine_node import EngineNode
from tests.cluster.engines.redis.servers import RedisServer

HELLO = b"%%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$%d\r\n%b\r\n$4\r\nmode\r\n$%d\r\n%b\r\n"


def hello(version: bytes, mode: bytes = b"standalone") -> bytes:
    """What a server answers to HELLO."""
    return HELLO % (len(version), version, len(mode), mode)


@asynccontextmanager
async def answering(*answers: bytes) -> AsyncIterator[str]:
    """A server that answers each read with the next of *answers*, and its URL; after the last it is silent."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            if not await reader.read(65_536):
                break
            writer.write(answer)
            await writer.drain()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def refusal(url: str, **settings: object) -> ClusterError:
    """What connecting to *url* raises."""
    properties = RedisProperties(url=url, timeout=timedelta(seconds=0.3), **settings)  # type: ignore[arg-type]
    engine = RedisEngine.create(EngineSetup("pb:test:", "a", bind=lambda model: properties))
    with pytest.raises(ClusterError) as raised:
        await engine.connect(EngineNode(engine))
    return raised.value


@pytest.mark.parametrize(
    ("answers", "kind", "said"),
    [
        pytest.param([hello(b"6.0.16")], EngineTooOldError, "of version 6.0.16; needed is 6.2 or later", id="too old"),
        pytest.param(
            [b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n", b"$30\r\n# Server\r\nredis_version:5.0.14\r\n\r\n"],
            EngineTooOldError,
            "of version 5.0.14; needed is 6.2 or later",
            id="older than HELLO",
        ),
        pytest.param(
            [b"-NOAUTH HELLO must be called authenticated\r\n"], EngineRefusedError, "refuses us: it answers: NOAUTH", id="no password"
        ),
        pytest.param([b"-WRONGPASS invalid pair\r\n"], EngineRefusedError, "WRONGPASS", id="wrong password"),
        pytest.param([b"-DENIED running in protected mode\r\n"], EngineRefusedError, "DENIED", id="protected"),
        pytest.param([b"-LOADING Redis is loading\r\n"], EngineUnreachableError, "LOADING", id="loading"),
        pytest.param([hello(b"7.2.0", b"cluster")], EngineRefusedError, "Redis Cluster", id="of a cluster"),
        pytest.param([b"HTTP/1.1 400 Bad Request\r\n\r\n"], EngineUnreachableError, "the peer sent", id="no Redis"),
        pytest.param([], EngineUnreachableError, r"no answer within 0.3 s", id="silent"),
        pytest.param(
            [hello(b"7.0.0"), b"+OK\r\n-NOPERM this user has no permissions\r\n:0\r\n+OK\r\n"], EngineRefusedError, "NOPERM", id="no rights"
        ),
    ],
)
async def test_a_server_of_no_use_is_refused(answers: list[bytes], kind: type[ClusterError], said: str) -> None:
    """Each in its own way, so that the report says what to do."""
    async with answering(*answers) as url:
        error = await refusal(url)

    assert type(error) is kind
    assert said in str(error)


async def test_nobody_there_is_unreachable() -> None:
    """With the address that was tried."""
    async with answering() as url:
        pass

    error = await refusal(url.replace("redis://", "redis://me:hunter2@"))

    assert isinstance(error, EngineUnreachableError)
    assert url.removeprefix("redis://") in str(error)
    assert "hunter2" not in str(error)


async def test_a_password_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """With its file."""
    error = await refusal("redis://127.0.0.1:1", password_file=tmp_path / "none")

    assert isinstance(error, EngineRefusedError)
    assert f"{tmp_path / 'none'} refuses us: the password cannot be read: No such file" in str(error)


@pytest.mark.slow
async def test_a_user_of_the_acl_needs_what_the_page_says(server: RedisServer, tmp_path: Path) -> None:
    """Keys and channels of the prefix; the password is that of a file."""
    prefix, name = f"pb:{uuid.uuid4().hex[:8]}:", f"u{uuid.uuid4().hex[:8]}"
    rights = [
        "resetchannels",
        f"~{prefix}*",
        f"&{prefix}*",
        "-@all",
        "+@connection",
        "+@pubsub",
        "+@scripting",
        "+@read",
        "+@write",
        "+time",
    ]
    await server.ask("ACL", "SETUSER", name, "on", ">hunter2", *rights)
    file = tmp_path / "password"
    file.write_text("hunter2\n")
    engine = server.engine("a", prefix, username=name, password_file=file)
    await engine.connect(EngineNode(engine))
    assert await engine.epoch() == 1
    assert await engine.members() == []
    await engine.subscribe(["x"])
    await engine.close()

    other = server.engine("a", "pb:other:", username=name, password_file=file)
    with pytest.raises(EngineRefusedError, match="NOPERM"):
        await other.connect(EngineNode(other))
    file.write_text("wrong")
    again = server.engine("a", prefix, username=name, password_file=file)
    with pytest.raises(EngineRefusedError, match="WRONGPASS"):
        await again.connect(EngineNode(again))


@pytest.mark.slow
async def test_tls_believes_its_bundle_alone(tmp_path: Path) -> None:
    """And refuses a server that nobody knows."""
    authority = trustme.CA()
    certificate = authority.issue_cert("127.0.0.1")
    key, chain, ca = (str(tmp_path / name) for name in ("key.pem", "chain.pem", "ca.pem"))
    certificate.private_key_pem.write_to_path(key)
    certificate.cert_chain_pems[0].write_to_path(chain)
    authority.cert_pem.write_to_path(ca)
    options = ["--tls-cert-file", chain, "--tls-key-file", key, "--tls-ca-cert-file", ca, "--tls-auth-clients", "no"]
    with RedisServer.started("redis-server", *options, tls=True) as server:
        properties = RedisProperties(url=f"redis://127.0.0.1:{server.port}/3", tls="redis")
        context = ssl.create_default_context(cafile=ca)
        engine = RedisEngine.create(EngineSetup("pb:tls:", "a", lambda model: properties, lambda name: {"redis": context}[name]))
        await engine.connect(EngineNode(engine))
        assert await engine.epoch() == 1
        await engine.close()
        error = await refusal(f"rediss://127.0.0.1:{server.port}")
    assert isinstance(error, EngineUnreachableError)
    assert "certificate" in str(error).lower()
