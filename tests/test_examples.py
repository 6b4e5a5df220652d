"""What is shown runs: the README's blocks and every program of docs/examples, and the pages include files that are there."""

import asyncio
import json
import os
import re
import runpy
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import httpx2
import pytest
import trustme
from websockets.sync.client import connect

from pyboot.actuator import ManagementServer, MeterRegistry
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.actuator.meters.exposition import render
from pyboot.boot import Import, PyBootApplication, start
from pyboot.components.netty import Bootstrap, EmbeddedChannel, FullHttpRequest, HttpClient
from pyboot.components.netty.codec.http3 import Http3ClientConnectionHandler, new_request_stream
from pyboot.components.netty.transport.quic import QuicChannel, QuicChannelOption, QuicClientConfig
from pyboot.netty import NettyServers
from tests.actuator.tracing.exported import exporter, named
from tests.components.netty.codec.http3.conftest import Response

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()
BLOCKS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
PAGES = sorted(path for path in (ROOT / "docs").rglob("*.md"))
PROGRAMS = {
    "tutorial/getting-started": "app_template",
    "howto/shut-down-cleanly": "docs/examples/shutdown",
    "howto/serve-http": "docs/examples/http_hello",
}  # whose settings are shown
SETTINGS = [
    pytest.param(program, block, id=f"{page.name}-{number}")
    for name, program in PROGRAMS.items()
    for page in sorted((ROOT / "docs").glob(f"{name}*.md"))
    for number, block in enumerate(re.findall(r"```yaml\n((?!--8<--).*?)```", page.read_text(), re.DOTALL))
]

FOLDERS = sorted(path.name for path in (ROOT / "docs/examples").iterdir() if path.is_dir())

type Serve = Callable[..., Any]  # the fixture of conftest.py; its class cannot be imported from there


def converse(port: int, said: bytes, expected: bytes) -> None:
    """Say something to the server on *port* and hear what it answers."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(said)
        heard = b""
        while len(heard) < len(expected) and (chunk := client.recv(4096)):
            heard += chunk

    assert expected == heard[: len(expected)]


@contextmanager
def program(*command: str, cwd: Path) -> Iterator[tuple[subprocess.Popen[str], Iterator[str]]]:
    """Run a program that does not listen, and give it and the lines that it prints; it is killed in the end."""
    with subprocess.Popen([sys.executable, *command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        too_late = threading.Timer(60, process.kill)
        too_late.start()
        assert process.stdout is not None
        try:
            yield process, iter(process.stdout)
        finally:
            too_late.cancel()
            process.kill()


@pytest.mark.slow
def test_the_readme_application_greets(serve: Serve, tmp_path: Path) -> None:
    """The first block of the README, as a file, run as a program."""
    (tmp_path / "greeter.py").write_text(BLOCKS[0])

    server = serve(sys.executable, "greeter.py", "--netty.port=0", cwd=tmp_path)

    converse(server.port, b"ada\n", b"hello ada\n")


@pytest.mark.slow
def test_the_readme_echo_server_echoes(serve: Serve, tmp_path: Path) -> None:
    """The last block of the README; only its port is changed to a free one, and its log is shown."""
    (tmp_path / "echo.py").write_text("import logging\n\nlogging.basicConfig(level='INFO')\n" + BLOCKS[-1].replace("8080", "0"))

    server = serve(sys.executable, "echo.py", cwd=tmp_path)

    converse(server.port, b"hi", b"hi")


@pytest.mark.slow
def test_the_greeter_example_greets(serve: Serve) -> None:
    """docs/examples/greeter, the application of the README and of the first page."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/greeter")

    converse(server.port, b"ada\n", b"hello ada\n")


@pytest.mark.slow
def test_the_echo_example_echoes(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/echo, the network library without the container, on a free port."""
    (tmp_path / "server.py").write_text((ROOT / "docs/examples/echo/server.py").read_text().replace("8080", "0"))

    server = serve(sys.executable, "server.py", cwd=tmp_path)

    converse(server.port, b"hi", b"hi")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="several workers need Linux")
def test_the_workers_example_has_two_processes(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/workers: a plain program without a guard, whose processes share a free port."""
    (tmp_path / "server.py").write_text((ROOT / "docs/examples/workers/server.py").read_text().replace("8080", "0"))

    server = serve(sys.executable, "server.py", cwd=tmp_path)

    converse(server.port, b"hi\n", b"hi from process ")


@pytest.mark.slow
def test_the_decoder_example_answers_records(serve: Serve) -> None:
    """docs/examples/decoder, a codec of an application's own."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/decoder")

    converse(server.port, b"\x07\x00\x02hi", b"\x07\x00\x00")


@pytest.mark.slow
def test_the_http_example_greets_and_gives_back(serve: Serve) -> None:
    """docs/examples/http_hello: pipelined requests are answered in their order, and one that is wrong last."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/http_hello")
    get, post = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
    head = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\ncontent-length: %d\r\n\r\n"

    expected = head % 13 + b"Hello, World!" + head % 2 + b"hi" + b"HTTP/1.1 400 Bad Request\r\n"
    converse(server.port, get + post + b"GET /\r\n\r\n", expected)


def test_the_static_site_example_serves_its_files(serve: Serve) -> None:
    """docs/examples/static_site: a page, a part of it, nothing above it, and a line in the log for each."""
    server = serve(sys.executable, "server.py", "0", cwd=ROOT / "docs/examples/static_site")
    page = (ROOT / "docs/examples/static_site/site/index.html").read_bytes()

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client, client.makefile("rb") as heard:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGET /style.css HTTP/1.1\r\nHost: x\r\nRange: bytes=0-1\r\n\r\n")
        client.sendall(b"GET /../server.py HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        answers = heard.read()

    assert [b"200", b"206", b"404"] == re.findall(rb"HTTP/1\.1 (\d+) ", answers)
    assert page in answers
    server.process.terminate()
    assert 3 == len(re.findall(r'"GET \S+ HTTP/1\.1" \d+', server.finish()))


@pytest.mark.slow
def test_the_upload_example_saves_files(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/upload: a file comes whole, under a safe name, and once."""
    server = serve(sys.executable, "server.py", "0", str(tmp_path), cwd=ROOT / "docs/examples/upload")
    part = b'--b\r\nContent-Disposition: form-data; name="file"; filename="../a.bin"\r\n\r\n' + bytes(100_000) + b"\r\n"
    body = part + part + b"--b--\r\n"
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: %d\r\n\r\n"

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client, client.makefile("rb") as heard:
        client.sendall(head % len(body) + body)
        answer = heard.read()

    assert answer.endswith(b"a.bin saved, 100000 bytes\na.bin is there already\n")
    assert {"a.bin": bytes(100_000)} == {path.name: path.read_bytes() for path in tmp_path.iterdir()}


@pytest.mark.slow
def test_the_shutdown_example_finishes_what_it_began(serve: Serve) -> None:
    """docs/examples/shutdown: what was read before the signal is answered and noted, and the process ends well."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/shutdown")

    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as client, client.makefile("rb") as heard:
        client.sendall(b"a\nb\n")
        assert b"begin a\n" == heard.readline()
        server.process.send_signal(signal.SIGTERM)
        assert b"done a\nbegin b\ndone b\n" == heard.read()

    assert "journal closed with 2 entries" in server.finish()
    assert 0 == server.process.returncode


@pytest.mark.slow
@pytest.mark.parametrize("loop", ["asyncio", "auto"])
def test_the_jobs_example_works_without_a_network(loop: str) -> None:
    """docs/examples/jobs: a schedule, an event, a worker thread and a scope, until a signal ends it."""
    command = (sys.executable, "app.py", f"--pyboot.main.loop={loop}", "--batch.every=50ms", "--pyboot.main.banner-mode=off")
    with subprocess.Popen(command, cwd=ROOT / "docs/examples/jobs", stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        assert ["batch of 3 closed\n", "3 kept in /var/archive\n"] == sorted(
            (program.stdout.readline(), program.stdout.readline()), reverse=True
        )
        program.send_signal(signal.SIGTERM)
        program.communicate(timeout=20)

    assert 0 == program.returncode


@pytest.mark.slow
def test_the_reconnecting_example_comes_back() -> None:
    """docs/examples/reconnect: started before its server, which then leaves it, and it logs in again."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
    command = (sys.executable, "docs/examples/reconnect/client.py", str(address[1]))
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        assert client.stdout is not None
        assert "attempt 1 in" in client.stdout.readline()
        with socket.create_server(address) as listener:
            for greeting in (b"one\n", b"two\n"):
                connection, _ = listener.accept()
                with connection, connection.makefile("rb") as said:
                    assert b"login sensor-7\n" == said.readline()
                    connection.sendall(greeting)
        client.send_signal(signal.SIGTERM)
        rest = client.stdout.read()

    assert 0 == client.returncode
    assert ["heard one", "heard two"] == [line for line in rest.splitlines() if line.startswith("heard")]
    assert "lost (the peer has closed the connection); attempt 2 in" in rest


@pytest.mark.slow
def test_the_websocket_chat_example_is_a_page_and_a_room(serve: Serve) -> None:
    """docs/examples/websocket_chat: the page over HTTP, and what one says over its WebSocket, the other hears."""
    server = serve(sys.executable, "app.py", "0", cwd=ROOT / "docs/examples/websocket_chat")

    with urlopen(f"http://127.0.0.1:{server.port}/", timeout=10) as page:
        assert b"new WebSocket" in page.read()
    with connect(f"ws://127.0.0.1:{server.port}/chat") as first, connect(f"ws://127.0.0.1:{server.port}/chat") as second:
        assert ["* 1 here", "* 2 here"] == [first.recv(timeout=10) for _ in range(2)]
        assert "* 2 here" == second.recv(timeout=10)
        first.send("hello")
        assert ["hello", "hello"] == [member.recv(timeout=10) for member in (first, second)]
        second.close()
        assert "* 1 here" == first.recv(timeout=10)


@pytest.mark.slow
def test_the_tls_examples_talk_in_secret(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/tls, with the certificate that the page makes, on a free port."""
    page = (ROOT / "docs/howto/use-tls.md").read_text()
    made = re.search(r"^\$ (openssl req .*?)^\$", page, re.MULTILINE | re.DOTALL)
    assert made is not None
    subprocess.run(made[1], shell=True, cwd=tmp_path, check=True, capture_output=True)
    (tmp_path / "server.py").write_text((ROOT / "docs/examples/tls/server.py").read_text().replace("9443", "0"))
    server = serve(sys.executable, "server.py", "cert.pem", "key.pem", cwd=tmp_path)

    client = (sys.executable, str(ROOT / "docs/examples/tls/client.py"), "cert.pem", "localhost", str(server.port))
    ran = subprocess.run(client, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    assert ("hello\n", "") == (ran.stdout, ran.stderr)


@pytest.mark.slow
def test_the_chat_rooms_example_keeps_rooms_apart(serve: Serve) -> None:
    """docs/examples/chat_rooms: what one says, those in the same room hear, and nobody else."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/chat_rooms")
    with ExitStack() as stack:
        members = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)) for _ in range(3)]
        heard = [stack.enter_context(member.makefile("rb")) for member in members]
        for number, room in enumerate((b"a", b"b", b"a")):
            members[number].sendall(b"/join " + room + b"\n")
            assert (b"* %d in " % (1 + (number == 2))) + room + b"\n" == heard[number].readline()

        members[0].sendall(b"hello\n/join b\nnow here\n")

        assert b"hello\n" == heard[2].readline()
        assert b"* 2 in b\n" == heard[0].readline()
        assert b"now here\n" == heard[1].readline()
        members[2].sendall(b"alone\n/join b\n")
        assert b"* 3 in b\n" == heard[2].readline()


@pytest.mark.slow
def test_the_discovery_example_finds_who_is_there(serve: Serve) -> None:
    """docs/examples/discovery: a datagram and its answer."""
    folder = ROOT / "docs/examples/discovery"
    server = serve(sys.executable, "app.py", "answer", "kitchen", "127.0.0.1", "0", cwd=folder)

    with program("app.py", "ask", "127.0.0.1", str(server.port), "60", cwd=folder) as (_, said):
        assert "here is kitchen at 127.0.0.1\n" == next(said)


@pytest.mark.slow
def test_the_sni_example_is_two_hosts(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/sni: each host with its own certificate and its own answer; a third one is refused."""
    authority = trustme.CA()
    for name in ("a.test", "b.test"):
        issued = authority.issue_cert(name)
        issued.cert_chain_pems[0].write_to_path(tmp_path / f"{name}.pem")
        issued.private_key_pem.write_to_path(tmp_path / f"{name}.key")
        (tmp_path / f"{name}.key").chmod(0o600)
    server = serve(sys.executable, str(ROOT / "docs/examples/sni/app.py"), "0", "a.test", "b.test", cwd=tmp_path)
    context = ssl.create_default_context()
    authority.configure_trust(context)

    def ask(name: str) -> bytes:
        plain = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        with plain, context.wrap_socket(plain, server_hostname=name) as secret, secret.makefile("rb") as heard:
            secret.sendall(b"hello\n")
            return heard.readline()

    assert (b"a.test: hello\n", b"b.test: hello\n") == (ask("a.test"), ask("b.test"))
    with pytest.raises(ssl.SSLError):
        ask("c.test")


@pytest.mark.slow
def test_the_lobby_example_plays(serve: Serve) -> None:
    """docs/examples/lobby: one waits, two play, and of two numbers one is the right one."""
    server = serve(sys.executable, "app.py", "--netty.port=0", "--game.highest=2", "--game.tick=20ms", cwd=ROOT / "docs/examples/lobby")
    with ExitStack() as stack:
        players = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=10)) for _ in range(2)]
        heard = [stack.enter_context(player.makefile("rb")) for player in players]
        lines = {each.readline() for each in heard} | {each.readline() for each in heard[:1]}
        for number, player in enumerate(players, 1):
            player.sendall(b"%d\n" % number)

        while not (line := heard[0].readline()).startswith(b"it was"):
            assert line in (b"higher\n", b"lower\n", b"guess a number up to 2\n")

    assert b"guess a number up to 2\n" in lines


@pytest.mark.slow
def test_the_rpc_example_survives_the_kill_of_its_server(serve: Serve) -> None:
    """docs/examples/rpc: the client calls again when a server is there again, though the first was killed with SIGKILL."""
    folder = ROOT / "docs/examples/rpc"
    server = serve(sys.executable, "server.py", "--netty.port=0", cwd=folder)
    settings = ("port={}", "reconnect.initial=20ms", "reconnect.max=50ms")
    options = [f"--netty.clients.rpc.{setting}".format(server.port) for setting in settings]
    with program("client.py", "--calls.every=20ms", *options, cwd=folder) as (client, said):
        for _ in range(2):
            answer = next(line for line in said if line.startswith("Response"))
            assert answer.endswith("result=5.0, error=None)\n")
            server.process.kill()
            server.process.wait()
            assert next(line for line in said if line.startswith("no answer"))
            server = serve(sys.executable, "server.py", f"--netty.port={server.port}", cwd=folder)
        client.send_signal(signal.SIGTERM)
        assert 0 == client.wait(20)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["default", "prod"])
def test_the_gateway_example_hears_its_device(profile: str, serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/examples/gateway: the secret comes from the environment; in production both speak TLS, by the page's own authority."""
    monkeypatch.setenv("GATEWAY_TOKEN", "s3cret")
    folder = shutil.copytree(ROOT / "docs/examples/gateway", tmp_path / "gateway")
    page = (ROOT / "docs/howto/use-tls.md").read_text()
    made = re.search(r"^## An authority.*?^```console\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    assert made is not None
    subprocess.run(made[1].replace("$ openssl", "openssl"), shell=True, cwd=folder, check=True, capture_output=True)
    chosen = f"--profile={profile}"
    gateway = serve(sys.executable, "app.py", chosen, "--netty.port=0", cwd=folder)

    options = (chosen, f"--netty.clients.gateway.port={gateway.port}", "--device.every=20ms")
    with program("app.py", *options, cwd=folder / "device") as (_, said):
        assert "heard welcome sensor-7\n" == next(line for line in said if line.startswith("heard"))
        assert gateway.process.stdout is not None
        assert next(line for line in gateway.process.stdout if line.startswith("sensor-7 reports 2"))

    with program("app.py", *options, "--device.token=wrong", cwd=folder / "device") as (_, said):
        assert "heard refused\n" == next(line for line in said if line.startswith("heard"))


@pytest.mark.slow
@pytest.mark.parametrize(("files", "said", "code"), [(["numbers"], "total 3\n", 0), (["numbers", "nowhere"], "nowhere: ", 1)])
def test_the_import_example_ends_with_what_became_of_it(files: list[str], said: str, code: int, tmp_path: Path) -> None:
    """docs/examples/import_once: without a network it ends when its work is done."""
    (tmp_path / "numbers").write_text("1\n2\n")
    command = (sys.executable, str(ROOT / "docs/examples/import_once/app.py"), "--pyboot.main.banner-mode=off", *files)
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30, check=False)

    assert (code, True) == (ran.returncode, ran.stdout.startswith(said)), ran.stderr


@pytest.mark.slow
@pytest.mark.parametrize("example", ["decoder", "redis_server", "starter", "testing", "tutorial"])
def test_the_tests_that_are_shown_pass(example: str) -> None:
    """They are run as a reader runs them: by pytest, where they stand."""
    command = (sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    ran = subprocess.run(command, cwd=ROOT / "docs/examples" / example, capture_output=True, text=True, timeout=60, check=False)

    assert 0 == ran.returncode, ran.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("example", "settings"), SETTINGS)
def test_settings_that_a_page_shows_are_taken(example: str, settings: str, serve: Serve, tmp_path: Path) -> None:
    """By the application that the page is about; a setting that does not exist would end its start."""
    shutil.copytree(ROOT / example, tmp_path, dirs_exist_ok=True)
    (tmp_path / "application.yaml").write_text(settings)

    serve(sys.executable, "-m", "pyboot.cli", "run", "app", "--port=0", cwd=tmp_path)


@pytest.mark.slow
def test_the_http_client_example_asks_the_server_example(run_application: Serve) -> None:
    """docs/examples/http_client against docs/examples/http_hello, over one connection."""
    server = run_application("app", cwd=ROOT / "docs/examples/http_hello")
    command = (sys.executable, "client.py", f"http://127.0.0.1:{server.port}")

    ran = subprocess.run(command, cwd=ROOT / "docs/examples/http_client", capture_output=True, text=True, timeout=30, check=False)

    said = "200 Hello, World!\nada\nline 0\nline 1\nline 2\n404 HttpPoolStatistics(lent=0, idle=1, waiting=0)\n"
    assert ran.stdout.startswith(said + "GET http://127.0.0.1:1/: no connection to http://127.0.0.1:1: ")
    assert "" == ran.stderr


@pytest.mark.slow
async def test_the_http3_example_tells_what_it_was_carried_by(serve: Serve, tmp_path: Path) -> None:
    """docs/examples/http3, over TCP, where it says that HTTP/3 is there, and over QUIC at the same port."""
    folder = shutil.copytree(ROOT / "docs/examples/http3", tmp_path / "http3")
    authority = trustme.CA()
    issued = authority.issue_cert("localhost")
    issued.cert_chain_pems[0].write_to_path(str(folder / "cert.pem"))
    issued.private_key_pem.write_to_path(str(folder / "key.pem"))
    ca = authority.cert_pem.bytes()
    port = serve(sys.executable, "app.py", "--netty.port=0", cwd=folder).port
    async with HttpClient(ca=ca.decode()) as client:
        over_tcp = await client.get(f"https://localhost:{port}/")
    config = QuicClientConfig(alpn=["h3"], ca=ca, server_name="localhost")
    bootstrap = Bootstrap().channel(QuicChannel).option(QuicChannelOption.CONFIG, config)
    bootstrap.handler(lambda channel: channel.pipeline().add_last(Http3ClientConnectionHandler()))
    channel, response = await bootstrap.connect("127.0.0.1", port), Response()
    new_request_stream(channel, response).write_and_flush(FullHttpRequest("GET", "/", b"", {"host": "localhost"}))
    over_quic = await response.whole
    await bootstrap.close()

    assert "Hello over HTTP/1.1!\n" == await over_tcp.text()
    assert f'h3=":{port}"; ma=86400' == over_tcp.headers["alt-svc"]
    assert b"Hello over HTTP/3!\n" == over_quic[1].content


def test_the_grpc_example_answers_a_call_with_trailers() -> None:
    """docs/examples/grpc_echo: the message that came, cut in two, and grpc-status behind it."""
    scope = runpy.run_path(str(ROOT / "docs/examples/grpc_echo/app.py"))
    channel = EmbeddedChannel()
    scope["connected"](channel)
    channel.write_inbound(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00")
    channel.write_inbound(b"\x00\x00\x06\x01\x04\x00\x00\x00\x01\x83\x84\x86\x41\x01a")
    channel.outbound_bytes()
    channel.write_inbound(
        b"\x00\x00\x04\x00\x00\x00\x00\x00\x01" + b"\x00\x00\x00\x00" + b"\x00\x00\x04\x00\x01\x00\x00\x00\x01" + b"\x03abc"
    )

    answer = channel.outbound_bytes()
    assert answer.startswith(b"\x00\x00\x08\x00\x00\x00\x00\x00\x01" + b"\x00\x00\x00\x00\x03abc")
    assert b"\x01\x05\x00\x00\x00\x01" in answer


async def test_the_meters_example_measures_itself() -> None:
    """docs/examples/meters: its own meters are told, with those of its methods."""
    shown: dict[str, Any] = {"__name__": "orders"}
    exec(compile((ROOT / "docs/examples/meters/app.py").read_text(), "app.py", "exec"), shown)
    app = PyBootApplication(scan=())(Import(ActuatorAutoConfiguration, shown["Orders"])(type("App", (), {})))
    async with start(app, properties={"management.server.port": -1}) as context:
        orders: Any = context.get(shown["Orders"])
        await orders.place(3)
        with pytest.raises(ValueError, match="an order of nothing"):
            orders.check(0)

        _, text = await render(context.get(MeterRegistry).collect())
    assert b'orders_placed_total{kind="book"} 1\n' in text
    assert b'orders_size_items_bucket{le="10.0"} 1\n' in text
    assert b"orders_waiting 0.0\n" in text
    assert b'orders_place_seconds_count{class="Orders",exception="none",method="place"} 1\n' in text
    assert b'orders_refused_total{class="Orders",exception="ValueError",method="check",result="failure"} 1\n' in text


async def test_the_managed_example_is_looked_into_by_whom_it_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    """docs/examples/managed: with its own settings; strangers see how it is, a token reads, and the admin writes."""
    shown: dict[str, Any] = {"__name__": "shop"}
    exec(compile((ROOT / "docs/examples/managed/app.py").read_text(), "app.py", "exec"), shown)
    beans = [shown[name] for name in ("Till", "TillEndpoint", "TillHealthIndicator", "LineServer", "Echo")]
    app = PyBootApplication(scan=())(Import(ActuatorAutoConfiguration, *beans)(type("App", (), {})))
    monkeypatch.chdir(ROOT / "docs/examples/managed")
    async with start(app, properties={"management.server.port": 0, "netty.servers.lines.port": 0}) as context:
        host, port = context.get(ManagementServer).address
        ada, scraper = ("ada", "only-for-this-example-too"), {"authorization": "Bearer only-for-this-example"}
        async with httpx2.AsyncClient(base_url=f"http://{host}:{port}/actuator") as client:
            assert {"status", "groups"} >= set((await client.get("/health")).json())
            assert [401, 401] == [(await client.get(path)).status_code for path in ("/till", "/page")]
            assert {"open": True} == (await client.get("/till", headers=scraper)).json()
            assert 403 == (await client.post("/till/closed", headers=scraper)).status_code
            assert 400 == (await client.post("/till/ajar", auth=ada)).status_code
            assert 204 == (await client.post("/till/closed", auth=ada)).status_code
            answer = await client.get("/health", auth=ada)
            assert (await client.get("/page", auth=ada)).text.startswith("<!doctype html>")
            async with client.stream("GET", "/page/stream?sections=servers,channels,health", auth=ada) as stream:
                hello = json.loads(await anext(line[6:] async for line in stream.aiter_lines() if line.startswith("data: ")))
    assert {"'loggers' may only be read: management.endpoint.loggers.access is read-only"} == {hello["sections"]["loggers"]["fixed"]}
    assert [None] * 7 == [
        hello["sections"][id]["hidden"] for id in ("servers", "channels", "health", "clients", "loggers", "buffers", "errors")
    ]
    assert (503, "OUT_OF_SERVICE") == (answer.status_code, answer.json()["status"])
    assert {"reason": "the till is closed"} == answer.json()["components"]["till"]["details"]


async def test_the_tracing_example_traces_requests_and_messages() -> None:
    """docs/examples/tracing: a request, the one that it makes of itself, and a line."""
    spans = exporter()
    shown: dict[str, Any] = {"__name__": "shop"}
    exec(compile((ROOT / "docs/examples/tracing/app.py").read_text(), "app.py", "exec"), shown)
    app = PyBootApplication(scan=())(
        Import(ActuatorAutoConfiguration, *(shown[name] for name in ("Prices", "Lines", "Echo")))(type("App", (), {}))
    )
    settings = {"management.server.port": -1, "netty.servers.web.port": 0, "netty.servers.lines.port": 0}
    settings |= {"management.tracing.enabled": True, "management.tracing.messages": ["lines"]}
    async with start(app, properties=settings) as context, HttpClient() as client:
        servers = context.get(NettyServers)
        answer = await client.get(f"http://127.0.0.1:{servers.address('web')[1]}/prices/tea")
        assert {"price": 3, "stock": 7} == await answer.json()
        reader, writer = await asyncio.open_connection(*servers.address("lines"))
        writer.write(b"hello\n")
        assert b"HELLO\n" == await reader.readline()
        writer.close()
    request, own, asked, stock, line = (
        named(spans, name) for name in ("GET /prices/{name}", "look it up", "GET", "GET /prices/{name}/stock", "process lines")
    )
    assert [None, request.context.span_id, request.context.span_id, asked.context.span_id, None] == [
        span.parent and span.parent.span_id for span in (request, own, asked, stock, line)
    ]


def test_every_example_has_its_test() -> None:
    """A program that is shown and not run is named here."""
    tested = {
        "chat_rooms",
        "decoder",
        "dns_resolver",  # tests/interop/test_dns.py
        "discovery",
        "echo",
        "gateway",
        "greeter",
        "grpc_echo",
        "http3",
        "grpc_streams",  # tests/interop/test_grpc.py
        "http_client",
        "http_hello",
        "import_once",
        "jobs",
        "lobby",
        "mqtt_broker",  # tests/test_mqtt_broker.py
        "reconnect",
        "redis_client",  # tests/interop/test_redis.py, and so is the next
        "redis_server",
        "rpc",
    }

    tested |= {
        "cluster_chat",  # tests/cluster/test_semantics_example.py
        "fastapi",
        "managed",
        "meters",
        "memcache_server",  # tests/interop/test_memcache.py
        "proxy",  # tests/interop/test_socks.py
        "reconnecting_client",
        "rest",
        "shutdown",
        "smtp_server",  # tests/interop/test_smtp.py
        "sni",
        "starter",
        "static_site",
        "stomp_broker",  # tests/interop/test_stomp.py
        "testing",
        "tls",
        "tracing",
        "tutorial",  # tests/interop/test_tutorial_steps.py
        "upload",
        "websocket_chat",
        "workers",
    }

    assert tested == set(FOLDERS)


def test_the_page_of_examples_and_their_readmes_name_each_of_them() -> None:
    """What it shows, and how it is run."""
    page = (ROOT / "docs/examples.md").read_text()

    assert [] == [name for name in FOLDERS if f"`{name}`" not in page]
    assert [] == [name for name in FOLDERS if not (ROOT / "docs/examples" / name / "README.md").is_file()]


def test_the_readme_and_the_first_page_show_the_same_program() -> None:
    """docs/examples/greeter/app.py is the README's block under a docstring."""
    shown = (ROOT / "docs/examples/greeter/app.py").read_text()

    assert shown.endswith(BLOCKS[0])


def test_the_readme_names_two_commands() -> None:
    """One installs what is missing and runs, one installs what is missing and tests; continuous integration calls the second."""
    commands = [line for line in README.splitlines() if line.startswith("pip install")]

    assert ["pip install uv && uv run pyboot run app_template", "pip install uv && uv run pytest"] == commands
    assert commands[1] in (ROOT / ".ci/run").read_text().splitlines()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_a_page_includes_and_links_to_files_that_are_there(page: Path) -> None:
    """Code on a page is a file that runs; a link leads somewhere."""
    text = page.read_text()
    included = [ROOT / ("docs" if name.startswith("examples") else "") / name for name in re.findall(r'--8<-- "(.+?)"', text)]
    linked = [page.parent / name for name in re.findall(r"\]\((?!https?:|#)([^)#]+)", text)]

    assert [] == [str(path) for path in [*included, *linked] if not path.is_file()]


_SERVER = """
import socket, sys
with socket.create_server(("127.0.0.1", int(sys.argv[1]))) as server:
    print("up", flush=True)
    while True:
        connection, _ = server.accept()
        for line in connection.makefile("rb"):
            connection.sendall(b"welcome " + line)
"""


@pytest.mark.slow
def test_the_reconnecting_client_survives_the_kill_of_its_server() -> None:
    """docs/examples/reconnecting_client: started before its server, it logs in with each, though the first is killed with SIGKILL."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [
        f"--netty.clients.upstream.port={port}",
        "--netty.clients.upstream.reconnect.initial=20ms",
        "--netty.clients.upstream.reconnect.max=50ms",
    ]
    client = subprocess.Popen(
        [sys.executable, "app.py", *options], cwd=ROOT / "docs/examples/reconnecting_client", stdout=subprocess.PIPE, text=True
    )
    server: subprocess.Popen[str] | None = None
    try:
        assert client.stdout is not None
        for _ in range(2):
            server = subprocess.Popen([sys.executable, "-c", _SERVER, str(port)], stdout=subprocess.PIPE, text=True)
            heard = next(line for line in client.stdout if line.startswith("heard"))
            assert "heard welcome login sensor-7\n" == heard
            server.kill()
            server.communicate()
            server = None
        client.send_signal(signal.SIGTERM)
        client.wait(20)
        assert client.returncode in (0, 143)
    finally:
        for process in (client, server):
            if process is not None:
                process.kill()
                process.wait()
                assert process.stdout is not None
                process.stdout.close()


@pytest.mark.slow
def test_the_rest_example_answers_as_its_page_says(serve: Serve) -> None:
    """docs/examples/rest: a book, one that is not there, one that is added, and the page that describes them."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/rest")

    def ask(path: str, content: bytes | None = None) -> tuple[int, str]:
        request = urllib.request.Request(f"http://127.0.0.1:{server.port}{path}", content, {"content-type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()

    assert (200, '{"title":"The Mythical Man-Month","year":1975}') == ask("/books/1")
    assert (404, '{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no book 7."}') == ask("/books/7")
    assert (201, '{"number":2}') == ask("/books", b'{"title": "Pipelines"}')
    assert 422 == ask("/books", b'{"title": ""}')[0]
    assert "swagger" in ask("/docs")[1]


@pytest.mark.slow
def test_the_fastapi_example_streams(serve: Serve) -> None:
    """docs/examples/fastapi: a bean's count, and a stream."""
    server = serve(sys.executable, "app.py", "--netty.port=0", cwd=ROOT / "docs/examples/fastapi")

    for path, expected in (("tick", b"1"), ("tick", b"2"), ("stream", b"0\n1\n2\n")):
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/{path}", timeout=10) as answer:
            assert expected == answer.read()


NEEDS = {"cluster_chat": "pyboot-starter-cluster"}  # a starter that this environment has not


def installed(starter: str, folder: Path) -> Path:
    """*folder*, with the entry points of *starter* as an installation leaves them."""
    project = tomllib.loads((ROOT / "starters" / starter / "pyproject.toml").read_text())["project"]
    record = folder / f"{starter.replace('-', '_')}-{project['version']}.dist-info"
    record.mkdir()
    (record / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {starter}\nVersion: {project['version']}\n")
    groups = (
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in each.items()) for group, each in project["entry-points"].items()
    )
    (record / "entry_points.txt").write_text("\n".join(groups))
    return folder


APPLICATIONS = [file for file in sorted(ROOT.glob("docs/examples/**/*.py")) if "\n@PyBootApplication" in file.read_text()]


@pytest.mark.parametrize("file", APPLICATIONS, ids=lambda file: str(file.relative_to(ROOT / "docs/examples")))
def test_the_check_finds_nothing_wrong_with_an_example(file: Path, tmp_path: Path) -> None:
    """Not even what is only warned of: an example has no mistakes, and a check that sees some is wrong."""
    command = [sys.executable, "-m", "pyboot.cli", "check", file.stem, "--strict", "--skip", "ports", "--skip", "certificates"]
    environment = {**os.environ, "GATEWAY_TOKEN": "a-token-of-some-length"}
    if file.parent.name in NEEDS:
        environment["PYTHONPATH"] = os.pathsep.join([str(installed(NEEDS[file.parent.name], tmp_path)), os.environ.get("PYTHONPATH", "")])
    ran = subprocess.run(command, cwd=file.parent, env=environment, capture_output=True, text=True, timeout=60, check=False)

    assert (0, True) == (ran.returncode, "nothing is wrong" in ran.stdout), ran.stdout + ran.stderr
