"""What the broker allows: the settings below `mqtt`."""

from pydantic import BaseModel, ByteSize, Field, SecretStr

from pyboot.boot import ConfigurationProperties


@ConfigurationProperties("mqtt")
class MqttLimits(BaseModel):
    """Settings of the broker; each is a limit, for nothing that a client asks for is unbounded."""

    users: dict[str, SecretStr] = Field(default={}, description="Names and passwords; none: anybody may connect.")
    connect_seconds: float = Field(10, gt=0, description="Within which CONNECT must come.")
    keep_alive_maximum: int = Field(0, ge=0, le=65535, description="The longest keep-alive of MQTT 5, in seconds; 0: as the client likes.")
    max_packet: ByteSize = Field(ByteSize(256 * 1024), description="The longest packet, told to clients of MQTT 5; see application.yaml.")
    receive_maximum: int = Field(64, ge=1, le=65535, description="Messages of QoS 2 that a client may have under way to us.")
    topic_alias_maximum: int = Field(32, ge=0, le=65535, description="Aliases of topics that a client may set.")
    max_inflight: int = Field(
        64, ge=1, le=65535, description="Messages of QoS 1 and 2 under way to one client; its own maximum may be less."
    )
    max_queued: int = Field(1000, ge=0, description="Messages that wait for one client, connected or not; more are dropped.")
    max_queued_bytes: ByteSize = Field(ByteSize(1024 * 1024), description="The same, in bytes of their payloads.")
    max_memory: ByteSize = Field(ByteSize(256 * 1024 * 1024), description="What waits for all clients together, in bytes of payloads.")
    max_subscriptions: int = Field(1000, ge=1, description="Filters of one client.")
    max_levels: int = Field(32, ge=1, description="Levels of a topic or filter.")
    max_sessions: int = Field(100_000, ge=1, description="Sessions, those of clients that have gone included.")
    max_retained: int = Field(100_000, ge=0, description="Retained messages.")
    max_retained_bytes: ByteSize = Field(ByteSize(64 * 1024 * 1024), description="The same, in bytes of their payloads.")
    session_expiry_seconds: int = Field(7 * 24 * 3600, ge=0, description="The longest that a session is kept for a client that has gone.")
    status_seconds: float = Field(10, ge=0, description="How often $SYS/broker is published; 0: never.")
