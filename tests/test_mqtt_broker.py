"""The broker of docs/examples/mqtt_broker, in memory: what MQTT promises, packet by packet, and what it costs who does not read."""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st

from pyboot.components.netty import EmbeddedChannel
from pyboot.components.netty.codec.mqtt import (
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttDecoder,
    MqttDisconnectMessage,
    MqttEncoder,
    MqttMessage,
    MqttPacketReader,
    MqttPacketWriter,
    MqttPingReqMessage,
    MqttPingRespMessage,
    MqttProperties,
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPublishMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
    MqttReasonCode,
    MqttState,
    MqttSubAckMessage,
    MqttSubscribeMessage,
    MqttTopicSubscription,
    MqttUnsubAckMessage,
    MqttUnsubscribeMessage,
    MqttVersion,
    MqttWill,
)

EXAMPLE = Path(__file__).resolve().parents[1] / "docs/examples/mqtt_broker"
MODULES = ("broker", "connection", "limits", "session", "topics")
V4, V5 = MqttVersion.MQTT_3_1_1, MqttVersion.MQTT_5


@pytest.fixture(scope="module")
def example() -> Iterator[Any]:
    """The modules of the example, which import each other as programs in a folder do."""
    sys.path.insert(0, str(EXAMPLE))
    try:
        yield SimpleNamespace(**{name: __import__(name) for name in MODULES})
    finally:
        sys.path.remove(str(EXAMPLE))
        for name in MODULES:
            sys.modules.pop(name, None)


class Peer:
    """A client on a channel in memory."""

    def __init__(self, example: Any, broker: Any, version: MqttVersion) -> None:
        self.channel = EmbeddedChannel(MqttDecoder(64 * 1024), MqttEncoder(), example.connection.Arrival(broker))
        self.writer = MqttPacketWriter(MqttState(version))
        self.reader = MqttPacketReader(10_000_000, state=MqttState(version))

    def say(self, *messages: MqttMessage) -> "Peer":
        """Send *messages* in one piece."""
        self.channel.receive(b"".join(map(self.writer.encode, messages)))
        return self

    def hears(self) -> list[MqttMessage]:
        """What the broker has sent since the last time."""
        self.reader.feed(self.channel.outbound_bytes())
        found: list[MqttMessage] = []
        while (message := self.reader.next_frame()) is not None:
            found.append(message)
        return found

    def leave(self) -> None:
        """Go without a word."""
        self.channel.finish_input()
        self.channel.close()
        self.channel.run_pending_tasks()


class World:
    """A broker and its clients."""

    def __init__(self, example: Any, **limits: Any) -> None:
        self.example = example
        self.limits = example.limits.MqttLimits(status_seconds=0, **limits)
        self.broker = example.broker.Broker(self.limits)

    def peer(self, client_id: str, version: MqttVersion = V5, **connect: Any) -> Peer:
        """A client that is connected; its CONNACK is heard."""
        peer = self.arrive(client_id, version, **connect)
        assert isinstance(peer.hears()[0], MqttConnAckMessage)
        return peer

    def arrive(self, client_id: str, version: MqttVersion = V5, **connect: Any) -> Peer:
        """A client that has sent CONNECT."""
        return Peer(self.example, self.broker, version).say(MqttConnectMessage(client_id, version, **connect))

    def subscriber(self, client_id: str, *filters: str, qos: int = 0, version: MqttVersion = V5, **connect: Any) -> Peer:
        """A client that has subscribed."""
        peer = self.peer(client_id, version, **connect)
        peer.say(MqttSubscribeMessage(1, tuple(MqttTopicSubscription(each, qos) for each in filters)))
        assert isinstance(peer.hears()[0], MqttSubAckMessage)
        return peer


@pytest.fixture
def world(example: Any) -> World:
    """A broker with the limits of the example."""
    return World(example)


@pytest.mark.parametrize(
    ("topic_filter", "topic", "fits"),
    [
        ("a/b", "a/b", True),
        ("a/+", "a/b", True),
        ("+/+", "a/b", True),
        ("+", "a/b", False),
        ("a/+", "a", False),
        ("a/+", "a/", True),
        ("+/+", "/a", True),
        ("/+", "/a", True),
        ("+", "/a", False),
        ("#", "a/b/c", True),
        ("a/#", "a", True),
        ("a/#", "a/b/c", True),
        ("a/#", "ab", False),
        ("a/+/c/#", "a/b/c", True),
        ("#", "$SYS/x", False),
        ("+/x", "$SYS/x", False),
        ("$SYS/#", "$SYS/x", True),
        ("$SYS/+", "$SYS/x", True),
        ("A", "a", False),
    ],
)
def test_filters_fit_topics(example: Any, topic_filter: str, topic: str, fits: bool) -> None:
    """The examples of MQTT 5 4.7, for subscriptions and for what is retained."""
    tree, kept, session = example.topics.SubscriptionTree(), example.topics.RetainedMessages(10, 1000), object()
    tree.add(session, MqttTopicSubscription(topic_filter))
    kept.put(MqttPublishMessage(topic, b"x", retain=True))

    assert fits == bool(tree.routes(topic).sessions)
    assert fits == bool(list(kept.fitting(topic_filter)))
    assert tree.remove(session, topic_filter)
    assert not tree.remove(session, topic_filter)
    assert tree._root.is_empty
    assert not tree.routes(topic).sessions
    kept.put(MqttPublishMessage(topic, b"", retain=True))
    assert (0, 0, {}) == (kept.count, kept.bytes, kept._root.children)


def test_a_topic_of_very_many_levels_is_walked(example: Any) -> None:
    """Nothing calls itself for each level, and nothing grows for what nobody asked for."""
    tree = example.topics.SubscriptionTree()
    tree.add(object(), MqttTopicSubscription("/" * 30_000 + "#"))

    assert 1 == len(tree.routes("/" * 30_000).sessions)
    assert 0 == len(tree.routes("a" + "/" * 30_000).sessions)


def test_messages_go_to_who_wants_them(world: World) -> None:
    """Once to each, of whichever version, with the lesser quality of service."""
    five = world.subscriber("five", "a/#", "a/b", qos=1)
    four = world.subscriber("four", "a/+", version=V4)
    other = world.subscriber("other", "b")
    publisher = world.peer("publisher")
    properties = MqttProperties(content_type="text", user_properties=(("k", "v"),))
    publisher.say(MqttPublishMessage("a/b", b"hi", 2, packet_id=9, properties=properties))

    assert [MqttPubRecMessage(9)] == publisher.hears()
    assert [MqttPublishMessage("a/b", b"hi", 1, packet_id=1, properties=properties)] == five.hears()
    assert [MqttPublishMessage("a/b", b"hi")] == four.hears()
    assert [] == other.hears()


def test_exactly_once_in_both_directions(world: World) -> None:
    """A duplicate before PUBREL is answered and not published again."""
    subscriber = world.subscriber("s", "t", qos=2)
    publisher = world.peer("p")
    message = MqttPublishMessage("t", b"x", 2, packet_id=7)
    publisher.say(message).say(MqttPublishMessage("t", b"x", 2, packet_id=7, duplicate=True)).say(MqttPubRelMessage(7))
    publisher.say(MqttPubRelMessage(7))

    unknown = MqttPubCompMessage(7, MqttReasonCode.PACKET_IDENTIFIER_NOT_FOUND)
    assert [MqttPubRecMessage(7), MqttPubRecMessage(7), MqttPubCompMessage(7), unknown] == publisher.hears()
    assert [MqttPublishMessage("t", b"x", 2, packet_id=1)] == subscriber.hears()
    assert [MqttPubRelMessage(1)] == subscriber.say(MqttPubRecMessage(1)).hears()
    assert [] == subscriber.say(MqttPubCompMessage(1)).hears()
    assert not world.broker.sessions["s"].inflight
    assert not world.broker.sessions["s"].released


def test_what_was_not_acknowledged_is_sent_again(world: World) -> None:
    """To a client that comes back, in its order, with DUP; of QoS 2 behind PUBREC, PUBREL alone; then what came meanwhile."""
    kept = MqttProperties(session_expiry_interval=100)
    subscriber = world.subscriber("s", "t", qos=2, properties=kept)
    publisher = world.peer("p")
    for number in (1, 2):
        publisher.say(MqttPublishMessage("t", b"%d" % number, number, packet_id=number))
    subscriber.say(MqttPubRecMessage(2))
    subscriber.leave()
    publisher.say(MqttPublishMessage("t", b"3", 1, packet_id=3), MqttPublishMessage("t", b"lost", 0))
    again = world.arrive("s", clean_start=False, properties=kept)

    connack, *rest = again.hears()
    assert isinstance(connack, MqttConnAckMessage)
    assert connack.session_present
    assert [
        MqttPublishMessage("t", b"1", 1, packet_id=1, duplicate=True), MqttPubRelMessage(2), MqttPublishMessage("t", b"3", 1, packet_id=3),
    ] == rest  # fmt: skip


def test_a_clean_start_forgets(world: World) -> None:
    """Subscriptions, and what waits."""
    world.subscriber("s", "t", qos=1, version=V4, clean_start=False).leave()
    world.peer("p").say(MqttPublishMessage("t", b"x", 1, packet_id=1))
    assert 1 == len(world.broker.sessions["s"].queue)

    again = world.arrive("s", V4)
    assert [MqttConnAckMessage()] == again.hears()
    assert 0 == world.broker.subscriptions.count


def test_a_session_ends_when_its_time_is_over(world: World) -> None:
    """Of a client of MQTT 5 that said how long; at once where it said nothing."""
    stays = world.subscriber("stays", "t", properties=MqttProperties(session_expiry_interval=60))
    goes = world.subscriber("goes", "t")
    stays.leave()
    goes.leave()

    assert {"stays"} == set(world.broker.sessions)
    stays.channel.advance_time(59)
    assert {"stays"} == set(world.broker.sessions)
    stays.channel.advance_time(2)
    assert {} == world.broker.sessions
    assert 0 == world.broker.subscriptions.count


def test_a_client_id_is_taken_over(world: World) -> None:
    """The connection before is told why it ends, its session goes on."""
    first = world.subscriber("s", "t", qos=1, properties=MqttProperties(session_expiry_interval=60))
    second = world.arrive("s", clean_start=False)

    assert [MqttDisconnectMessage(MqttReasonCode.SESSION_TAKEN_OVER)] == first.hears()
    assert not first.channel.is_open
    (connack,) = second.hears()
    assert isinstance(connack, MqttConnAckMessage)
    assert connack.session_present
    world.peer("p").say(MqttPublishMessage("t", b"x"))
    assert [MqttPublishMessage("t", b"x")] == second.hears()
    assert world.broker.connected == 2


def test_a_will_is_published_unless_it_is_taken_back(world: World) -> None:
    """DISCONNECT takes it back; with a reason of its own it does not; a lost connection does not."""
    watcher = world.subscriber("w", "will/#", qos=1)
    will = {"will": MqttWill("will/x", b"gone", 1, properties=MqttProperties(content_type="text"))}
    world.peer("a", **will).say(MqttDisconnectMessage())
    assert [] == watcher.hears()

    world.peer("b", **will).say(MqttDisconnectMessage(MqttReasonCode.DISCONNECT_WITH_WILL))
    world.peer("c", **will).leave()
    expected = [
        MqttPublishMessage("will/x", b"gone", 1, packet_id=number, properties=MqttProperties(content_type="text")) for number in (1, 2)
    ]
    assert expected == watcher.hears()


def test_a_will_may_wait(world: World) -> None:
    """For as long as it says, and not longer than the session; a client that is back in time has none."""
    watcher = world.subscriber("w", "will")
    will = {"will": MqttWill("will", b"x", properties=MqttProperties(will_delay_interval=10))}
    kept = {"properties": MqttProperties(session_expiry_interval=60)}
    back = world.peer("back", **will, **kept)
    back.leave()
    gone = world.peer("gone", **will, **kept)
    gone.leave()
    world.peer("back", clean_start=False, **kept)
    back.channel.advance_time(11)
    assert [] == watcher.hears()

    gone.channel.advance_time(11)
    assert [MqttPublishMessage("will", b"x")] == watcher.hears()


def test_retained_messages_greet_a_subscriber(world: World) -> None:
    """With RETAIN set; an empty one is forgotten, and published as any other."""
    publisher = world.peer("p")
    publisher.say(
        MqttPublishMessage("r/1", b"old", retain=True), MqttPublishMessage("r/1", b"new", 1, True, 1), MqttPublishMessage("r/2", b"x")
    )
    subscriber = world.peer("s").say(MqttSubscribeMessage(1, (MqttTopicSubscription("r/#", 1),)))

    assert [MqttSubAckMessage(1, (1,)), MqttPublishMessage("r/1", b"new", 1, True, 1)] == subscriber.hears()
    publisher.say(MqttPublishMessage("r/1", b"", retain=True))
    assert [MqttPublishMessage("r/1", b"")] == subscriber.hears()
    assert 0 == world.broker.retained.count


def test_options_of_subscriptions_hold(world: World) -> None:
    """No local, retain as published, retain handling, identifiers: MQTT 5 3.8.3.1."""
    world.peer("p").say(MqttPublishMessage("t", b"kept", retain=True))
    itself = world.peer("s")
    itself.say(MqttSubscribeMessage(1, (MqttTopicSubscription("t", no_local=True, retain_handling=2),)))
    itself.say(MqttPublishMessage("t", b"mine"))
    assert [MqttSubAckMessage(1, (0,))] == itself.hears()

    other = world.peer("o")
    once = MqttSubscribeMessage(1, (MqttTopicSubscription("t", 0, False, True, 1),), MqttProperties(subscription_identifiers=(5,)))
    told = MqttProperties(subscription_identifiers=(5,))
    assert [MqttSubAckMessage(1, (0,)), MqttPublishMessage("t", b"kept", retain=True, properties=told)] == other.say(once).hears()
    assert [MqttSubAckMessage(1, (0,))] == other.say(once).hears()
    itself.say(MqttPublishMessage("t", b"again", retain=True))
    assert [MqttPublishMessage("t", b"again", retain=True, properties=told)] == other.hears()


def test_a_share_gets_each_message_once(world: World) -> None:
    """In turn; where one has gone, the others get what would have been its."""
    members = [world.subscriber(name, "$share/g/t/#") for name in "abc"]
    publisher = world.peer("p")
    publisher.say(*(MqttPublishMessage("t/x", b"%d" % number) for number in range(6)))
    assert [2, 2, 2] == [len(member.hears()) for member in members]

    members[0].leave()
    publisher.say(*(MqttPublishMessage("t/x", b"%d" % number) for number in range(4)))
    assert [2, 2] == [len(member.hears()) for member in members[1:]]


def test_unsubscribing_ends_it(world: World) -> None:
    """And says so for each filter."""
    subscriber = world.subscriber("s", "t")
    subscriber.say(MqttUnsubscribeMessage(2, ("t", "u")))
    world.peer("p").say(MqttPublishMessage("t", b"x"))

    assert [MqttUnsubAckMessage(2, (0, MqttReasonCode.NO_SUBSCRIPTION_EXISTED))] == subscriber.hears()


def test_an_alias_stands_for_a_topic(world: World) -> None:
    """Of this connection, within our maximum; whoever uses one that is none is told."""
    subscriber = world.subscriber("s", "t")
    publisher = world.peer("p")
    alias = MqttProperties(topic_alias=3)
    publisher.say(MqttPublishMessage("t", b"1", properties=alias), MqttPublishMessage("", b"2", properties=alias))
    assert [MqttPublishMessage("t", b"1"), MqttPublishMessage("t", b"2")] == subscriber.hears()

    publisher.say(MqttPublishMessage("", b"3", properties=MqttProperties(topic_alias=4)))
    assert [MqttDisconnectMessage(MqttReasonCode.TOPIC_ALIAS_INVALID)] == publisher.hears()
    assert not publisher.channel.is_open


def test_a_client_gets_no_more_than_it_can_receive(world: World) -> None:
    """Its receive maximum; the rest waits for its acknowledgements."""
    subscriber = world.subscriber("s", "t", qos=1, properties=MqttProperties(receive_maximum=2))
    world.peer("p").say(*(MqttPublishMessage("t", b"%d" % number, 1, packet_id=number) for number in range(1, 6)))

    assert [1, 2] == [message.packet_id for message in subscriber.hears() if isinstance(message, MqttPublishMessage)]
    subscriber.say(MqttPubAckMessage(1), MqttPubAckMessage(2))
    assert [b"3", b"4"] == [message.payload for message in subscriber.hears() if isinstance(message, MqttPublishMessage)]


def test_a_client_gets_no_packet_that_is_too_large_for_it(world: World) -> None:
    """It is dropped, and the next one sent (MQTT-3.1.2-25)."""
    subscriber = world.subscriber("s", "t", qos=1, properties=MqttProperties(maximum_packet_size=20))
    publisher = world.peer("p")
    publisher.say(MqttPublishMessage("t", b"x" * 20), MqttPublishMessage("t", b"x" * 20, 1, packet_id=1), MqttPublishMessage("t", b"y"))

    assert [MqttPublishMessage("t", b"y")] == subscriber.hears()
    assert 2 == world.broker.sessions["s"].dropped


def test_who_does_not_read_costs_a_bounded_queue(example: Any) -> None:
    """Of QoS 0 nothing waits but what the channel takes; of QoS 1 the queue, which has two limits; all others go on."""
    world = World(example, max_queued=50, max_queued_bytes=60_000, max_inflight=10)
    slow = world.subscriber("slow", "#", qos=1)
    quick = world.subscriber("quick", "#")
    session = world.broker.sessions["slow"]
    slow.channel.hold_network()
    publisher = world.peer("p")
    received = 0
    for number in range(1, 2001):
        publisher.say(MqttPublishMessage("t", b"x" * 10_000, number % 2, packet_id=number % 2))
        publisher.hears()
        received += len(quick.hears())

    assert 2000 == received
    assert not slow.channel.is_writable
    assert len(session.inflight) + len(session.queue) <= 10 + 50
    assert sum(len(waiting.message.payload) for waiting in session.queue) <= 60_000
    assert slow.channel.unsent() < 1_100_000
    assert session.dropped > 1500


def test_silence_for_longer_than_the_keep_alive_ends_it(world: World) -> None:
    """One and a half times, by an IdleStateHandler; a ping is no silence, and who set 0 is never given up."""
    peer, patient = world.peer("p", keep_alive=10), world.peer("q", keep_alive=0)
    peer.channel.advance_time(14)
    assert [MqttPingRespMessage()] == peer.say(MqttPingReqMessage()).hears()
    peer.channel.advance_time(14)
    assert peer.channel.is_open

    peer.channel.advance_time(2)
    assert [MqttDisconnectMessage(MqttReasonCode.KEEP_ALIVE_TIMEOUT)] == peer.hears()
    assert not peer.channel.is_open
    patient.channel.advance_time(10_000)
    assert patient.channel.is_open


def test_the_broker_may_have_a_longest_keep_alive(example: Any) -> None:
    """Of which MQTT 5 can tell the client; an older one is believed."""
    world = World(example, keep_alive_maximum=20)
    (told,) = world.arrive("a", keep_alive=0).hears()
    assert isinstance(told, MqttConnAckMessage)
    assert 20 == told.properties.server_keep_alive
    for version, wanted, lasts in ((V5, 100, 30), (V5, 10, 15), (V4, 100, 150)):
        peer = world.peer("b", version, keep_alive=wanted)
        peer.channel.advance_time(lasts - 1)
        assert peer.channel.is_open
        peer.channel.advance_time(2)
        assert not peer.channel.is_open


def test_who_does_not_connect_in_time_is_given_up(example: Any, world: World) -> None:
    """Ten seconds."""
    peer = Peer(example, world.broker, V4)
    peer.channel.advance_time(9)
    assert peer.channel.is_open
    peer.channel.advance_time(2)
    assert not peer.channel.is_open


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (b"\x10\x0d\0\x04MQTT\x06\x02\0\x3c\0\x01a", b"\x20\x03\0\x84\0"),
        (b"\x10\x0d\0\x04MQTT\x03\x02\0\x3c\0\x01a", b"\x20\x02\0\x01"),
        (b"\x10\x0e\0\x06MQIsdp\x03\x02\0\x3c\0\0", b"\x20\x02\0\x02"),
        (b"\x10\x0c\0\x04MQTT\x04\x00\0\x3c\0\0", b"\x20\x02\0\x02"),
        (b"\x10\x16\0\x04MQTT\x05\x02\0\x3c\x08\x15\0\x05PLAIN\0\x01a", b"\x20\x03\0\x8c\0"),
        (b"\x10\x0d\0\x04MQTX\x04\x02\0\x3c\0\x01a", b""),
        (b"GET / HTTP/1.1\r\n\r\n", b""),
        (b"\xc0\0", b""),
    ],
)
def test_what_is_no_connect_of_ours_is_refused(example: Any, world: World, data: bytes, answer: bytes) -> None:
    """In the words of its version where it has any, and closed."""
    channel = EmbeddedChannel(MqttDecoder(), MqttEncoder(), example.connection.Arrival(world.broker))
    channel.receive(data)

    assert answer == channel.outbound_bytes()
    assert not channel.is_open
    assert 0 == world.broker.connected


def test_users_need_their_password(example: Any) -> None:
    """Where there are users; the words are those of the version."""
    world = World(example, users={"ada": "secret"})

    assert [MqttConnAckMessage(4)] == world.arrive("a", V4).hears()
    assert [MqttConnAckMessage(0x86)] == world.arrive("a", V5, user_name="ada", password=b"wrong").hears()
    assert [MqttConnAckMessage(0)] == world.arrive("a", V4, user_name="ada", password=b"secret").hears()


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (MqttConnectMessage("again", V5), MqttReasonCode.PROTOCOL_ERROR),
        (MqttPingRespMessage(), MqttReasonCode.PROTOCOL_ERROR),
        (MqttPublishMessage("t", b"x" * 70_000), MqttReasonCode.PACKET_TOO_LARGE),
    ],
)
def test_a_fault_is_told(world: World, message: MqttMessage, reason: int) -> None:
    """To a client of MQTT 5; and its will is published."""
    watcher = world.subscriber("w", "will")
    peer = world.peer("p", will=MqttWill("will"))
    peer.say(message)

    assert [MqttDisconnectMessage(reason)] == peer.hears()
    assert not peer.channel.is_open
    assert [MqttPublishMessage("will")] == watcher.hears()


def test_limits_of_the_broker_hold(example: Any) -> None:
    """Subscriptions, levels, sessions, retained messages, messages of QoS 2 under way."""
    world = World(example, max_subscriptions=1, max_levels=2, max_sessions=2, max_retained=1, receive_maximum=1)
    peer = world.peer("a")
    peer.say(MqttSubscribeMessage(1, tuple(MqttTopicSubscription(each) for each in ("a/b/c", "a/b", "a"))))
    assert [MqttSubAckMessage(1, (MqttReasonCode.TOPIC_FILTER_INVALID, 0, MqttReasonCode.QUOTA_EXCEEDED))] == peer.hears()
    peer.say(MqttPublishMessage("a/b/c", b"", 1, packet_id=1), MqttPublishMessage("$SYS/x", b"", 1, packet_id=2))
    assert [MqttPubAckMessage(1, MqttReasonCode.TOPIC_NAME_INVALID), MqttPubAckMessage(2, MqttReasonCode.NOT_AUTHORIZED)] == peer.hears()
    peer.say(
        MqttPublishMessage("x", b"1", retain=True), MqttPublishMessage("y", b"2", retain=True), MqttPublishMessage("x", b"3", retain=True)
    )
    assert [b"3"] == [message.payload for message, _ in world.broker.retained.fitting("#")]
    peer.say(MqttPublishMessage("t", b"", 2, packet_id=1), MqttPublishMessage("t", b"", 2, packet_id=2))
    assert MqttDisconnectMessage(MqttReasonCode.RECEIVE_MAXIMUM_EXCEEDED) == peer.hears()[-1]

    world.peer("b")
    world.peer("c")
    assert [MqttConnAckMessage(MqttReasonCode.QUOTA_EXCEEDED)] == world.arrive("d").hears()


def test_memory_is_limited_for_all_together(example: Any) -> None:
    """What waits for clients that have gone, and what is retained; it is free again when a session ends."""
    world = World(example, max_memory=1000, max_retained_bytes=100)
    kept = MqttProperties(session_expiry_interval=60)
    gone = [world.subscriber(name, name, qos=1, properties=kept) for name in "ab"]
    for peer in gone:
        peer.leave()
    publisher = world.peer("p")
    for number in range(1, 21):
        publisher.say(MqttPublishMessage("ab"[number % 2], b"x" * 100, 1, packet_id=number))
    assert [5, 5] == [len(world.broker.sessions[name].queue) for name in "ab"]
    assert 1000 == world.broker.memory.used
    gone[0].channel.advance_time(61)
    assert 500 == world.broker.memory.used

    publisher.say(*(MqttPublishMessage(topic, b"x" * 60, retain=True) for topic in "cd"), MqttPublishMessage("c", b"y" * 101, retain=True))
    assert [("c", b"x" * 60)] == [(message.topic, message.payload) for message, _ in world.broker.retained.fitting("#")]


def test_nothing_counts_behind_the_end(world: World) -> None:
    """In the same read: a DISCONNECT, a fault, a refusal, another connection of the same client."""
    watcher = world.subscriber("w", "#")
    message = MqttPublishMessage("t", b"x")
    world.peer("a").say(MqttDisconnectMessage(), message)
    world.peer("b").say(MqttPingRespMessage(), message)
    first = world.peer("c")
    world.peer("c")
    assert [] == watcher.hears()

    refused = Peer(world.example, world.broker, V4).say(MqttConnectMessage("", clean_start=False), MqttConnectMessage("d"))
    assert [MqttConnAckMessage(2)] == refused.hears()
    assert not first.channel.is_open
    assert {"w", "c"} == set(world.broker.sessions)


def test_a_message_expires(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that waits says how long it is still of use, and is not sent when it is of none."""
    now = [1000.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    kept = MqttProperties(session_expiry_interval=1000)
    world.subscriber("s", "t", qos=1, properties=kept).leave()
    publisher = world.peer("p")
    for seconds in (5, 60):
        publisher.say(
            MqttPublishMessage("t", b"%d" % seconds, 1, packet_id=seconds, properties=MqttProperties(message_expiry_interval=seconds))
        )
    now[0] += 20
    again = world.arrive("s", clean_start=False, properties=kept)

    assert [MqttPublishMessage("t", b"60", 1, packet_id=1, properties=MqttProperties(message_expiry_interval=40))] == again.hears()[1:]


def test_the_broker_tells_of_itself(example: Any) -> None:
    """Below $SYS, retained, as long as somebody is connected."""
    world = World(example)
    world.limits = example.limits.MqttLimits(status_seconds=10)
    world.broker = example.broker.Broker(world.limits)
    peer = world.peer("p")
    peer.say(MqttSubscribeMessage(1, (MqttTopicSubscription("$SYS/broker/clients/connected"),)))

    assert MqttPublishMessage("$SYS/broker/clients/connected", b"1", retain=True) == peer.hears()[1]
    peer.channel.advance_time(11)
    assert [MqttPublishMessage("$SYS/broker/clients/connected", b"1")] == peer.hears()


TOPICS = st.sampled_from(["a", "a/b", "a/b/c", "b", "$SYS/x"])
FILTERS = st.sampled_from(["#", "+", "a/#", "a/+", "+/b", "b", "$share/g/a/#", "$share/h/#"])
IDS = st.integers(1, 4)
PROPERTIES = st.sampled_from([MqttProperties(), MqttProperties(topic_alias=1), MqttProperties(message_expiry_interval=1)])
REPLIES = st.sampled_from([MqttPubAckMessage, MqttPubRecMessage, MqttPubRelMessage, MqttPubCompMessage])
QOS = st.integers(0, 2)


def published(topic: str, qos: int, retain: bool, packet_id: int, properties: MqttProperties) -> MqttMessage:
    """A message of any kind."""
    return MqttPublishMessage(topic, b"x", qos, retain, packet_id if qos else 0, False, properties)


def subscribing(topic_filter: str, qos: int, packet_id: int) -> MqttMessage:
    """A subscription of any kind."""
    return MqttSubscribeMessage(
        packet_id, (MqttTopicSubscription(topic_filter, qos),), MqttProperties(subscription_identifiers=(packet_id,))
    )


PACKETS: st.SearchStrategy[Any] = st.one_of(
    st.builds(published, TOPICS, QOS, st.booleans(), IDS, PROPERTIES),
    st.builds(published, st.just(""), QOS, st.just(False), IDS, st.just(MqttProperties(topic_alias=1))),
    st.builds(lambda kind, packet_id: kind(packet_id), REPLIES, IDS),
    st.builds(subscribing, FILTERS, QOS, IDS),
    st.builds(lambda topic_filter, packet_id: MqttUnsubscribeMessage(packet_id, (topic_filter,)), FILTERS, IDS),
    st.sampled_from([MqttPingReqMessage(), MqttDisconnectMessage(), MqttPingRespMessage(), MqttConnectMessage("a", V5)]),
    st.sampled_from(["leave", "hold", "release"]),
)
STEPS = st.lists(st.tuples(st.integers(0, 2), st.booleans(), PACKETS), max_size=50)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_clients_do_the_broker_keeps_its_books(example: Any, caplog: pytest.LogCaptureFixture, steps: list[Any]) -> None:
    """Three clients say anything in any order, leave, come back, and read or do not: no error is ours, and what is counted is there."""
    world = World(example, max_queued=3, max_inflight=2, max_retained=2)
    peers: dict[int, Peer] = {}
    for number, clean, packet in steps:
        peer = peers.get(number)
        if peer is None or not peer.channel.is_open:
            kept = MqttProperties(session_expiry_interval=60, receive_maximum=2)
            peer = peers[number] = world.arrive(f"client-{number}", clean_start=clean, properties=kept, will=MqttWill("a"))
        match packet:
            case "leave":
                peer.leave()
            case "hold":
                peer.channel.hold_network()
            case "release":
                peer.channel.release_network()
            case _:
                if isinstance(packet, MqttMessage):
                    peer.say(packet)
        broker = world.broker
        assert broker.connected == sum(session.channel is not None for session in broker.sessions.values())
        assert broker.subscriptions.count == sum(len(session.filters) for session in broker.sessions.values())
        assert broker.memory.used == sum(len(each.message.payload) for session in broker.sessions.values() for each in session.queue)
        assert broker.retained.count <= 2
        for session in broker.sessions.values():
            assert len(session.inflight) + len(session.released) <= 2
            assert len(session.queue) <= 3
    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]
