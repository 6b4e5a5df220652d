"""The built-in handlers that watch, bound or record what passes and change no message."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

import pyboot.components.netty as netty
from pyboot.boot import DataSize, Duration
from pyboot.netty.pipeline.codec import Codec


def _not_negative(value: timedelta) -> timedelta:
    if value < timedelta(0):
        raise ValueError("a time below 0 is none; 0s means never")
    return value


def _positive(value: timedelta) -> timedelta:
    if value <= timedelta(0):
        raise ValueError("it must be longer than 0s")
    return value


Patience = Annotated[Duration, AfterValidator(_not_negative)]
Time = Annotated[Duration, AfterValidator(_positive)]
Rate = Annotated[DataSize, Field(ge=0)]

_NEVER = timedelta(0)


@Codec("logging")
def logging(
    level: Annotated[Literal["debug", "info", "warning", "error"], Field(description="As what each event is logged.")] = "debug",
    logger: Annotated[str, Field(description="The name of the logger.")] = "pyboot.components.netty.handler.LoggingHandler",
    content: Annotated[Literal["hex-dump", "simple"], Field(description="Whether bytes are shown, or only how many.")] = "hex-dump",
) -> netty.LoggingHandler:
    """Logs every event; text that a peer sent is escaped."""
    return netty.LoggingHandler(level.upper(), logger, "simple" if content == "simple" else "hex_dump")


@Codec("idle")
def idle(
    reader: Annotated[Patience, Field(description="Without a read; 0s: never.")] = _NEVER,
    writer: Annotated[Patience, Field(description="Without the network having taken anything that was written; 0s: never.")] = _NEVER,
    all: Annotated[Patience, Field(description="Without either; 0s: never.")] = _NEVER,
) -> netty.IdleStateHandler:
    """Tells the handlers behind it by an `IdleStateEvent` that nothing was read or written for a while; closes nothing."""
    return netty.IdleStateHandler(reader.total_seconds(), writer.total_seconds(), all.total_seconds())


@Codec("read-timeout")
def read_timeout(after: Annotated[Time, Field(description="How long nothing may be read.")]) -> netty.ReadTimeoutHandler:
    """Closes the connection of a peer that sends nothing for too long."""
    return netty.ReadTimeoutHandler(after.total_seconds())


@Codec("write-timeout")
def write_timeout(after: Annotated[Time, Field(description="How long each write may take.")]) -> netty.WriteTimeoutHandler:
    """Closes the connection of a peer that takes a write not in time."""
    return netty.WriteTimeoutHandler(after.total_seconds())


@Codec("heartbeat")
def heartbeat(
    interval: Annotated[Time, Field(description="Without a write until one is made.")] = timedelta(seconds=30),
    timeout: Annotated[Patience | None, Field(description="Without a read until a peer is given up; 0s: never; none: 3 intervals.")] = None,
    payload: Annotated[str, Field(description="What is written, as UTF-8; the same of the peer goes no further.")] = "\0",
    end: Annotated[str, Field(description="What is put behind each payload that is written, where frames come without it.")] = "",
) -> netty.HeartbeatHandler:
    """Writes something when nothing was written for a while, and gives up a silent peer; put it behind what cuts frames."""
    patience = None if timeout is None else timeout.total_seconds()
    return netty.HeartbeatHandler(interval.total_seconds(), patience, payload.encode(), end.encode())


@Codec("traffic-shaping")
def traffic_shaping(
    write_limit: Annotated[Rate, Field(description="Bytes a second out; 0: any number.")] = 0,
    read_limit: Annotated[Rate, Field(description="Bytes a second in; 0: any number.")] = 0,
    max_wait: Annotated[Time, Field(description="That a message waits behind the one before it.")] = timedelta(seconds=15),
) -> netty.ChannelTrafficShapingHandler:
    """Bounds the bytes a second of each connection."""
    return netty.ChannelTrafficShapingHandler(write_limit, read_limit, max_wait_seconds=max_wait.total_seconds())


@Codec("global-traffic-shaping")
def global_traffic_shaping(
    write_limit: Annotated[Rate, Field(description="Bytes a second out, of all connections; 0: any number.")] = 0,
    read_limit: Annotated[Rate, Field(description="Bytes a second in, of all connections; 0: any number.")] = 0,
    write_channel_limit: Annotated[Rate, Field(description="Bytes a second out, of each connection besides; 0: any number.")] = 0,
    read_channel_limit: Annotated[Rate, Field(description="Bytes a second in, of each connection besides; 0: any number.")] = 0,
    max_wait: Annotated[Time, Field(description="That a message waits behind the one before it.")] = timedelta(seconds=15),
) -> netty.GlobalChannelTrafficShapingHandler:
    """Bounds the bytes a second of all connections of one pipeline together, and of each of them besides."""
    return netty.GlobalChannelTrafficShapingHandler(
        write_limit, read_limit, write_channel_limit, read_channel_limit, max_wait_seconds=max_wait.total_seconds()
    )


@Codec("ip-filter")
def ip_filter(
    allow: Annotated[list[str] | None, Field(description="Addresses and networks that may connect; none: all.")] = None,
    deny: Annotated[list[str] | None, Field(description="Those that may not, whatever else says.")] = None,
) -> netty.ListRemoteAddressFilter:
    """Lets peers in by their address: ``10.0.0.0/8``, or one address."""
    return netty.ListRemoteAddressFilter(deny, allow)


@Codec("ip-rules")
def ip_rules(
    rules: Annotated[
        list[dict[Literal["accept", "reject"], str]], Field(min_length=1, description="In their order: accept or reject, and a network.")
    ],
    otherwise: Annotated[Literal["accept", "reject"], Field(description="What happens to peers in none of them.")] = "accept",
) -> netty.RuleBasedIpFilter:
    """Lets peers in by the first rule whose network they are in: ``[{accept: 10.0.0.0/8}, {reject: 0.0.0.0/0}]``."""
    read = [netty.IpSubnetFilterRule(network, action) for rule in rules for action, network in rule.items()]
    return netty.RuleBasedIpFilter(*read, accept_if_not_found=otherwise == "accept")


@Codec("unique-ip")
def unique_ip() -> netty.UniqueIpFilter:
    """Lets one connection of each address in."""
    return netty.UniqueIpFilter()


@Codec("flush-consolidation")
def flush_consolidation(
    max_flushes: Annotated[int, Field(ge=1, description="How many flushes are held back at most.")] = 256,
    outside_reads: Annotated[bool, Field(description="Whether flushes outside of a read are held back too.")] = False,
) -> netty.FlushConsolidationHandler:
    """Flushes once at the end of a read, however often handlers ask for it; put it first."""
    return netty.FlushConsolidationHandler(max_flushes, outside_reads)


@Codec("flow-control")
def flow_control() -> netty.FlowControlHandler:
    """Gives one message for each read that is asked for, where ``auto_read`` is off; put it behind what cuts frames."""
    return netty.FlowControlHandler()


@Codec("byte-counting")
def byte_counting() -> netty.ByteCountingHandler:
    """Counts bytes and messages of all connections of one pipeline: ``pipeline.get(ByteCountingHandler).statistics()``."""
    return netty.ByteCountingHandler()


@Codec("chunked-write")
def chunked_write() -> netty.ChunkedWriteHandler:
    """Sends large things, as a `ChunkedFile`, piece by piece, no faster than the peer takes them."""
    return netty.ChunkedWriteHandler()
