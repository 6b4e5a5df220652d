"""The worker's end, with a supervisor that the test plays."""

import asyncio
import os
import socket
import threading
from collections.abc import Iterator

import pytest

from pyboot.supervisor.channel import Channel, Message
from pyboot.supervisor.command import Identity
from pyboot.supervisor.worker import Worker


class Noting:
    """A channel that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[tuple[object, ...]] = []
        self.changed = asyncio.Event()

    def _note(self, *what: object) -> None:
        self.told.append(what)
        self.changed.set()

    def adopt(self, descriptor: int, owner: object) -> None:
        """Note it."""
        os.close(descriptor)
        self._note("adopt", owner)

    def give_back(self, owner: object) -> None:
        """Note it."""
        self._note("give back", owner)

    def hold(self) -> None:
        """Note it."""
        self._note("hold")

    def go_on(self) -> None:
        """Note it."""
        self._note("go on")


@pytest.fixture
def ends() -> Iterator[tuple[Channel, Worker]]:
    """The supervisor's end, which waits, and a worker."""
    ours, theirs = Channel.pair()
    ours.set_blocking(True)
    worker = Worker(Identity(1, 1, os.getpid(), theirs.fileno()), Channel.inherited(theirs.detach()))
    yield ours, worker
    worker.end()
    ours.close()


def answered(supervisor: Channel, *answers: tuple[str, dict[str, object]]) -> threading.Thread:
    """Answer a request by *answers*, each with a descriptor, from a thread."""

    def answer() -> None:
        assert supervisor.receive() is not None
        with socket.socket() as given:
            for kind, fields in answers:
                supervisor.send(kind, fields, (given.fileno(),) if kind != "refused" else ())

    thread = threading.Thread(target=answer)
    thread.start()
    return thread


def asked_for(worker: Worker, port: int, listening: Noting) -> tuple[int, bool]:
    """Ask for a socket."""
    return worker.bound_socket(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", port), only_v6=True, listening=listening)


async def test_a_socket_is_asked_for_and_what_comes_before_the_answer_is_not_lost(ends: tuple[Channel, Worker]) -> None:
    """A message that is about the sockets of others waits until there is a loop that handles it."""
    supervisor, worker = ends
    noting = Noting()
    asked = [int(socket.AF_INET), int(socket.SOCK_STREAM), ["127.0.0.1", 80], True, 0]
    thread = answered(supervisor, ("adopt", {"slot": 0, "asked": asked}), ("listening", {"is_shared": False}))
    descriptor, is_shared = asked_for(worker, 80, noting)
    os.close(descriptor)
    thread.join()
    assert not is_shared
    assert [] == noting.told

    worker.serve(asyncio.get_running_loop(), lambda code: None)
    assert [("adopt", 0)] == noting.told
    assert ["ready", "beat"] == [message.kind for message in (supervisor.receive(), supervisor.receive()) if message is not None]


def test_a_refusal_is_the_error_of_the_system(ends: tuple[Channel, Worker]) -> None:
    """As if the worker had tried to bind."""
    supervisor, worker = ends
    thread = answered(supervisor, ("refused", {"errno": 98, "text": "Address already in use"}))
    with pytest.raises(OSError, match="Address already in use") as refused:
        asked_for(worker, 80, Noting())
    thread.join()

    assert 98 == refused.value.errno


def test_requests_for_a_free_port_are_numbered(ends: tuple[Channel, Worker]) -> None:
    """The next worker numbers them alike, and so has the same ports."""
    supervisor, worker = ends
    numbers = []
    for _ in range(2):
        thread = threading.Thread(target=lambda: os.close(asked_for(worker, 0, Noting())[0]))
        thread.start()
        message = supervisor.receive()
        assert isinstance(message, Message)
        numbers.append(message.fields["nth"])
        with socket.socket() as given:
            supervisor.send("listening", {"is_shared": True}, (given.fileno(),))
        thread.join()

    assert [0, 1] == numbers


async def test_what_the_supervisor_wants_reaches_the_channels(ends: tuple[Channel, Worker]) -> None:
    """Release, hold and resume; and a drain ends the application."""
    supervisor, worker = ends
    noting, stopped = Noting(), asyncio.get_running_loop().create_future()
    thread = answered(supervisor, ("listening", {"is_shared": False}))
    os.close(asked_for(worker, 80, noting)[0])
    thread.join()
    worker.serve(asyncio.get_running_loop(), stopped.set_result)
    for kind, fields in (("release", {"slot": 2}), ("hold", {}), ("resume", {}), ("drain", {"delay": 0.0, "is_end": True})):
        supervisor.send(kind, fields)

    assert 0 == await asyncio.wait_for(stopped, 5)
    assert [("give back", 2), ("hold",), ("go on",)] == noting.told


async def test_a_worker_whose_supervisor_is_gone_ends(ends: tuple[Channel, Worker]) -> None:
    """In order, with a code of its own."""
    supervisor, worker = ends
    stopped = asyncio.get_running_loop().create_future()
    worker.serve(asyncio.get_running_loop(), stopped.set_result)
    supervisor.close()

    assert 70 == await asyncio.wait_for(stopped, 5)


def test_the_report_of_a_failed_start_is_the_supervisors_to_print(ends: tuple[Channel, Worker]) -> None:
    """Unless it is gone."""
    supervisor, worker = ends
    assert worker.failed("the port is in use")
    message = supervisor.receive()
    assert message is not None
    assert ("failed", {"report": "the port is in use"}) == (message.kind, message.fields)
    supervisor.close()
    assert not worker.failed("again")


async def test_a_stop_may_be_announced_before_it_begins(ends: tuple[Channel, Worker]) -> None:
    """So that a load balancer can find out."""
    supervisor, worker = ends
    told: asyncio.Queue[object] = asyncio.Queue()
    worker.serve(asyncio.get_running_loop(), told.put_nowait, lambda: told.put_nowait("refuse"), lambda: told.put_nowait("drain"))
    supervisor.send("drain", {"delay": 0.01, "is_end": True})

    assert ["refuse", "drain", 0] == [await asyncio.wait_for(told.get(), 5) for _ in range(3)]
    assert worker.is_end


async def test_a_worker_that_is_replaced_accepts_nothing_more_while_its_connections_go_on(ends: tuple[Channel, Worker]) -> None:
    """A client that was accepted just now is about to ask."""
    supervisor, worker = ends
    noting, stopped = Noting(), asyncio.get_running_loop().create_future()
    thread = answered(supervisor, ("listening", {"is_shared": False}))
    os.close(asked_for(worker, 80, noting)[0])
    thread.join()
    worker.serve(asyncio.get_running_loop(), stopped.set_result, drain=lambda: noting.told.append(("drain",)))
    supervisor.send("drain", {"delay": 0.01, "is_end": False})

    assert 0 == await asyncio.wait_for(stopped, 5)
    assert not worker.is_end
    assert [("hold",), ("drain",)] == noting.told
