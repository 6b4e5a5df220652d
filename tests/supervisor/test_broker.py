"""The sockets that workers ask for, by address and slot."""

import errno
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.supervisor.broker import Broker, Request

TCP = Request(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
needs_reuseport = pytest.mark.skipif(sys.platform != "linux", reason="only Linux deals connections out between sockets of one port")


@pytest.fixture
def broker() -> Iterator[Broker]:
    """A broker whose sockets are closed."""
    made = Broker()
    yield made
    made.close()


@needs_reuseport
def test_each_slot_has_a_socket_of_its_own_on_one_port(broker: Broker) -> None:
    """The first one that asks for port 0 decides which it is."""
    sockets = [broker.ask(TCP, slot, 1)[1] for slot in range(3)]

    assert 3 == len({sock.fileno() for sock in sockets})
    assert 1 == len({sock.getsockname() for sock in sockets})
    assert sockets[1] is broker.ask(TCP, 1, 2)[1]


def test_two_requests_for_a_free_port_are_two_ports(broker: Broker) -> None:
    """A worker numbers its requests, and the next one numbers them alike."""
    first, second = (broker.ask(TCP._replace(nth=nth), 0, 1)[1].getsockname() for nth in (0, 1))

    assert first != second


def test_a_shared_socket_is_the_same_for_all(broker: Broker) -> None:
    """Where the application asks for it."""
    broker.accept = "shared"
    (listener, one), (_, other) = broker.ask(TCP, 0, 1), broker.ask(TCP, 1, 1)

    assert listener.is_shared
    assert one is other
    assert [] == list(broker.own_sockets(0))


@pytest.mark.parametrize("accept", ["auto", "shared"])
@pytest.mark.parametrize("shares", [False, True])
def test_a_port_that_another_process_listens_on_is_refused(broker: Broker, accept: str, shares: bool) -> None:
    """Also where that one would share it: nobody would find out why every other connection goes astray."""
    broker.accept = accept
    with socket.socket() as other:
        if shares:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        with pytest.raises(OSError) as refused:  # noqa: PT011  # the number is asked for below
            broker.ask(TCP.at(other.getsockname()[1]), 0, 1)

    assert errno.EADDRINUSE == refused.value.errno
    assert [] == list(broker.own_sockets(0))


def test_what_waits_in_the_queue_of_a_dead_worker_is_not_lost(broker: Broker) -> None:
    """The supervisor's duplicate holds the connection until somebody else accepts it."""
    _, sock = broker.ask(TCP, 0, 1)
    with socket.socket(fileno=os.dup(sock.fileno())) as workers:
        workers.listen()
        client = socket.create_connection(workers.getsockname(), timeout=5)
    client.sendall(b"hello")

    accepted, _ = sock.accept()
    with client, accepted:
        assert b"hello" == accepted.recv(5)


def test_datagrams_have_sockets_that_nobody_adopts(broker: Broker) -> None:
    """A neighbour knows nothing of the peers of another worker."""
    broker.ask(Request(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0)), 0, 1)

    assert [] == list(broker.own_sockets(0))


def test_a_path_outlives_workers_and_is_removed_at_the_end(tmp_path: Path) -> None:
    """One socket for all, and what an earlier process left there is no obstacle."""
    path = tmp_path / "server"
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path))
    broker, request = Broker(), Request(socket.AF_UNIX, socket.SOCK_STREAM, str(path))

    assert broker.ask(request, 0, 1)[1] is broker.ask(request, 1, 2)[1]
    broker.release()
    assert path.is_socket()
    broker.close()
    assert not path.exists()


def test_a_file_that_is_no_socket_is_not_removed(broker: Broker, tmp_path: Path) -> None:
    """It is somebody's."""
    path = tmp_path / "notes"
    path.write_text("mine")

    with pytest.raises(OSError, match="is no socket"):
        broker.ask(Request(socket.AF_UNIX, socket.SOCK_STREAM, str(path)), 0, 1)
    assert "mine" == path.read_text()


def test_an_address_that_only_a_failed_generation_wanted_is_given_up(broker: Broker) -> None:
    """One that the generation before has as well stays."""
    broker.ask(TCP, 0, 1)
    broker.ask(TCP, 0, 2)
    broker.ask(TCP._replace(nth=1), 0, 2)

    assert [1] == [len(listener.sockets) == 0 for listener in broker.forget(2)]
    assert [TCP] == [asked for asked, _ in broker.own_sockets(0)] or broker.ask(TCP, 0, 1)[0].is_shared


def test_a_request_survives_json() -> None:
    """As it arrives in a message."""
    request = Request(socket.AF_INET6, socket.SOCK_DGRAM, ("::1", 80, 0, 0), only_v6=False, nth=2)

    assert request == Request.of({**request._asdict(), "address": ["::1", 80, 0, 0]})
    assert "udp [::1]:80" == str(request)


def test_a_given_socket_answers_the_request_for_its_address() -> None:
    """All workers share it; what nobody asks for is told."""
    with socket.socket() as one, socket.socket() as other:
        for sock in (one, other):
            sock.bind(("127.0.0.1", 0))
        made = Broker(given=[one, other])
        listener, got = made.ask(TCP.at(one.getsockname()[1]), 1, 1)

        assert listener.is_shared
        assert got is one
        assert [f"tcp 127.0.0.1:{other.getsockname()[1]}"] == made.unclaimed
        made.close()


def test_only_the_listeners_of_a_generation_are_kept(broker: Broker) -> None:
    """What no living worker has asked for is closed."""
    old = broker.ask(TCP, 0, 1)[1]
    new = broker.ask(TCP._replace(nth=1), 0, 2)[1]
    broker.keep(2)

    assert (-1, new) == (old.fileno(), *broker.sockets())


def test_a_listener_makes_way_for_another_address_of_its_port(broker: Broker) -> None:
    """Unless the worker that asks has asked for it as well, or the port is any free one."""
    anywhere = TCP._replace(address=("0.0.0.0", 0))
    sock = broker.ask(anywhere, 0, 1)[1]
    here = TCP.at(sock.getsockname()[1])

    assert not broker.make_way(here, 1)
    assert not broker.make_way(TCP, 2)
    assert not broker.make_way(here._replace(type=socket.SOCK_DGRAM), 2)
    assert not broker.make_way(Request(socket.AF_UNIX, socket.SOCK_STREAM, "/run/app"), 2)
    assert broker.make_way(here, 2)
    assert [] == broker.sockets()


@pytest.mark.parametrize(
    ("only_v6", "family", "address", "is_found"),
    [
        (0, socket.AF_INET6, ("::", 0), True),
        (1, socket.AF_INET6, ("::", 0, 0, 0), True),
        (0, socket.AF_INET, ("0.0.0.0", 0), True),
        (1, socket.AF_INET, ("0.0.0.0", 0), False),
        (0, socket.AF_INET, ("127.0.0.1", 0), False),
        (0, socket.AF_INET6, ("::1", 0), False),
    ],
)
def test_a_given_socket_at_a_bare_port_is_for_whoever_wants_any_address(
    only_v6: int, family: int, address: tuple[str, int], is_found: bool
) -> None:
    """As systemd opens it for ``ListenStream=80``: of IPv6, and of IPv4 unless that is switched off."""
    with socket.socket(socket.AF_INET6) as given:
        given.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only_v6)
        given.bind(("::", 0))
        port = given.getsockname()[1]
        made = Broker(given=[given])
        try:
            _, got = made.ask(Request(family, socket.SOCK_STREAM, (address[0], port, *address[2:])), 0, 1)
        except OSError:
            assert not is_found
        else:
            assert is_found is (got is given)
        assert is_found is (made.unclaimed == [])
        made.close()


def test_a_given_socket_of_both_families_is_for_who_wants_any_address_of_either() -> None:
    """A server at ``::`` asks for both, one after the other."""
    with socket.socket(socket.AF_INET6) as given:
        given.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        given.bind(("::", 0))
        port = given.getsockname()[1]
        made = Broker(given=[given])
        asked = [Request(socket.AF_INET, socket.SOCK_STREAM, ("0.0.0.0", port)), Request(socket.AF_INET6, socket.SOCK_STREAM, ("::", port))]
        got = [made.ask(each, 0, 1)[1] for each in asked]
        assert 1 == len({os.fstat(each.fileno()).st_ino for each in (given, *got)})
        assert 2 == len({each.fileno() for each in got}), "each is closed by itself"
        assert [] == made.unclaimed
        made.close()
