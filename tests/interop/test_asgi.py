"""Applications of the frameworks behave as on uvicorn: one script talks to both servers, and the answers are compared."""

import contextlib
import http.client
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

HERE = Path(__file__).resolve().parent / "asgi_applications"
FORM = (
    b'--cut\r\nContent-Disposition: form-data; name="name"\r\n\r\nann\r\n'
    b'--cut\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream\r\n\r\n'
    + bytes(range(256)) * 400
    + b"\r\n--cut--\r\n"
)
OURS = "import pyboot.boot as boot\n@boot.PyBootApplication(scan=())\nclass App: ...\nboot.run(App)\n"
HOP_BY_HOP = {"date", "server", "connection", "keep-alive", "transfer-encoding", "content-length"}  # a server's own business

type Answer = tuple[Any, ...]


@contextlib.contextmanager
def program(*command: str) -> Iterator[int]:
    """Run a server and give its port, which its log tells."""
    with subprocess.Popen([sys.executable, *command], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        too_late = threading.Timer(120, process.kill)
        too_late.start()
        assert process.stdout is not None
        seen, port = "", 0
        for line in process.stdout:
            seen += line
            if found := re.search(r"(?:listening on|running on http://)\D*127\.0\.0\.1:(\d+)", line):
                port = int(found[1])
                break
        assert port, f"{command} never listened:\n{seen}"
        reading = threading.Thread(target=process.stdout.read)  # or its log fills the pipe
        reading.start()
        try:
            yield port
        finally:
            process.terminate()
            reading.join()
            too_late.cancel()


def ask(port: int, method: str, path: str, content: Any = None, **fields: str) -> Answer:
    """Status, fields and content of one answer."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    client.request(method, path, content, {name.replace("_", "-"): value for name, value in fields.items()}, encode_chunked=True)
    answer = client.getresponse()
    told = sorted(
        (name.lower(), ", ".join(sorted(value.split(", ")))) for name, value in answer.getheaders() if name.lower() not in HOP_BY_HOP
    )
    content = answer.read()
    client.close()
    return answer.status, told, content


def raw(port: int, said: bytes, *, ends: bool = False) -> bytes:
    """What comes back for *said* until the server closes."""
    with socket.create_connection(("127.0.0.1", port), 20) as client:
        client.sendall(said)
        if ends:
            client.shutdown(socket.SHUT_WR)
        heard = b""
        while piece := client.recv(65536):
            heard += piece
    return heard


def talk(port: int, path: str, *said: str, subprotocols: Any = None) -> Answer:
    """What a WebSocket answers, and how it ends."""
    try:
        with connect(f"ws://127.0.0.1:{port}{path}", subprotocols=subprotocols, proxy=None) as client:
            heard: list[Any] = []
            for text in said:
                client.send(text)
                heard.append(client.recv(20))
            if said:
                return client.subprotocol, heard
            while True:
                heard.append(client.recv(20))
    except InvalidStatus as error:
        return "refused", error.response.status_code
    except ConnectionClosed as error:
        return heard, error.rcvd and (error.rcvd.code, error.rcvd.reason)


def script(port: int, *, has_websockets: bool, has_background: bool, has_items: bool) -> dict[str, Any]:
    """Everything that a client does, by name."""
    form = {"Content_Type": "multipart/form-data; boundary=cut"}
    heard: dict[str, Any] = {
        "hello": ask(port, "GET", "/hello?a=1&b=%C3%A4", X_A="7"),
        "encoded": ask(port, "GET", "/hel%6Co"),
        "head": ask(port, "HEAD", "/hello"),
        "missing": ask(port, "GET", "/nowhere")[0],
        "not allowed": ask(port, "DELETE", "/hello")[0],
        "upload": ask(port, "POST", "/upload", FORM, **form),
        "upload in chunks": ask(port, "POST", "/upload", iter([FORM[:100], FORM[100:5000], FORM[5000:]]), **form),
        "a megabyte": ask(port, "POST", "/length", b"x" * 1_000_000),
        "no content": ask(port, "POST", "/length", b""),
        "stream": ask(port, "GET", "/stream"),
        "fails": ask(port, "GET", "/fails")[0],
        "again": ask(port, "GET", "/hello"),
        "1.0": raw(port, b"GET /hello HTTP/1.0\r\n\r\n")[9:12],
        "the last": ask(port, "GET", "/hello", Connection="close"),
        "nonsense": raw(port, b"nonsense\r\n\r\n")[9:12],
        "two at once": raw(
            port, b"GET /hello?1 HTTP/1.1\r\nHost: a\r\n\r\nGET /hello?2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        ).count(b"HTTP/1.1 200 OK"),
    }
    if has_background:
        heard["background"] = ask(port, "GET", "/background")
        while b"done" not in (done := ask(port, "GET", "/done")[2]):
            pass  # it is worked behind the answer
        heard["done"] = done
    if has_items:
        heard |= {
            "item": ask(port, "POST", "/items", b'{"name": "a"}', Content_Type="application/json"),
            "no item": ask(port, "POST", "/items", b'{"price": "a"}', Content_Type="application/json"),
            "teapot": ask(port, "GET", "/teapot"),
        }
    if has_websockets:
        heard |= {"echo": talk(port, "/echo/red", "a", "ä" * 70_000), "no such socket": talk(port, "/nowhere")}
    if has_websockets and has_background:
        heard |= {"subprotocol": talk(port, "/echo/red", "a", subprotocols=["other", "chat"])}
    return heard


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["starlette", "fastapi", "django", "litestar"])
def test_a_framework_s_application_behaves_as_on_uvicorn(framework: str) -> None:
    """The same answers, byte for byte, but for what is a server's own."""
    pytest.importorskip(framework)
    target = f"with_{framework}:app"
    kinds = {"has_websockets": framework != "django", "has_background": framework != "django", "has_items": framework == "fastapi"}
    with program("-m", "uvicorn", target, "--port", "0", "--no-access-log") as port:
        expected = script(port, **kinds)
    with program("-c", OURS, f"--netty.servers.web.asgi={target}", "--netty.servers.web.port=0") as port:
        heard = script(port, **kinds)

    assert expected == heard


@pytest.mark.slow
@pytest.mark.parametrize("framework", ["starlette", "fastapi"])
def test_closes_of_websockets_are_those_of_uvicorn(framework: str) -> None:
    """Before it is open, and with a code and a reason."""
    with program("-m", "uvicorn", f"with_{framework}:app", "--port", "0") as port:
        expected = [talk(port, "/refuse"), talk(port, "/leave")]
    with program("-c", OURS, f"--netty.servers.web.asgi=with_{framework}:app", "--netty.servers.web.port=0") as port:
        assert expected == [talk(port, "/refuse"), talk(port, "/leave")]


@pytest.mark.slow
def test_a_stream_to_a_client_of_1_0_is_no_chunks() -> None:
    """It ends with the connection; uvicorn sends chunks, which such a client does not know."""
    with program("-c", OURS, "--netty.servers.web.asgi=with_starlette:app", "--netty.servers.web.port=0") as port:
        head, _, content = raw(port, b"GET /stream HTTP/1.0\r\n\r\n").partition(b"\r\n\r\n")

    assert b"chunked" not in head
    assert b"".join(b"piece %d\n" % number for number in range(5)) == content


@pytest.mark.slow
def test_django_as_wsgi() -> None:
    """In worker threads: the same answers as by ASGI."""
    pytest.importorskip("django")
    form = {"Content_Type": "multipart/form-data; boundary=cut"}
    with program("-c", OURS, "--netty.servers.web.wsgi=with_django:wsgi", "--netty.servers.web.port=0") as port:
        assert (200, b'{"method": "GET", "path": "/hello", "query": "a=1"}') == ask(port, "GET", "/hello?a=1")[::2]
        assert b"ann 102400 %d" % (sum(bytes(range(256)) * 400) % 997) == ask(port, "POST", "/upload", FORM, **form)[2]
        assert b"1000000" == ask(port, "POST", "/length", b"x" * 1_000_000)[2]
        assert b"".join(b"piece %d\n" % number for number in range(5)) == ask(port, "GET", "/stream")[2]
        assert 500 == ask(port, "GET", "/fails")[0]
