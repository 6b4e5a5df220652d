"""QuicMachine: two of them in memory, and what of aioquic they stand on."""

import logging
from collections.abc import Iterator
from typing import Any

import pytest
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.connection import QuicConnection
from aioquic.quic.events import ConnectionTerminated, StreamDataReceived
from aioquic.quic.stream import QuicStream

from pyboot.components.netty.transport.quic.config import QuicClientConfig, QuicServerConfig
from pyboot.components.netty.transport.quic.machine import QuicMachine, header_of

CLIENT, SERVER = ("127.0.0.1", 1), ("127.0.0.1", 2)
WINDOW = 64 * 1024


class Pair:
    """A client and a server whose datagrams are handed over by `run`; time stands still but for what they need."""

    def __init__(self, pki: Any, **config: Any) -> None:
        self.now = 0.0
        limits = {"max_streams": 4, "max_unidirectional_streams": 4}
        told = {"alpn": ["test"], "stream_window": WINDOW, "connection_window": 2 * WINDOW, **config}
        client = QuicClientConfig(ca=pki.ca, **told).configuration("localhost")
        self.client = QuicMachine(configuration=client, **limits)
        self.client.connect(SERVER, self.now)
        server = QuicServerConfig(certificate=pki.certificate, key=pki.key, **told).configuration()
        original = self.client.original_destination_connection_id
        self.server = QuicMachine(configuration=server, original_destination_connection_id=original, **limits)
        self.run()

    def run(self) -> None:
        """Hand everything over until nobody has anything to say."""
        for _ in range(2000):
            self.now += 0.001
            said = 0
            for machine, other, address in ((self.client, self.server, CLIENT), (self.server, self.client, SERVER)):
                for data, _ in machine.datagrams_to_send(self.now):
                    said += 1
                    other.receive_datagram(data, address, self.now)
            if not said:
                due = [at for machine in (self.client, self.server) if (at := machine.get_timer()) is not None and at < self.now + 1]
                if not due:
                    return
                self.now = max(self.now, min(due))
                for machine in (self.client, self.server):
                    if (at := machine.get_timer()) is not None and at <= self.now:
                        machine.handle_timer(self.now)

    @staticmethod
    def read(machine: QuicMachine) -> Iterator[StreamDataReceived]:
        """What has come on streams."""
        while (event := machine.next_event()) is not None:
            if isinstance(event, StreamDataReceived):
                yield event


@pytest.fixture
def pair(pki: Any) -> Pair:
    """Two that are connected."""
    return Pair(pki)


def test_all_that_is_used_of_aioquic_is_there() -> None:
    """A release that has moved one of these fails here, and not under way."""
    configuration = QuicConfiguration(is_client=True)
    connection = QuicConnection(configuration=configuration)
    attributes = (
        *("_local_max_streams_bidi", "_local_max_streams_uni", "_local_max_data", "_configuration", "_streams", "_datagrams_pending"),
        *("_remote_max_datagram_frame_size", "_max_datagram_size", "_peer_cid", "_close_event", "_state"),
        *(
            "_streams_blocked_bidi",
            "_unblock_streams",
            "_write_stream_limits",
            "_write_connection_limits",
            "_on_max_stream_data_delivery",
            "_on_connection_limit_delivery",
        ),
    )
    stream = QuicStream(stream_id=0)

    assert [] == [name for name in attributes if not hasattr(connection, name)]
    assert [] == [name for name in ("value", "sent", "used", "frame_type") if not hasattr(connection._local_max_data, name)]
    assert [] == [name for name in ("max_stream_data_local", "max_stream_data_local_sent") if not hasattr(stream, name)]
    assert [] == [
        name
        for name in ("_reset_error_code", "reset_pending", "_buffer_stop", "_buffer_fin", "highest_offset")
        if not hasattr(stream.sender, name)
    ]
    assert [] == [
        name
        for name in ("is_finished", "stop_pending", "_stop_error_code", "highest_offset", "starting_offset")
        if not hasattr(stream.receiver, name)
    ]


def test_a_window_follows_what_was_read(pair: Pair) -> None:
    """Without reading a stream gets one window, however often it asks; each half that was read lets as much follow."""
    stream = pair.client.open_stream(is_unidirectional=False)
    pair.client.send_stream_data(stream, bytes(4 * WINDOW))
    pair.run()
    got = sum(len(event.data) for event in pair.read(pair.server))
    assert WINDOW == got
    assert 3 * WINDOW == pair.client.unsent(stream)

    assert not pair.server.consumed(stream, WINDOW // 2 - 1)
    pair.run()
    assert 0 == sum(len(event.data) for event in pair.read(pair.server))
    assert pair.server.consumed(stream, 1)
    pair.run()
    assert WINDOW // 2 == sum(len(event.data) for event in pair.read(pair.server))


def test_all_streams_together_have_a_window(pair: Pair) -> None:
    """Four that nobody reads hold no more than that of their connection."""
    for _ in range(4):
        pair.client.send_stream_data(pair.client.open_stream(is_unidirectional=False), bytes(WINDOW))
    pair.run()

    assert 2 * WINDOW == sum(len(event.data) for event in pair.read(pair.server))


def test_what_a_reset_has_lost_is_no_part_of_the_window(pair: Pair) -> None:
    """Bytes that were in packets and never come are given back, or the window of the connection would shrink with each reset."""
    stream = pair.client.open_stream(is_unidirectional=False)
    pair.client.send_stream_data(stream, bytes(WINDOW))
    pair.now += 0.001
    lost = pair.client.datagrams_to_send(pair.now)  # on the way, and nowhere else
    assert lost
    pair.client.reset_stream(stream, 1)
    pair.run()

    assert WINDOW > pair.server.lost_with_reset(stream) > 0
    pair.server.dropped(stream, pair.server.lost_with_reset(stream))
    assert pair.server.is_finished(stream)


def test_the_peer_opens_as_many_streams_as_it_may(pair: Pair) -> None:
    """The next ones wait until one has ended on both sides."""
    streams = [pair.client.open_stream(is_unidirectional=False) for _ in range(6)]
    for stream in streams:
        pair.client.send_stream_data(stream, b"x", end_stream=True)
    pair.run()
    first = [event.stream_id for event in pair.read(pair.server)]
    assert streams[:4] == first
    for stream in first:
        pair.server.consumed(stream, 1)
        pair.server.send_stream_data(stream, b"y", end_stream=True)
    pair.run()

    assert streams[4:] == [event.stream_id for event in pair.read(pair.server)]
    assert all(pair.server.is_delivered(stream) for stream in first)


def test_delivered_is_what_was_acknowledged(pair: Pair) -> None:
    """Sent is not delivered."""
    stream = pair.client.open_stream(is_unidirectional=True)
    pair.client.send_stream_data(stream, b"x", end_stream=True)
    assert 1 == pair.client.unsent(stream)
    pair.client.datagrams_to_send(pair.now)
    assert 0 == pair.client.unsent(stream)
    assert not pair.client.is_delivered(stream)
    assert not pair.client.is_all_delivered()
    pair.run()

    assert pair.client.is_all_delivered()
    assert not pair.client.takes(stream)


def test_the_end_is_known_before_it_is_told(pair: Pair) -> None:
    """aioquic tells by an event only when its draining period is over."""
    pair.client.close(error_code=5, reason_phrase="why")
    for data, _ in pair.client.datagrams_to_send(pair.now):
        pair.server.receive_datagram(data, CLIENT, pair.now)

    assert pair.client.has_ended_itself
    assert not pair.server.has_ended_itself
    assert ConnectionTerminated(5, None, "why") == pair.server.end


def test_an_end_lasts_three_probe_timeouts_and_may_be_told_again(pair: Pair) -> None:
    """For both sides; what has told of it may be sent a second time as it is, the first one was lost (RFC 9000 10.2.1)."""
    assert 0.0 == pair.client.closing_seconds(pair.now)
    pair.client.close(error_code=5, reason_phrase="why")
    lost = pair.client.datagrams_to_send(pair.now)
    for_client = pair.client.closing_seconds(pair.now)
    assert pair.server.end is None
    assert 0.025 < for_client < 3.0
    assert for_client - 0.01 == pytest.approx(pair.client.closing_seconds(pair.now + 0.01))
    assert 0.0 == pair.client.closing_seconds(pair.now + 10)
    for data, _ in lost:
        pair.server.receive_datagram(data, CLIENT, pair.now)

    assert ConnectionTerminated(5, None, "why") == pair.server.end
    assert 0.025 < pair.server.closing_seconds(pair.now) < 3.0
    pair.server.handle_timer(pair.now + 10)
    assert 0.0 == pair.server.closing_seconds(pair.now + 10)


def test_an_unvalidated_address_gets_three_times_what_it_has_sent(pki: Any) -> None:
    """The law of amplification, RFC 9000 8.1: the server's first flight stops there, and at its timers too."""
    told = {"alpn": ["test"]}
    client = QuicMachine(
        configuration=QuicClientConfig(ca=pki.ca, **told).configuration("localhost"), max_streams=1, max_unidirectional_streams=1
    )
    client.connect(SERVER, 0.0)
    big = pki.certificate * 8  # a chain that does not fit
    server = QuicMachine(
        configuration=QuicServerConfig(certificate=big, key=pki.key, **told).configuration(),
        original_destination_connection_id=client.original_destination_connection_id,
        max_streams=1,
        max_unidirectional_streams=1,
    )
    first = client.datagrams_to_send(0.0)[0][0]
    server.receive_datagram(first, CLIENT, 0.0)
    sent, now = 0, 0.0
    for _ in range(20):
        sent += sum(len(data) for data, _ in server.datagrams_to_send(now))
        at = server.get_timer()
        if at is None or server.end is not None:
            break
        now = at
        server.handle_timer(now)

    assert 2 * len(first) < sent <= 3 * len(first)


@pytest.mark.parametrize("data", [b"\x40", b"\xc0\x00\x00\x00\x01", b"\xc0\x00\x00\x00\x01\xff" + bytes(20)])
def test_what_is_no_header_says_nothing(data: bytes) -> None:
    """Whatever comes to a port."""
    assert header_of(data) is None


async def test_a_connection_in_order_is_not_told_to_the_log(quic: Any, caplog: pytest.LogCaptureFixture) -> None:
    """aioquic would write three lines of each."""
    with caplog.at_level(logging.INFO):
        channel = await quic.connect(await quic.serve())
        await quic.ask(channel, b"hello")
        await channel.close()

    assert [] == caplog.records


def test_a_stream_that_is_broken_off_before_the_peer_allows_it_breaks_nothing(pair: Pair) -> None:
    """No frame of it leaves before, which would end the connection (RFC 9000 4.6); then the peer hears of it, and its place is free."""
    streams = [pair.client.open_stream(is_unidirectional=False) for _ in range(6)]
    for stream in streams:
        pair.client.send_stream_data(stream, b"x", end_stream=True)
    pair.client.reset_stream(streams[4], 7)
    pair.client.stop_stream(streams[4], 8)
    pair.run()
    assert streams[:4] == [event.stream_id for event in pair.read(pair.server)]
    assert pair.client.end is None
    assert pair.server.end is None
    assert (True, True) == (pair.client.is_held_back(streams[4]), pair.client.is_held_back(streams[5]))

    for stream in streams[:4]:
        pair.server.send_stream_data(stream, b"y", end_stream=True)
    for _ in range(3):
        pair.run()
    assert not pair.client.is_held_back(streams[4])
    told: list[Any] = []
    while (event := pair.server.next_event()) is not None:
        told.append((type(event).__name__, event.stream_id) if hasattr(event, "stream_id") else type(event).__name__)
    assert ("StreamReset", streams[4]) in told
    assert ("StreamDataReceived", streams[5]) in told
