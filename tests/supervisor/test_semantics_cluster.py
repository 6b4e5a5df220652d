"""Workers of one machine are nodes of a cluster, by way of their supervisor."""

import os
import re
import signal
import socket
from pathlib import Path

import pytest

from tests.supervisor.running import PATIENCE_SECONDS, Running, wait_until

pytestmark = pytest.mark.slow

PROGRAM = """
import os
from pyboot.boot import Component, EventListener, Import, PyBootApplication
from pyboot.cluster import ClusterChannelGroup, NodeJoined, NodeLeft
from pyboot.cluster.autoconfigure import ClusterAutoConfiguration
from pyboot.netty import ChannelHandler, ChannelHandlerBean, NettyServer

@PyBootApplication
@Import(ClusterAutoConfiguration)
class App: ...

@NettyServer(port=0)
@ClusterChannelGroup("room")
class ChatServer:
    pipeline = ["line", {"string": {"end": "\\n"}}]

@ChannelHandlerBean()
class Guest(ChannelHandler):
    def __init__(self, room: ClusterChannelGroup) -> None:
        self.room = room

    def channel_read(self, ctx, message):
        if message == "who":
            ctx.write_and_flush(f"{os.getpid()}")
        else:
            self.room.write_and_flush(message)

@Component
class Watch:
    @EventListener
    def joined(self, event: NodeJoined) -> None:
        print(f"{os.getpid()} sees {event.node} join", flush=True)

    @EventListener
    def left(self, event: NodeLeft) -> None:
        print(f"{os.getpid()} sees {event.node} leave, orderly {event.is_orderly}", flush=True)
"""


class Client:
    """Is connected to one worker, which it knows."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
        self.lines = self.socket.makefile()
        self.say("who")
        self.worker = int(self.lines.readline())

    def say(self, text: str) -> None:
        self.socket.sendall(f"{text}\n".encode())

    def close(self) -> None:
        self.lines.close()
        self.socket.close()


def on_each_worker(port: int, workers: int = 2) -> list[Client]:
    """A client on each of them: the kernel deals connections out."""
    found: dict[int, Client] = {}
    while len(found) < workers:
        client = Client(port)
        if client.worker in found:
            client.close()
        else:
            found[client.worker] = client
    return list(found.values())


def speak(one: Client, other: Client, text: str) -> None:
    """What *one* writes to the room comes to *other*, once both workers know of each other's members."""
    other.socket.settimeout(0.2)

    def comes() -> bool:
        one.say(text)
        try:
            return other.socket.recv(1000).startswith(f"{text}\n".encode())
        except TimeoutError:
            return False

    wait_until(comes)


def test_a_room_spans_the_workers_and_the_death_of_one_is_told(tmp_path: Path) -> None:
    """It is told once, long before its lease ends; its successor joins, and so do all after the supervisor was executed anew."""
    with Running(tmp_path, "--workers", "2", program=PROGRAM) as running:
        running.ready(2)
        running.wait(r"\d+ sees \S+ join")
        one, other = on_each_worker(running.port)
        speak(one, other, "hello")

        os.kill(other.worker, signal.SIGKILL)
        left = running.wait(rf"{one.worker} sees node-\S+-{other.worker}-\w+ leave, orderly False")
        running.ready(3)
        one.close()
        other.close()
        running.wait(rf"{one.worker} sees \S+ join", 2)
        assert 1 == len(left)

        running.signal(signal.SIGUSR2)
        running.wait(r"rolled to generation 2")
        running.wait(r"sees \S+ leave, orderly True")
        one, other = on_each_worker(running.port)
        speak(one, other, "again")
        one.close()
        other.close()
        running.signal(signal.SIGTERM)
        assert 0 == running.end()
        assert not [line for line in running.lines if re.search(r"Traceback|does not know", line)]
