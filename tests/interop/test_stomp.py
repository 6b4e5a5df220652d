"""STOMP against stomp.py, which asks docs/examples/stomp_broker."""

import queue
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stomp

from tests.conftest import launch

pytestmark = pytest.mark.slow

EXAMPLE = Path(__file__).resolve().parents[2] / "docs/examples/stomp_broker"


@pytest.fixture
def port() -> Iterator[int]:
    """The port of the broker."""
    serving = launch(sys.executable, "broker.py", "0", cwd=EXAMPLE)
    yield serving.port
    serving.process.kill()
    serving.process.wait()
    assert serving.process.stdout is not None
    serving.process.stdout.close()


class Heard(stomp.ConnectionListener):  # type: ignore[misc]  # it has no types
    """Keeps what comes."""

    def __init__(self) -> None:
        self.frames: queue.Queue[tuple[str, Any]] = queue.Queue()
        self.beats: queue.Queue[bool] = queue.Queue()

    def on_connected(self, frame: Any) -> None:
        """The broker has taken the client."""
        self.frames.put(("CONNECTED", frame))

    def on_message(self, frame: Any) -> None:
        """A message."""
        self.frames.put(("MESSAGE", frame))

    def on_receipt(self, frame: Any) -> None:
        """A receipt."""
        self.frames.put(("RECEIPT", frame))

    def on_error(self, frame: Any) -> None:
        """An error."""
        self.frames.put(("ERROR", frame))

    def on_heartbeat(self) -> None:
        """A beat of the broker."""
        self.beats.put(True)

    def next(self, kind: str) -> Any:
        """The next frame, which is of *kind*."""
        found, frame = self.frames.get(timeout=20)
        assert kind == found, frame
        return frame


@pytest.fixture
def client(port: int) -> Iterator[tuple[Any, Heard]]:
    """A connection with heart-beats, and what it hears."""
    connection = stomp.Connection12([("127.0.0.1", port)], heartbeats=(500, 500), reconnect_attempts_max=1)
    heard = Heard()
    connection.set_listener("", heard)
    connection.connect(wait=True)
    assert "10000,10000" == heard.next("CONNECTED").headers["heart-beat"]
    yield connection, heard
    if connection.is_connected():
        connection.disconnect()


def test_messages_reach_who_listens(client: tuple[Any, Heard]) -> None:
    """With their headers, whose colons and line ends are escaped on the way, and a NUL in the body."""
    connection, heard = client
    connection.subscribe("/topic/a:b", id="1", headers={"receipt": "subscribed"})
    assert "subscribed" == heard.next("RECEIPT").headers["receipt-id"]
    connection.send("/topic/a:b", "one\x00two", headers={"note": "a:b\nc\\d"})
    message = heard.next("MESSAGE")
    assert ("one\x00two", "/topic/a:b", "1") == (message.body, message.headers["destination"], message.headers["subscription"])
    assert "a:b\nc\\d" == message.headers["note"]
    connection.unsubscribe("1", headers={"receipt": "gone"})
    connection.send("/topic/a:b", "unheard", headers={"receipt": "sent"})
    assert ["gone", "sent"] == [heard.next("RECEIPT").headers["receipt-id"] for _ in range(2)]


def test_what_the_broker_does_not_know_it_refuses(client: tuple[Any, Heard]) -> None:
    """With the reason, and the connection ends."""
    connection, heard = client
    connection.begin("t1")
    assert "BEGIN is not known here" == heard.next("ERROR").headers["message"]
