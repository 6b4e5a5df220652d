"""ClusterProperties: the settings below `cluster`, each with its default and a sentence."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pyboot.boot import ConfigurationProperties, DataSize, Duration
from pyboot.netty.properties import Settings


def _above_zero(value: timedelta) -> timedelta:
    if value.total_seconds() <= 0:
        raise ValueError(f"{value.total_seconds():g}s is too short; it has to be above zero")
    return value


type Span = Annotated[Duration, AfterValidator(_above_zero)]


class QueueProperties(Settings):
    """`cluster.queue`: what is kept for other nodes while the engine is away; the oldest goes first."""

    messages: int = Field(default=10_000, ge=0, description="Messages at most. Default 10000.")
    size: DataSize = Field(default=8 * 1024 * 1024, ge=0, description="Bytes at most. Default 8MiB.")
    age: Span = Field(default=timedelta(seconds=5), description="How long one is kept. Default 5s.")


class SessionsProperties(Settings):
    """`cluster.sessions`: who owns a user or a device."""

    policy: Literal["replace", "refuse", "many"] = Field(
        default="replace",
        description="What a claim does that does not say: replace the former owner, refuse, or have many. Default replace.",
    )
    buckets: int = Field(default=1024, ge=1, le=1 << 20, description="Parts of the table, for engines that keep it in parts. Default 1024.")


class PresenceProperties(Settings):
    """`cluster.presence`: who is there."""

    linger: Annotated[Duration, Field(ge=timedelta(0))] = Field(
        default=timedelta(seconds=5), description="How long one that left counts as there, so that coming back is no news. Default 5s."
    )
    repair: Span = Field(default=timedelta(seconds=30), description="How often the list is compared with what was told. Default 30s.")


@ConfigurationProperties("cluster")
class ClusterProperties(Settings):
    """The settings below `cluster`; those of an engine stand below its name, `cluster.redis`."""

    engine: str = Field(
        default="local", min_length=1, description="What carries messages between nodes: local, redis, nats. Default local."
    )
    application: str | None = Field(
        default=None, min_length=1, description="The name that all nodes of the application share. Default: pyboot.application.name."
    )
    prefix: str | None = Field(
        default=None, min_length=1, description="What all keys and channels on the engine begin with. Default pb:<application>:"
    )
    name: str = Field(default="node", pattern="^[A-Za-z0-9_.-]{1,60}$", description="The first part of this node's id. Default node.")
    lease: Span = Field(default=timedelta(seconds=10), description="How long a node that is silent counts as there. Default 10s.")
    engine_timeout: Span = Field(
        default=timedelta(seconds=5), description="After how long without its own heartbeat a node takes the engine for lost. Default 5s."
    )
    start_policy: Literal["wait", "continue"] = Field(
        default="wait", description="A start without the engine: wait for it and fail in the end, or continue without. Default wait."
    )
    start_timeout: Span = Field(default=timedelta(seconds=30), description="How long a start waits for the engine. Default 30s.")
    queue: QueueProperties = Field(default_factory=QueueProperties.model_construct, description="What is kept during an outage.")
    sessions: SessionsProperties = Field(default_factory=SessionsProperties.model_construct, description="Who owns what.")
    presence: PresenceProperties = Field(default_factory=PresenceProperties.model_construct, description="Who is there.")
    on_engine_loss: Literal["accept", "refuse"] = Field(
        default="accept", description="A claim while the engine is away: accept it and settle it later, or refuse it. Default accept."
    )

    @model_validator(mode="after")
    def _lease_outlasts_heartbeats(self) -> Self:
        if self.engine_timeout >= self.lease:
            raise ValueError(
                f"engine-timeout ({self.engine_timeout.total_seconds():g}s) must be shorter than lease ({self.lease.total_seconds():g}s), "
                "or a node would be taken for gone before it finds out itself"
            )
        return self

    def prefix_for(self, application: str) -> str:
        """Return what all keys and channels begin with."""
        return self.prefix or f"pb:{self.application or application}:"

    @property
    def refresh_seconds(self) -> float:
        """The seconds between two renewals of the lease: a third, so that two may be lost; 3 at most."""
        return min(3.0, self.lease.total_seconds() / 3.0)
