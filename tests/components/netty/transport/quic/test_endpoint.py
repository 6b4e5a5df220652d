"""QuicEndpoint: a socket that several connections share."""

import asyncio
import socket
from typing import Any

from pyboot.components.netty.transport.quic.endpoint import QuicEndpoint


def bound() -> socket.socket:
    """A socket on a free port."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    return sock


class Owner:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[Any] = []
        self.errors: list[OSError] = []
        self.over = asyncio.Event()
        self.failed_once = asyncio.Event()

    def received(self, endpoint: Any, data: bytes, address: Any) -> None:
        self.told.append(data)

    def turn_over(self) -> None:
        self.told.append("over")
        self.over.set()

    def failed(self, error: OSError) -> None:
        self.errors.append(error)
        self.failed_once.set()


async def test_datagrams_of_one_turn_are_told_together() -> None:
    """Each by itself, and that this was all."""
    owner, sender, sock = Owner(), bound(), bound()
    for word in (b"one", b"two", b"three"):
        sender.sendto(word, sock.getsockname())
    endpoint = QuicEndpoint(asyncio.get_running_loop(), sock, owner.received, owner.turn_over, owner.failed)
    await asyncio.wait_for(owner.over.wait(), 20)
    endpoint.close()
    endpoint.close()
    sender.close()

    assert [b"one", b"two", b"three", "over"] == owner.told


async def test_what_has_no_room_leaves_in_its_order() -> None:
    """And past a short row it is lost, as on any way."""

    class Full(socket.socket):
        room = 0
        sent: list[bytes] = []
        has_all = asyncio.Event()

        def sendto(self, data: bytes, address: Any) -> int:  # type: ignore[override]  # one of its forms
            if not Full.room:
                raise BlockingIOError
            Full.room -= 1
            Full.sent.append(data)
            if len(Full.sent) == 256:
                Full.has_all.set()
            return len(data)

    sock = Full(socket.AF_INET, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.bind(("127.0.0.1", 0))
    owner = Owner()
    endpoint = QuicEndpoint(asyncio.get_running_loop(), sock, owner.received, owner.turn_over, owner.failed)
    for number in range(300):
        endpoint.send(b"%d" % number, sock.getsockname())
    Full.room = 1000
    await asyncio.wait_for(Full.has_all.wait(), 20)
    endpoint.send(b"next", sock.getsockname())
    endpoint.close()

    assert [*(b"%d" % number for number in range(256)), b"next"] == Full.sent


async def test_an_answer_of_the_network_is_told_and_reading_goes_on() -> None:
    """Nobody listens where a datagram went: that is an error of this socket's, not its end."""
    owner, nobody = Owner(), bound()
    address = nobody.getsockname()
    nobody.close()
    sock = bound()
    sock.connect(address)
    endpoint = QuicEndpoint(asyncio.get_running_loop(), sock, owner.received, owner.turn_over, owner.failed)
    endpoint.send(b"x", address)
    await asyncio.wait_for(owner.failed_once.wait(), 20)
    sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sender.bind(address)
    owner.over.clear()
    sender.sendto(b"there", endpoint.local_address)
    while b"there" not in owner.told:
        await asyncio.wait_for(owner.over.wait(), 20)
        owner.over.clear()
    endpoint.close()
    sender.close()

    assert isinstance(owner.errors[0], ConnectionRefusedError)


async def test_a_socket_that_is_handed_over_tells_the_sizes_alone() -> None:
    """To whoever has it now, until it is closed; errors of the network are nobody's."""
    owner, sender, sock = Owner(), bound(), bound()
    endpoint = QuicEndpoint(asyncio.get_running_loop(), sock, owner.received, owner.turn_over, owner.failed)
    sizes: list[int] = []
    came = asyncio.Event()
    endpoint.hand_over(lambda size: (sizes.append(size), came.set()))
    sender.sendto(b"12345", endpoint.local_address)
    await asyncio.wait_for(came.wait(), 20)
    endpoint.send(b"answer", sender.getsockname())
    assert b"answer" == sender.recv(100)
    endpoint.close()
    sender.close()

    assert [5] == sizes
    assert [] == owner.told
    assert -1 == endpoint.socket.fileno()
