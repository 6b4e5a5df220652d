"""The servers of an application that is only looked at."""

import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from pyboot.cli.endpoints import endpoints_of, taken_addresses
from pyboot.cli.finding import Level
from pyboot.cli.survey import surveyed
from pyboot.netty.assembly import ListenerPlan, ServerPlan
from pyboot.netty.check import Checked
from pyboot.netty.pipeline.steps import Step

type Write = Callable[[str], str]

SOURCE = """
from pyboot.boot import PyBootApplication
from pyboot.netty import ChannelHandler, ChannelHandlerContext, NettyServer

class Echo(ChannelHandler):
    def channel_read(self, ctx: ChannelHandlerContext, msg: object) -> None:
        ctx.write(msg)

@PyBootApplication
class App: ...

@NettyServer(port=0)
class EchoServer:
    pipeline = [Echo]
"""


@pytest.fixture
def listening() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def plan(name: str, port: int = 0, path: str | None = None, host: str = "127.0.0.1") -> ServerPlan:
    """A server with nothing but an address."""
    return ServerPlan(name, (ListenerPlan(path or (host, port), {}, name),), {}, ())


def test_a_port_that_is_in_use_is_told(listening: int) -> None:
    """As the start would."""
    (error,) = taken_addresses([plan("echo", listening)])

    assert "the port is in use" in str(error)
    assert "'echo'" in str(error)


def test_a_free_port_is_free_again_afterwards(listening: int) -> None:
    """Nothing listens on it, and nothing holds it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]

    assert [] == list(taken_addresses([plan("echo", free), plan("any"), plan("other")]))
    socket.create_server(("127.0.0.1", free)).close()


def test_two_servers_of_one_address_are_told(listening: int) -> None:
    """Neither is in the way of the other before one of them listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        free = other.getsockname()[1]

    (error,) = taken_addresses([plan("echo", free), plan("chat", free)])

    assert "'chat'" in str(error)
    assert "the server 'echo' listens there as well" in str(error)


def test_an_address_of_another_machine_and_a_name_that_is_none_are_told() -> None:
    """192.0.2.1 is kept for documentation (RFC 5737)."""
    errors = list(taken_addresses([plan("echo", 7, host="192.0.2.1")]))

    assert ["echo"] == [error.server for error in errors]


def test_a_path_must_have_a_folder_and_be_free(tmp_path: Path) -> None:
    """Nothing is put there; a socket that somebody left behind is in nobody's way."""
    (tmp_path / "file").touch()
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "left"))
        server.bind(str(tmp_path / "held"))
        server.listen()
        paths = ["no/folder", "file", "held", "left", "free"]
        errors = list(taken_addresses([plan(path, path=str(tmp_path / path)) for path in paths]))

    assert ["no/folder", "file", "held"] == [error.server for error in errors]
    assert not (tmp_path / "free").exists()


def test_what_is_skipped_is_not_looked_at(written: Write, listening: int) -> None:
    """A port of this machine says nothing of another one."""
    target, options = written(SOURCE), ("--netty.port=" + str(listening),)

    assert ["PB-N009"] == [finding.rule for finding in surveyed(target, options).findings]
    assert [] == list(surveyed(target, options, ["ports"]).findings)


def test_certificates_are_loaded(written: Write, tmp_path: Path) -> None:
    """One that is not there, one of no use, one that is; the pipelines are looked at all the same."""
    trustme.CA().issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(tmp_path / "good.pem")
    (tmp_path / "good.pem").chmod(0o600)
    (tmp_path / "bad.pem").write_text("nothing")
    target = written(SOURCE)

    def found(*options: str, skip: str = "") -> list[str]:
        return [finding.rule for finding in surveyed(target, options, [skip]).findings]

    bundle = "--netty.servers.echo.tls.bundle=web"
    assert ["PB-N013"] == found(bundle)
    assert ["PB-N014"] == found(bundle, f"--ssl.bundles.web.keystore.certificate={tmp_path / 'bad.pem'}")
    assert [] == found(bundle, f"--ssl.bundles.web.keystore.certificate={tmp_path / 'good.pem'}")
    assert [] == found(bundle, skip="certificates")
    assert ["PB-N013"] == found("--netty.servers.echo.listeners.public.tls.bundle=web")
    assert ["PB-N013"] == found("--netty.servers.echo.listeners.public.tls.enabled=true")
    assert [] == found("--netty.servers.echo.listeners.public.tls.enabled=false")


def test_a_listener_with_a_pipeline_of_its_own_stands_behind_its_server() -> None:
    """By its name; a server that has no other listener is not there besides."""
    step = Step("ssl", lambda _: ())
    shared, own = ListenerPlan(("127.0.0.1", 1), {}, "a", "a"), ListenerPlan(("127.0.0.1", 2), {}, "b", "b", (step,))

    def seen(*listeners: ListenerPlan) -> list[tuple[str, str, int]]:
        looked_at = Checked([ServerPlan("echo", listeners, {}, ())], [], [], [])
        return [(each.name, each.address, len(each.steps)) for each in endpoints_of(looked_at)]

    assert [("echo", "127.0.0.1:1", 0), ("echo.b", "127.0.0.1:2", 1)] == seen(shared, own)
    assert [("echo.b", "127.0.0.1:2", 1)] == seen(own)


def test_a_certificate_that_ends_soon_is_a_warning_and_one_that_has_ended_an_error(written: Write, tmp_path: Path) -> None:
    """Long enough before it is too late."""
    target = written(SOURCE)
    levels = []
    for name, days in (("soon", 2), ("over", -2)):
        until = datetime.now(UTC) + timedelta(days=days)
        issued = trustme.CA().issue_cert("localhost", not_after=until, not_before=until - timedelta(days=9))
        issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / f"{name}.pem")
        (tmp_path / f"{name}.pem").chmod(0o600)
        options = ("--netty.servers.echo.tls.bundle=web", f"--ssl.bundles.web.keystore.certificate={tmp_path / f'{name}.pem'}")
        levels += [finding.level for finding in surveyed(target, options).findings]

    assert [Level.WARNING, Level.ERROR] == levels


def test_pipelines_that_cannot_work_are_errors(written: Write) -> None:
    """With the remedy of the report."""
    target = written(SOURCE.replace("[Echo]", "['string', 'line', Echo]"))

    (finding,) = surveyed(target, ()).findings

    assert (Level.ERROR, "PB-N034") == (finding.level, finding.rule)
    assert "line" in finding.action
