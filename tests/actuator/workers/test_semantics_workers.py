"""One management port for several workers: real processes, real sockets, rolls and crashes (M10, P13)."""

import contextlib
import http.client
import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.supervisor.running import Load, Running, ask, wait_until

pytestmark = pytest.mark.slow

APPLICATION = """
import os, time
from pyboot.boot import Import, PyBootApplication
from pyboot.actuator.autoconfigure import ActuatorAutoConfiguration
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer

@PyBootApplication
@Import(ActuatorAutoConfiguration)
class App: ...

@NettyServer(port=0)
class GreetServer:
    pipeline = ["line", "string"]

@ChannelHandlerBean()
class GreetHandler(ChannelHandler):
    def channel_read(self, ctx, message):
        if message == "block":
            time.sleep(25)
        ctx.write_and_flush(f"{os.getpid()}\\n")
"""

OPTIONS = (
    "--workers=3",
    "--management.server.port=0",
    "--management.endpoints.web.exposure.include=*",
    "--management.endpoint.health.show-details=always",
    "--management.server.socket=management.sock",
    "--pyboot.workers.settle=100ms",
    "--pyboot.workers.quiet-period=100ms",
    "--pyboot.workers.restart.initial=100ms",
)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """Three workers."""
    with Running(tmp_path_factory.mktemp("fleet"), *OPTIONS, program=APPLICATION) as found:
        found.ready(3)
        yield found


def asked(
    running: Running, path: str, method: str = "GET", body: Any = None, timeout: float = 10
) -> tuple[int, Any, http.client.HTTPResponse]:
    """What the management port says."""
    port = int(running.wait(r"management server listening on [\d.]+:(\d+)")[0][1])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        content = None if body is None else json.dumps(body)
        connection.request(method, f"/actuator{path}", content, {"content-type": "application/json"} if content else {})
        response = connection.getresponse()
        text = response.read().decode()
    finally:
        connection.close()
    return response.status, json.loads(text) if "json" in response.headers.get("content-type", "") else text, response


def counted(running: Running, name: str, query: str = "") -> float:
    """The sum of a family of the scrape."""
    status, text, _ = asked(running, f"/prometheus{query}")
    assert status == 200
    return sum(float(line.rpartition(" ")[2]) for line in text.splitlines() if re.match(rf"{name}[{{ ]", line))


OPENED = "netty_server_connections_opened_total"


def test_one_scrape_counts_what_all_have_served(running: Running) -> None:
    """And each alone, by its slot, a part of it."""
    before, alone_before = counted(running, OPENED), [counted(running, OPENED, f"?worker={slot}") for slot in range(3)]
    served = {ask(running.port) for _ in range(60)}
    assert 3 == len(served)

    assert 60 == counted(running, OPENED) - before
    alone = [counted(running, OPENED, f"?worker={slot}") for slot in range(3)]
    assert 60 == sum(alone) - sum(alone_before)  # in the whole are also those that ended in a test before
    assert all(now > then for now, then in zip(alone, alone_before, strict=True))
    _, told, _ = asked(running, "/metrics/netty.server.connections.opened")
    assert counted(running, OPENED) == told["measurements"][0]["value"]


def test_a_gauge_says_how_it_is_put_together(running: Running) -> None:
    """Threads add up, processors do not."""
    own = counted(running, "process_threads", "?worker=0")
    assert counted(running, "process_threads") >= 3 * min(own, 1) + 2
    assert counted(running, "system_cpu_count") == counted(running, "system_cpu_count", "?worker=1")


def test_workers_are_told_with_what_the_supervisor_and_they_know(running: Running) -> None:
    """In the order of their slots."""
    _, told, _ = asked(running, "/workers")
    rows = told["workers"]
    assert [0, 1, 2] == [row["slot"] for row in rows]
    assert {*running.workers()} == {row["pid"] for row in rows}
    assert {"ready"} == {row["state"] for row in rows}
    for row in rows:
        assert row["memory"] > 5_000_000
        assert row["connections"] >= 0
        assert row["uptime"] > 0
        assert row["beat"] < 5
        assert not row["silent"]


def test_a_level_is_set_in_all_of_them(running: Running) -> None:
    """Each tells so."""
    assert 204 == asked(running, "/loggers/some.thing", "POST", {"configuredLevel": "DEBUG"})[0]
    levels = [asked(running, f"/loggers/some.thing?worker={slot}")[1]["configuredLevel"] for slot in range(3)]
    assert ["DEBUG"] * 3 == levels


def test_health_and_servers_are_those_of_all(running: Running) -> None:
    """One status, and one row for a server."""
    status, told, _ = asked(running, "/health")
    assert (200, "UP") == (status, told["status"])
    assert "servers" in told["components"]
    _, told, _ = asked(running, "/servers")
    alone = [asked(running, f"/servers?worker={slot}")[1] for slot in range(3)]
    opened = [each["servers"]["greet"]["connections"]["opened"] for each in alone]
    assert sum(opened) == told["servers"]["greet"]["connections"]["opened"]


def test_threads_are_those_of_all_or_of_one(running: Running) -> None:
    """No id stands twice, and each worker has its main thread."""
    status, told, _ = asked(running, "/threaddump")
    assert 200 == status
    assert {0, 1, 2} == {row["worker"] for row in told["threads"]}
    assert {"0/MainThread", "1/MainThread", "2/MainThread"} <= {row["threadName"] for row in told["threads"]}
    assert len({row["threadId"] for row in told["threads"]}) == len(told["threads"])
    for slot in range(3):
        status, alone, _ = asked(running, f"/threaddump?worker={slot}")
        assert 200 == status
        assert "MainThread" in {row["threadName"] for row in alone["threads"]}


def test_connections_of_all_are_listed_and_one_is_closed_wherever_it_is(running: Running) -> None:
    """With the worker that it is with."""
    import socket

    clients = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(20)]
    for client in clients:
        client.sendall(b"hello\n")
        client.recv(100)
    try:
        _, told, _ = asked(running, "/channels?sort=age&limit=50")
        mine = [row for row in told["channels"] if row["remote"] in {f"127.0.0.1:{each.getsockname()[1]}" for each in clients}]
        assert 20 == len(mine)
        assert len({row["worker"] for row in mine}) > 1
        for row in (mine[0], mine[-1]):
            assert row["id"].startswith(f"{row['worker']}.")
            assert row["remote"] == asked(running, f"/channels/{row['id']}")[1].get("remote"), row
            assert 400 == asked(running, f"/channels/{row['id'][2:]}", "DELETE")[0]
            assert 200 == asked(running, f"/channels/{row['id']}", "DELETE")[0]
        gone = {mine[0]["remote"], mine[-1]["remote"]}
        for client in clients:
            if f"127.0.0.1:{client.getsockname()[1]}" in gone:
                client.settimeout(5)
                assert b"" == client.recv(100)
        assert 404 == asked(running, "/channels/1.nobody")[0]
    finally:
        for client in clients:
            client.close()


@pytest.mark.parametrize(("worker", "status", "says"), [("7", 404, "0, 1, 2"), ("one", 400, "worker=one"), ("1", 200, "")])
def test_a_worker_that_is_not_there_is_told(running: Running, worker: str, status: int, says: str) -> None:
    """With those that are."""
    found, told, _ = asked(running, f"/servers?worker={worker}")
    assert status == found
    assert says in told.get("message", "")


def test_a_worker_that_does_not_turn_is_named_and_holds_nobody_up(running: Running) -> None:
    """What it has told before is in the sums all the same."""
    import socket

    before = counted(running, OPENED)
    _, told, _ = asked(running, "/workers")
    with socket.create_connection(("127.0.0.1", running.port)) as client:
        client.sendall(b"block\n")
        wait_until(lambda: any(row["silent"] for row in quick(running, "/workers")[1]["workers"]))
        status, told, response = quick(running, "/health")
        assert (200, "UP") == (status, told["status"])
        assert 1 == len(told["silentWorkers"])
        assert str(told["silentWorkers"][0]) == response.headers["x-pyboot-silent-workers"]
        client.settimeout(30)
        assert client.recv(100)
    assert counted(running, OPENED) >= before


def quick(running: Running, path: str) -> tuple[int, Any, http.client.HTTPResponse]:
    """Ask until one answers that does not block, which may be asked too."""
    for _ in range(20):
        with contextlib.suppress(TimeoutError):
            return asked(running, path, timeout=5)  # the silent one is waited for too
    raise AssertionError(f"{path}: nobody answered within five seconds")


def test_counters_never_fall_over_a_crash_and_a_roll_and_add_up_to_what_clients_sent(running: Running) -> None:
    """What a worker has counted outlives it; that of one that is killed as far as somebody was told of it."""
    begun = counted(running, OPENED)
    seen, sent = [begun], 0

    def send(times: int) -> None:
        nonlocal sent
        for _ in range(times):
            ask(running.port)
            sent += 1
            if sent % 10 == 0:
                seen.append(counted(running, OPENED))

    send(30)
    seen.append(counted(running, OPENED))  # what somebody was shown is kept
    victim = asked(running, "/workers")[1]["workers"][1]["pid"]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: all(row["pid"] not in (victim, None) for row in asked(running, "/workers")[1]["workers"]))
    send(30)
    assert 1.0 == counted(running, "pyboot_worker_restarts_total")

    assert 200 == asked(running, "/workers", "POST", {"action": "roll"})[0]
    send(30)
    running.wait("rolled to generation 2")
    wait_until(lambda: {2} == {row["generation"] for row in asked(running, "/workers")[1]["workers"]})
    send(30)

    seen.append(counted(running, OPENED))
    assert seen == sorted(seen)
    assert sent == 120 == seen[-1] - begun


def test_counters_never_fall_under_load_while_workers_are_rolled_and_one_is_killed(tmp_path: Path) -> None:
    """The sum is what clients sent, but for what a worker that was killed had told nobody: not more than came since the last scrape."""
    with Running(tmp_path, *OPTIONS, program=APPLICATION) as running:
        running.ready(3)
        seen: list[float] = []

        def scrape_until(pattern: str, times: int = 1) -> None:
            while sum(bool(re.search(pattern, line)) for line in running.lines) < times:
                seen.append(counted(running, OPENED))

        with Load(running.port, clients=2) as load:
            running.signal(signal.SIGHUP)
            scrape_until("rolled to generation 2")
            scrape_until(r"worker \d: ended with 0, generation 1", 3)
        seen.append(counted(running, OPENED))
        assert {"answered": seen[-1]} == load.results

        with Load(running.port, clients=2) as second:
            seen.append(counted(running, OPENED))
            os.kill(running.workers()[0], signal.SIGKILL)
            scrape_until(r"worker \d: ready", 7)
        seen.append(counted(running, OPENED))
        assert seen == sorted(seen)
        assert seen[-1] <= load.results["answered"] + second.results.total()


def test_shutdown_over_the_socket_of_the_owner_ends_all(tmp_path: Path) -> None:
    """One worker that ended alone would be replaced."""
    with Running(tmp_path, *OPTIONS, "--management.endpoint.shutdown.access=unrestricted", program=APPLICATION) as running:
        running.ready(3)
        assert 200 == asked(running, "/shutdown", "POST")[0]
        assert 0 == running.end()
