"""The two handlers of a connection: one until CONNECT has come, one behind it. Which of them stands in the pipeline is its state."""

import logging
import secrets

from broker import Broker
from session import Session

from pyboot.components.netty import (
    ChannelHandler,
    ChannelHandlerContext,
    ChannelOption,
    IdleStateEvent,
    IdleStateHandler,
    NettyError,
    WriteBufferWaterMark,
)
from pyboot.components.netty.codec.mqtt import (
    CorruptedMqttPacketError,
    MqttConnAckMessage,
    MqttConnectMessage,
    MqttConnectReturnCode,
    MqttDisconnectMessage,
    MqttMessage,
    MqttPingReqMessage,
    MqttPingRespMessage,
    MqttProperties,
    MqttPubAckMessage,
    MqttPubCompMessage,
    MqttPublishMessage,
    MqttPubRecMessage,
    MqttPubRelMessage,
    MqttReasonCode,
    MqttSubAckMessage,
    MqttSubscribeMessage,
    MqttUnsubAckMessage,
    MqttUnsubscribeMessage,
    MqttVersion,
    RejectedMqttIdentifierError,
    UnacceptableMqttVersionError,
)
from pyboot.components.netty.errors import TooLongFrameError
from pyboot.netty import ChannelHandlerBean

log = logging.getLogger("mqtt")

V5 = MqttVersion.MQTT_5
PINGRESP = MqttPingRespMessage()
LINGER_SECONDS = 2.0  # a reset, for what the peer still sends, would take our last words with it

# What a refusal of MQTT 5 is called in 3.1 and 3.1.1.
RETURN_CODES = {
    MqttReasonCode.CLIENT_IDENTIFIER_NOT_VALID: MqttConnectReturnCode.IDENTIFIER_REJECTED,
    MqttReasonCode.BAD_USER_NAME_OR_PASSWORD: MqttConnectReturnCode.BAD_USER_NAME_OR_PASSWORD,
    MqttReasonCode.QUOTA_EXCEEDED: MqttConnectReturnCode.SERVER_UNAVAILABLE,
    MqttReasonCode.BAD_AUTHENTICATION_METHOD: MqttConnectReturnCode.NOT_AUTHORIZED,
}


@ChannelHandlerBean
class Arrival(ChannelHandler[MqttMessage]):
    """Waits for CONNECT, which must come first and in time, and puts a `Client` in its own place."""

    def __init__(self, broker: Broker) -> None:
        self.broker = broker
        self.limits = broker.limits

    def channel_active(self, ctx: ChannelHandlerContext) -> None:
        """Begin to wait."""
        ctx.channel.set_option(ChannelOption.WRITE_BUFFER_WATER_MARK, WriteBufferWaterMark(256 * 1024, 1024 * 1024))
        ctx.channel.pipeline().add_first(IdleStateHandler(self.limits.connect_seconds), name="keep-alive")
        ctx.fire_channel_active()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Give up who says nothing."""
        if isinstance(event, IdleStateEvent):
            ctx.close()
        else:
            ctx.fire_user_event_triggered(event)

    def channel_read(self, ctx: ChannelHandlerContext, msg: MqttMessage) -> None:
        """Open a session; anything but CONNECT was refused by the decoder."""
        if not isinstance(msg, MqttConnectMessage) or not ctx.channel.is_open:
            return  # behind a refusal nothing counts
        client_id = msg.client_id
        properties = MqttProperties()
        if not client_id:
            if msg.version != V5 and not msg.clean_start:  # MQTT-3.1.3-8
                self.refuse(ctx, msg.version, MqttReasonCode.CLIENT_IDENTIFIER_NOT_VALID)
                return
            client_id = f"auto-{secrets.token_hex(8)}"
        if msg.properties.authentication_method is not None:
            self.refuse(ctx, msg.version, MqttReasonCode.BAD_AUTHENTICATION_METHOD)
        elif not self.broker.may_connect(msg.user_name, msg.password):
            self.refuse(ctx, msg.version, MqttReasonCode.BAD_USER_NAME_OR_PASSWORD)
        elif (opened := self.broker.connect(ctx.channel, client_id, msg)) is None:
            self.refuse(ctx, msg.version, MqttReasonCode.QUOTA_EXCEEDED)
        else:
            session, is_old = opened
            if msg.version == V5:
                properties = self.told(msg, client_id, session)
            ctx.write(MqttConnAckMessage(0, is_old, properties))
            pipeline = ctx.channel.pipeline()
            keep_alive = msg.keep_alive if properties.server_keep_alive is None else properties.server_keep_alive
            pipeline.replace("keep-alive", IdleStateHandler(keep_alive * 1.5), name="keep-alive")
            pipeline.replace(self, Client(self.broker, session))
            session.pump()
            ctx.channel.flush()

    def told(self, connect: MqttConnectMessage, client_id: str, session: Session) -> MqttProperties:
        """What CONNACK of MQTT 5 says of our limits."""
        wanted = connect.properties.session_expiry_interval or 0
        longest = self.limits.keep_alive_maximum
        return MqttProperties(
            server_keep_alive=longest if longest and not 0 < connect.keep_alive <= longest else None,
            receive_maximum=self.limits.receive_maximum,
            maximum_packet_size=self.limits.max_packet,
            topic_alias_maximum=self.limits.topic_alias_maximum,
            assigned_client_identifier=None if connect.client_id else client_id,
            session_expiry_interval=None if session.expiry_seconds == wanted else session.expiry_seconds,
        )

    def refuse(self, ctx: ChannelHandlerContext, version: MqttVersion, reason: MqttReasonCode) -> None:
        """Say why not, in the words of the version, and close."""
        ctx.write_and_flush(MqttConnAckMessage(reason if version == V5 else RETURN_CODES[reason]))
        ctx.channel.linger(LINGER_SECONDS)
        ctx.close()

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Answer a CONNECT of which no version is known to the encoder yet; whoever sent something else is told nothing."""
        if isinstance(error, UnacceptableMqttVersionError):
            ctx.write_and_flush(b"\x20\x03\x00\x84\x00" if error.level > V5 else b"\x20\x02\x00\x01")
        elif isinstance(error, RejectedMqttIdentifierError):
            ctx.write_and_flush(b"\x20\x02\x00\x02")
        log.info("%s refused: %s", ctx.channel.remote_address(), error)
        ctx.close()


class Client(ChannelHandler[MqttMessage]):
    """Does what a client asks for, once it is connected."""

    def __init__(self, broker: Broker, session: Session) -> None:
        self.broker = broker
        self.session = session
        self.is_5 = session.version == V5
        self.aliases: dict[int, str] = {}
        self.has_ended = False

    def channel_read(self, ctx: ChannelHandlerContext, msg: MqttMessage) -> None:
        """One packet; those that come most often first. Behind the end of a connection, whoever ended it, nothing counts."""
        if self.has_ended or self.session.channel is not ctx.channel:
            return
        match msg:
            case MqttPublishMessage():
                self.on_publish(ctx, msg)
            case MqttPubAckMessage():
                self.session.acknowledged(msg.packet_id)
            case MqttPubRecMessage():
                self.on_received(ctx, msg)
            case MqttPubRelMessage():
                self.on_release(ctx, msg)
            case MqttPubCompMessage():
                self.session.completed(msg.packet_id)
            case MqttSubscribeMessage():
                self.on_subscribe(ctx, msg)
            case MqttUnsubscribeMessage():
                codes = tuple(self.broker.unsubscribe(self.session, each) for each in msg.topic_filters)
                ctx.write(MqttUnsubAckMessage(msg.packet_id, codes if self.is_5 else ()))
            case MqttPingReqMessage():
                ctx.write(PINGRESP)
            case MqttDisconnectMessage():
                self.on_disconnect(ctx, msg)
            case _:  # a second CONNECT, and what only a broker may send
                self.end(ctx, MqttReasonCode.PROTOCOL_ERROR)

    def channel_read_complete(self, ctx: ChannelHandlerContext) -> None:
        """Flush: the answers of this read, and what it made the broker write to others."""
        ctx.flush()
        self.broker.flush()

    # Messages.

    def on_publish(self, ctx: ChannelHandlerContext, msg: MqttPublishMessage) -> None:
        """Publish, and answer as the quality of service has it."""
        self.broker.received += 1
        if msg.properties.topic_alias is not None or not msg.topic:
            named = self.named(ctx, msg)
            if named is None:
                return
            msg = named
        if msg.qos == 2 and msg.packet_id in self.session.incoming:
            ctx.write(MqttPubRecMessage(msg.packet_id))  # it was published when it came first
            return
        reason = self.refusal(msg)
        if reason == 0:
            if msg.qos == 2:
                if self.is_5 and len(self.session.incoming) >= self.broker.limits.receive_maximum:
                    self.end(ctx, MqttReasonCode.RECEIVE_MAXIMUM_EXCEEDED)
                    return
                self.session.incoming.add(msg.packet_id)
            if not self.broker.publish(msg, source=self.session) and self.is_5:
                reason = MqttReasonCode.NO_MATCHING_SUBSCRIBERS
        if msg.qos == 1:
            ctx.write(MqttPubAckMessage(msg.packet_id, reason if self.is_5 else 0))
        elif msg.qos == 2:
            ctx.write(MqttPubRecMessage(msg.packet_id, reason if self.is_5 else 0))

    def refusal(self, msg: MqttPublishMessage) -> int:
        """Why *msg* is not published; 0 if it is. Only the broker speaks of itself."""
        if msg.topic.startswith("$SYS"):
            return MqttReasonCode.NOT_AUTHORIZED
        if msg.topic.count("/") >= self.broker.limits.max_levels:
            return MqttReasonCode.TOPIC_NAME_INVALID
        return 0

    def named(self, ctx: ChannelHandlerContext, msg: MqttPublishMessage) -> MqttPublishMessage | None:
        """The message with its topic, where an alias stands for it; None if that is no alias of ours."""
        alias = msg.properties.topic_alias
        if alias is None or alias > self.broker.limits.topic_alias_maximum or (not msg.topic and alias not in self.aliases):
            self.end(ctx, MqttReasonCode.TOPIC_ALIAS_INVALID)
            return None
        if msg.topic:
            self.aliases[alias] = msg.topic
            return msg
        topic = self.aliases[alias]
        return MqttPublishMessage(topic, msg.payload, msg.qos, msg.retain, msg.packet_id, msg.duplicate, msg.properties)

    def on_received(self, ctx: ChannelHandlerContext, msg: MqttPubRecMessage) -> None:
        """The client has a message of QoS 2, or will not have it."""
        if self.session.received(msg.packet_id, msg.reason_code):
            ctx.write(MqttPubRelMessage(msg.packet_id))
        elif msg.reason_code < 0x80:
            ctx.write(MqttPubRelMessage(msg.packet_id, MqttReasonCode.PACKET_IDENTIFIER_NOT_FOUND if self.is_5 else 0))

    def on_release(self, ctx: ChannelHandlerContext, msg: MqttPubRelMessage) -> None:
        """The client will not send a message of QoS 2 again."""
        is_known = msg.packet_id in self.session.incoming
        self.session.incoming.discard(msg.packet_id)
        ctx.write(MqttPubCompMessage(msg.packet_id, 0 if is_known or not self.is_5 else MqttReasonCode.PACKET_IDENTIFIER_NOT_FOUND))

    # Subscriptions, and the end.

    def on_subscribe(self, ctx: ChannelHandlerContext, msg: MqttSubscribeMessage) -> None:
        """Subscribe, answer, and send what is retained."""
        identifier = msg.properties.subscription_identifiers[0] if msg.properties.subscription_identifiers else 0
        granted = [(wanted, *self.broker.subscribe(self.session, wanted, identifier)) for wanted in msg.subscriptions]
        ctx.write(MqttSubAckMessage(msg.packet_id, tuple(code for _, code, _ in granted)))
        for wanted, code, is_new in granted:
            if code < 0x80:
                self.broker.send_retained(self.session, wanted, is_new, identifier)

    def on_disconnect(self, ctx: ChannelHandlerContext, msg: MqttDisconnectMessage) -> None:
        """Take the will back, unless the client wants it published, and set how long the session is kept."""
        if msg.reason_code != MqttReasonCode.DISCONNECT_WITH_WILL:
            self.session.will = None
        wanted = msg.properties.session_expiry_interval
        if wanted is not None:
            if wanted and not self.session.expiry_seconds:
                self.end(ctx, MqttReasonCode.PROTOCOL_ERROR)  # MQTT 5 3.14.2.2.2
                return
            self.session.expiry_seconds = self.broker.allowed_expiry(wanted)
        self.has_ended = True
        ctx.close()

    def channel_writability_changed(self, ctx: ChannelHandlerContext) -> None:
        """Go on where there is room again."""
        if ctx.channel.is_writable:
            self.session.pump()
            ctx.flush()
        ctx.fire_channel_writability_changed()

    def user_event_triggered(self, ctx: ChannelHandlerContext, event: object) -> None:
        """Give up who was silent for one and a half times its keep-alive (MQTT-3.1.2-22 of 5, -24 of 3.1.1)."""
        if isinstance(event, IdleStateEvent):
            self.end(ctx, MqttReasonCode.KEEP_ALIVE_TIMEOUT)
        else:
            ctx.fire_user_event_triggered(event)

    def exception_caught(self, ctx: ChannelHandlerContext, error: Exception) -> None:
        """Tell a client of MQTT 5 what was wrong, and close."""
        if isinstance(error, TooLongFrameError):
            reason = MqttReasonCode.PACKET_TOO_LARGE
        elif isinstance(error, CorruptedMqttPacketError):
            reason = error.reason_code
        else:
            reason = MqttReasonCode.UNSPECIFIED_ERROR
        if isinstance(error, NettyError | OSError):
            log.info("%r ended: %s", self.session.client_id, error)
        else:
            log.error("%r ended by an error of ours", self.session.client_id, exc_info=error)
        self.end(ctx, reason)

    def end(self, ctx: ChannelHandlerContext, reason: MqttReasonCode) -> None:
        """Say why the connection ends, where the version has words for it, and end it; the will is published."""
        if self.is_5 and ctx.channel.is_active and not self.has_ended:
            ctx.write_and_flush(MqttDisconnectMessage(reason))
            ctx.channel.linger(LINGER_SECONDS)
        self.has_ended = True
        ctx.close()

    def channel_inactive(self, ctx: ChannelHandlerContext) -> None:
        """The client has gone, whoever ended it."""
        self.broker.disconnect(self.session, ctx.channel)
        self.broker.flush()
        ctx.fire_channel_inactive()
