"""DNS with real peers: dig, kdig and dnsperf ask the example; `DnsNameResolver` asks dnsmasq and unbound."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from pyboot.components.netty.codec.dns import DnsEdns, DnsQuestion, DnsRecordType
from pyboot.components.netty.resolver import DnsNameResolver, DnsServerError, ResolvConf, UnknownHostError

ROOT = Path(__file__).resolve().parents[2]
WHERE = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"


def tool(name: str, package: str) -> str:
    """The program *name*; without it the test is skipped."""
    found = shutil.which(name, path=WHERE)
    if found is None:
        pytest.skip(f"{name} is missing: apt-get install {package}")
    return found


def free_port() -> int:
    """A port that is free for UDP and TCP."""
    while True:
        with socket.socket(type=socket.SOCK_DGRAM) as datagrams, socket.socket() as stream:
            datagrams.bind(("127.0.0.1", 0))
            try:
                stream.bind(datagrams.getsockname())
            except OSError:
                continue
            port: int = datagrams.getsockname()[1]
            return port


@asynccontextmanager
async def serving(command: list[str], port: int) -> AsyncIterator[DnsNameResolver]:
    """Run a name server and give a resolver that asks it, once it answers."""
    process = await asyncio.create_subprocess_exec(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        resolver = DnsNameResolver([("127.0.0.1", port)], config=ResolvConf(timeout_seconds=1.0, attempts=3), hosts=None)
        async with asyncio.timeout(20):
            while True:
                try:
                    await resolver.query(DnsQuestion("both.test", DnsRecordType.A))
                    break
                except DnsServerError:
                    await asyncio.sleep(0.05)  # until it listens: it tells nobody
        yield DnsNameResolver([("127.0.0.1", port)], config=ResolvConf(timeout_seconds=5.0), hosts=None)
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def dnsmasq(folder: Path) -> AsyncIterator[DnsNameResolver]:
    """A dnsmasq with a few names, which asks nobody else."""
    program, port = tool("dnsmasq", "dnsmasq-base"), free_port()
    many = [f"--host-record=many.test,192.0.2.{number}" for number in range(1, 101)]
    names = ["--host-record=both.test,192.0.2.1,2001:db8::1", "--cname=alias.test,both.test", "--mx-host=test,mail.test,10", *many]
    quiet = ["--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--pid-file=", "--bind-interfaces", "--local-ttl=60"]
    who = [f"--user={os.environ.get('USER', 'root')}"] if os.getuid() == 0 else []
    async with serving([program, f"--port={port}", "--listen-address=127.0.0.1", "--local=/test/", *quiet, *who, *names], port) as resolver:
        yield resolver


@asynccontextmanager
async def unbound(folder: Path) -> AsyncIterator[DnsNameResolver]:
    """The same of unbound."""
    program, port = tool("unbound", "unbound"), free_port()
    data = ["both.test. A 192.0.2.1", "both.test. AAAA 2001:db8::1", "alias.test. CNAME both.test.", "test. MX 10 mail.test."]
    data += ["test. SOA ns.test. root.test. 1 2 3 4 60", *(f"many.test. A 192.0.2.{number}" for number in range(1, 101))]
    lines = "\n".join(f"  local-data: '{each.replace('. ', '. 60 IN ', 1)}'" for each in data)
    (folder / "unbound.conf").write_text(
        f"server:\n  interface: 127.0.0.1@{port}\n  do-daemonize: no\n  chroot: ''\n  username: ''\n  pidfile: ''\n  use-syslog: no\n"
        f"  do-not-query-localhost: yes\n  local-zone: 'test.' static\n{lines}\nremote-control:\n  control-enable: no\n"
    )
    async with serving([program, "-d", "-c", str(folder / "unbound.conf")], port) as resolver:
        yield resolver


@pytest.mark.slow
@pytest.mark.parametrize("server", [dnsmasq, unbound])
async def test_real_servers_are_asked(server: Callable[[Path], Any], tmp_path: Path) -> None:
    """Both families, an alias, 100 addresses over TCP, what is not there, a mail exchanger."""
    async with server(tmp_path) as resolver:
        assert ["192.0.2.1", "2001:db8::1"] == await resolver.resolve_all("both.test")
        assert "192.0.2.1" == await resolver.resolve("alias.test")
        assert {f"192.0.2.{number}" for number in range(1, 101)} == set(await resolver.resolve_all("many.test"))
        assert 1 == resolver.statistics().tcp_queries
        with pytest.raises(UnknownHostError):
            await resolver.resolve_all("nobody.test")
        response = await resolver.query(DnsQuestion("test", DnsRecordType.MX))
        assert [("mail.test.", (10,))] == [(record.target, record.numbers) for record in response.answers]
        assert isinstance(response.edns, DnsEdns)


@pytest.fixture
def example(serve: Callable[..., Any]) -> int:
    """The port of docs/examples/dns_resolver, which asks nobody else."""
    port: int = serve(sys.executable, "server.py", "0", "127.0.0.1", "1", cwd=ROOT / "docs/examples/dns_resolver").port
    return port


def run(*command: str) -> str:
    """What a program prints."""
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=30).stdout


@pytest.mark.slow
def test_dig_and_kdig_ask_the_example(example: int) -> None:
    """Over UDP, over TCP, what is cut off, and what has no answer."""
    dig = (tool("dig", "bind9-dnsutils"), "@127.0.0.1", "-p", str(example))
    kdig = (tool("kdig", "knot-dnsutils"), "@127.0.0.1", "-p", str(example))

    assert "192.0.2.1\n" == run(*dig, "+short", "www.example.test", "A")
    assert "www.example.test.\n2001:db8::1\n" == run(*dig, "+short", "+tcp", "shop.example.test", "AAAA")
    assert "10 mail.example.test.\n" == run(*kdig, "+short", "example.test", "MX")
    assert '"v=spf1 -all"\n' == run(*kdig, "+short", "+tcp", "example.test", "TXT")
    assert 200 == len(run(*dig, "+short", "many.example.test").splitlines())  # the datagram is cut off: it asks over TCP
    assert " tc " in run(*dig, "+ignore", "+bufsize=600", "many.example.test")
    assert "status: NXDOMAIN" in run(*dig, "nobody.example.test")
    assert "status: NOTIMP" in run(*dig, "+opcode=notify", "www.example.test")
    assert "status: BADVERS" in run(*dig, "+edns=1", "+noednsnegotiation", "www.example.test")
    assert "status: SERVFAIL" in run(*dig, "elsewhere.test")  # nobody is there to be asked
    assert "status: REFUSED" in run(*dig, "+norecurse", "elsewhere.test")
    assert "udp: 1232" in run(*dig, "www.example.test")


@pytest.mark.slow
def test_dnsperf_gets_all_answers(example: int, tmp_path: Path) -> None:
    """A thousand queries, of which none is lost."""
    (tmp_path / "queries").write_text("www.example.test A\nshop.example.test AAAA\nnobody.example.test A\nexample.test MX\n" * 250)
    program = tool("dnsperf", "dnsperf")

    for mode in ("udp", "tcp"):
        told = run(program, "-m", mode, "-s", "127.0.0.1", "-p", str(example), "-d", str(tmp_path / "queries"), "-n", "1")
        assert re.search(r"Queries completed: +1000 \(100\.00%\)", told), told


@pytest.mark.slow
def test_rubbish_is_told_and_answers_are_not_answered(example: int) -> None:
    """FORMERR to a query that is none; silence to a response, or two servers would talk for ever."""
    with socket.socket(type=socket.SOCK_DGRAM) as client:
        client.settimeout(10)
        client.connect(("127.0.0.1", example))
        client.send(b"\x00\x07\x80\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01")  # says that it is a response
        client.send(b"\x00")
        client.send(b"\x00\x08\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x01")
        assert b"\x00\x08\x80\x01\x00\x00\x00\x00\x00\x00\x00\x00" == client.recv(512)
