"""Broker: sessions by client id, and where a message goes. It lives on one event loop, as its channels do, and needs no lock."""

import hmac
import time
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version as installed

from limits import MqttLimits
from session import NO_PROPERTIES, Memory, Session
from topics import RetainedMessages, Route, SubscriptionTree, split_share

from pyboot.boot import Component
from pyboot.components.netty import Channel
from pyboot.components.netty.codec.mqtt import (
    MqttConnectMessage,
    MqttDisconnectMessage,
    MqttProperties,
    MqttPublishMessage,
    MqttReasonCode,
    MqttTopicSubscription,
    MqttVersion,
    MqttWill,
)

FOREVER = 0xFFFFFFFF  # of a session of MQTT 5


@Component
class Broker:
    """What all connections share."""

    def __init__(self, limits: MqttLimits) -> None:
        self.limits = limits
        self.sessions: dict[str, Session] = {}
        self.subscriptions = SubscriptionTree()
        self.retained = RetainedMessages(limits.max_retained, limits.max_retained_bytes)
        self.memory = Memory(limits.max_memory)
        self.connected = 0
        self.received = 0
        self.sent = 0
        self._to_flush: dict[Channel, None] = {}
        self._status: object | None = None

    # Clients come and go.

    def may_connect(self, user_name: str | None, password: bytes | None) -> bool:
        """Tell whether the password is that of the user; anybody may where no users are set."""
        if not self.limits.users:
            return True
        known = self.limits.users.get(user_name or "")
        return known is not None and hmac.compare_digest(known.get_secret_value().encode(), password or b"")

    def connect(self, channel: Channel, client_id: str, connect: MqttConnectMessage) -> tuple[Session, bool] | None:
        """The session of a client and whether it is an old one; None if there is no room. A connection of the same client id is ended."""
        session = self.sessions.get(client_id)
        if session is not None and session.channel is not None:
            self.take_over(session)
            session = self.sessions.get(client_id)
        if session is not None and connect.clean_start:
            self._publish_will(session)  # a will that waits belongs to the session that ends here
            self.end(session)
            session = None
        is_old = session is not None
        if session is None:
            if len(self.sessions) >= self.limits.max_sessions:
                return None
            session = self.sessions[client_id] = Session(client_id, self.limits, self.memory)
        cancel(session.deadline)
        cancel(session.will_deadline)
        session.deadline = session.will_deadline = None
        session.will = connect.will
        session.expiry_seconds = self._expiry(connect)
        session.attach(channel, connect.version, connect.properties)
        self.connected += 1
        self._begin_status(channel)
        return session, is_old

    def _expiry(self, connect: MqttConnectMessage) -> int:
        if connect.version != MqttVersion.MQTT_5:
            return 0 if connect.clean_start else self.limits.session_expiry_seconds
        return self.allowed_expiry(connect.properties.session_expiry_interval or 0)

    def allowed_expiry(self, wanted: int) -> int:
        """The seconds that a session is kept, of those *wanted*."""
        return min(wanted, self.limits.session_expiry_seconds)

    def take_over(self, session: Session) -> None:
        """End the connection of *session*, for its client connects again."""
        channel = session.channel
        assert channel is not None
        if session.version == MqttVersion.MQTT_5:
            channel.write_and_flush(MqttDisconnectMessage(MqttReasonCode.SESSION_TAKEN_OVER))
        self.disconnect(session, channel)
        channel.close()

    def disconnect(self, session: Session, channel: Channel) -> None:
        """The client of *session* has gone with *channel*; its will is published unless it was taken back, now or later."""
        if session.channel is not channel:
            return  # it was taken over before
        session.detach()
        self._to_flush.pop(channel, None)
        self.connected -= 1
        loop = channel.loop
        expiry = session.expiry_seconds or 0
        delay = 0 if session.will is None else min(session.will.properties.will_delay_interval or 0, expiry)
        if delay:
            session.will_deadline = loop.call_later(delay, self._publish_will, session)
        else:
            self._publish_will(session)
        if expiry:
            session.deadline = loop.call_later(expiry, self.end, session)
        else:
            self.end(session)

    def end(self, session: Session) -> None:
        """Forget *session*."""
        if session.will_deadline is not None:
            self._publish_will(session)
        cancel(session.deadline)
        for topic_filter in session.filters:
            self.subscriptions.remove(session, topic_filter)
        session.filters.clear()
        session.forget()
        if self.sessions.get(session.client_id) is session:
            del self.sessions[session.client_id]

    def _publish_will(self, session: Session) -> None:
        will: MqttWill | None
        will, session.will = session.will, None
        cancel(session.will_deadline)
        session.will_deadline = None
        if will is not None:
            properties = replace(will.properties, will_delay_interval=None)
            self.publish(MqttPublishMessage(will.topic, will.payload, will.qos, will.retain, properties=properties))
            self.flush()

    # Subscriptions.

    def subscribe(self, session: Session, wanted: MqttTopicSubscription, identifier: int) -> tuple[int, bool]:
        """Subscribe *session*; the code for SUBACK, and whether the filter is new."""
        is_5 = session.version == MqttVersion.MQTT_5
        if wanted.topic_filter.count("/") >= self.limits.max_levels:
            return (MqttReasonCode.TOPIC_FILTER_INVALID if is_5 else 0x80), False
        if wanted.topic_filter not in session.filters and len(session.filters) >= self.limits.max_subscriptions:
            return (MqttReasonCode.QUOTA_EXCEEDED if is_5 else 0x80), False
        session.filters[wanted.topic_filter] = identifier
        return wanted.qos, self.subscriptions.add(session, wanted, identifier)

    def unsubscribe(self, session: Session, topic_filter: str) -> int:
        """End a subscription; the code for UNSUBACK."""
        session.filters.pop(topic_filter, None)
        return 0 if self.subscriptions.remove(session, topic_filter) else MqttReasonCode.NO_SUBSCRIPTION_EXISTED

    def send_retained(self, session: Session, wanted: MqttTopicSubscription, is_new: bool, identifier: int) -> None:
        """Send what is retained and fits, as the subscription wants it; to a shared one nothing (MQTT 5 4.8.2)."""
        if split_share(wanted.topic_filter)[0] is not None or wanted.retain_handling == 2 or (wanted.retain_handling == 1 and not is_new):
            return
        for message, expires_at in self.retained.fitting(wanted.topic_filter):
            properties = message.properties
            if identifier:
                properties = replace(properties, subscription_identifiers=(identifier,))
            self._deliver(session, message, min(wanted.qos, message.qos), True, properties, expires_at)

    # Messages.

    def publish(self, message: MqttPublishMessage, source: Session | None = None) -> bool:
        """Send *message*, which *source* has published, to all who want it; True if there was anybody."""
        topic, payload, quality = message.topic, message.payload, message.qos
        properties = message.properties
        if properties:
            properties = replace(properties, topic_alias=None, subscription_identifiers=())
        lasts = properties.message_expiry_interval
        expires_at = None if lasts is None else time.monotonic() + lasts
        if message.retain:
            self.retained.put(MqttPublishMessage(topic, payload, quality, True, properties=properties))
        routes = self.subscriptions.routes(topic)
        # Those who want it as it is get one object: it is encoded once for each version.
        plain: dict[MqttVersion, MqttPublishMessage] = {}
        everybody = routes.sessions if not routes.shares else [*routes.sessions, *(share.next_route() for share in routes.shares)]
        for route in everybody:
            session = route.session
            if session is source and route.no_local:
                continue
            granted = min(route.qos, quality)
            if granted == 0 and not route.identifiers and not (route.retain_as_published and message.retain):
                same = plain.get(session.version)
                if same is None:
                    told = properties if session.version == MqttVersion.MQTT_5 else NO_PROPERTIES
                    same = plain[session.version] = MqttPublishMessage(topic, payload, 0, False, 0, False, told)
                if session.send(same):
                    self._will_flush(session)
            else:
                self._by_route(route, message, granted, properties, expires_at)
        return bool(everybody)

    def _by_route(self, route: Route, message: MqttPublishMessage, qos: int, properties: MqttProperties, expires_at: float | None) -> None:
        if route.identifiers:
            properties = replace(properties, subscription_identifiers=route.identifiers)
        self._deliver(route.session, message, qos, message.retain and route.retain_as_published, properties, expires_at)

    def _deliver(
        self, session: Session, message: MqttPublishMessage, qos: int, retain: bool, properties: MqttProperties, expires_at: float | None
    ) -> None:
        if qos:
            session.enqueue(message, qos, retain, properties, expires_at)
        else:
            told = properties if session.version == MqttVersion.MQTT_5 else NO_PROPERTIES
            session.send(MqttPublishMessage(message.topic, message.payload, 0, retain, 0, False, told))
        self._will_flush(session)

    def _will_flush(self, session: Session) -> None:
        if session.channel is not None:
            self.sent += 1
            self._to_flush[session.channel] = None

    def flush(self) -> None:
        """Send what was written since the last time: once for each read of a publisher, not for each message."""
        channels, self._to_flush = self._to_flush, {}
        for channel in channels:
            channel.flush()

    # What the broker tells of itself.

    def _begin_status(self, channel: Channel) -> None:
        if self._status is None and self.limits.status_seconds:
            self._tell_status(channel.loop.call_later)

    def _tell_status(self, call_later: Callable[..., object]) -> None:
        """Publish $SYS/broker, retained, as long as somebody is connected."""
        figures = {
            "version": f"pyboot-framework {installed('pyboot-framework')}",
            "clients/connected": self.connected,
            "clients/total": len(self.sessions),
            "subscriptions/count": self.subscriptions.count,
            "retained messages/count": self.retained.count,
            "messages/waiting/bytes": self.memory.used,
            "messages/received": self.received,
            "messages/sent": self.sent,
            "publish/messages/dropped": sum(session.dropped for session in self.sessions.values()),
        }
        for name, figure in figures.items():
            self.publish(MqttPublishMessage(f"$SYS/broker/{name}", str(figure).encode(), retain=True))
        self.flush()
        self._status = call_later(self.limits.status_seconds, self._tell_status, call_later) if self.connected else None


def cancel(timer: object | None) -> None:
    """Cancel a timer of a loop, if there is one."""
    if timer is not None:
        timer.cancel()  # type: ignore[attr-defined]  # of asyncio
