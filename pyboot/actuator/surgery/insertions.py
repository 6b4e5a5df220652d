"""Insertions: handlers that stand in running pipelines for a while, each with its end.

The law of surgery. What is put in is in the log, with who did it, and so is its end. It ends when its time is over, when somebody takes it
out, or when the application stops, whatever comes first, and then no pipeline has it any more: each channel is told on its own loop. There
are at most `MOST` at once, none for longer than `MOST_SECONDS`. A connection that is made meanwhile gets it as well, where it is for a
whole server. One that closes takes its handler with it.
"""

import asyncio
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, Final, final

from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.network.live import LiveChannels, on_loop_of
from pyboot.boot import Component, Phase, PreDestroy
from pyboot.components.netty import Channel
from pyboot.components.netty.errors import LoopEndedError
from pyboot.netty.pipeline.codec import AnyHandler
from pyboot.netty.servers import NettyServers

from .kinds import Kind, Place

_log = logging.getLogger(__name__)

MOST: Final = 16
MOST_SECONDS: Final = 3600.0


@final
class Insertion:
    """Handlers of one *kind*, put in by *who* until *until*, each in one channel."""

    def __init__(self, id: str, kind: Kind, place: Place, target: str, who: str, until: datetime, ended: Callable[[], object]) -> None:
        """Begin with none."""
        self.id = id
        self.kind = kind
        self.target = target
        self.who = who
        self.until = until
        self.handlers: dict[Channel, AnyHandler] = {}
        self.undo = ExitStack()
        self.missed = 0  # channels without the neighbour
        self._place = place
        self._name = f"inserted-{id}"
        self._has_ended = False
        self._ended = ended

    def put(self, server: str, channel: Channel) -> None:
        """Put a handler into *channel*. On its loop."""
        if self._has_ended or channel.close_future.is_done or channel in self.handlers:
            return
        handler = self.kind.make(server)
        if self._place.put(channel, handler, self._name, wants_bytes=self.kind.bytes):
            self.handlers[channel] = handler
            channel.close_future.add_listener(lambda _: self.handlers.pop(channel, None) if self.kind.name != "counting" else None)
        else:
            self.missed += 1

    def take(self, channel: Channel) -> None:
        """Take the handler out of *channel*. On its loop."""
        handler = self.handlers.get(channel)
        if handler is not None:
            channel.pipeline().remove_if_exists(handler)

    async def end(self, why: str) -> None:
        """Take the handlers out everywhere, once."""
        if self._has_ended:
            return
        self._has_ended = True
        self.undo.close()
        for channel in list(self.handlers):
            try:
                await on_loop_of(channel, lambda channel=channel: self.take(channel))  # type: ignore[misc]  # bound now
            except LoopEndedError:
                continue  # and with it all its channels
        _log.warning("%s of %s, put in by %s, is taken out again: %s", self.kind.name, self.target, self.who, why)
        self._ended()

    def shown(self) -> dict[str, Any]:
        """Return what is told of it."""
        return {
            "id": self.id,
            "kind": self.kind.name,
            "target": self.target,
            "by": self.who,
            "until": self.until,
            "channels": sum(not channel.close_future.is_done for channel in self.handlers),
            "missed": self.missed,
            **self.kind.found(list(self.handlers.values())),
        }


@final
@Component
class Insertions:
    """All of them; a lifecycle bean that ends right before the management server, so that who reads a capture hears of its end."""

    phase = Phase.MANAGEMENT + 1
    keeps_alive = False

    def __init__(self, servers: NettyServers, live: LiveChannels) -> None:
        """Take the servers and their connections."""
        self._servers = servers
        self._live = live
        self._all: dict[str, Insertion] = {}
        self._numbers = count(1)
        self._ending: set[asyncio.Task[None]] = set()

    def __iter__(self) -> Iterator[Insertion]:
        """Iterate over those that stand."""
        return iter(list(self._all.values()))

    def get(self, id: str) -> Insertion | None:
        """Return the one with that *id*."""
        return self._all.get(id)

    async def insert(self, kind: Kind, place: Place, channel: str | None, server: str | None, seconds: float, who: str) -> Insertion:
        """Put handlers of *kind* into one *channel*, or into all of a *server* and those that come, for *seconds*.

        Raises:
            InvalidEndpointRequestError: there is no such channel or server, both or none are named, the neighbour is not there, the time
                is out of range, or too many stand already.
        """
        self._refuse(place, channel, server, seconds)
        found = None if channel is None else await self._live.find(channel)
        if channel is not None and found is None:
            raise InvalidEndpointRequestError(f"no connection '{channel}' is open")
        id = str(next(self._numbers))
        target = f"the connection {channel}" if channel is not None else f"the server '{server}'"
        made = Insertion(id, kind, place, target, who, datetime.now(UTC) + timedelta(seconds=seconds), lambda: self._all.pop(id, None))
        self._all[id] = made
        _log.warning("%s is put into pipelines of %s by %s for %g s", kind.name, target, who, seconds)
        timer = asyncio.get_running_loop().call_later(seconds, self._end, made)
        made.undo.callback(timer.cancel)
        try:
            await self._put(made, server, found)
        except BaseException:
            await made.end("it could not be put in")
            raise
        return made

    async def _put(self, made: Insertion, server: str | None, found: tuple[str, Channel] | None) -> None:
        if found is not None:
            name, channel = found
            await on_loop_of(channel, lambda: made.put(name, channel))
            if made.missed:
                raise InvalidEndpointRequestError(f"there is no such neighbour in the pipeline {channel.pipeline().names()}")
        elif server is not None:
            made.undo.enter_context(self._servers.bound[server].connections.also_filled(lambda new: made.put(server, new)))
            async for name, each in self._live.all(server):
                await on_loop_of(each, lambda name=name, each=each: made.put(name, each))  # type: ignore[misc]  # bound now

    def _refuse(self, place: Place, channel: str | None, server: str | None, seconds: float) -> None:
        if (channel is None) is (server is None):
            raise InvalidEndpointRequestError("name a channel by its id, or a server, and not both")
        if server is not None and server not in self._servers.bound:
            raise InvalidEndpointRequestError(f"no server '{server}' listens; there are {', '.join(self._servers.names) or 'none'}")
        if place.before is not None and place.after is not None:
            raise InvalidEndpointRequestError("name the handler before which it stands, or after which, and not both")
        if not 0 < seconds <= MOST_SECONDS:
            raise InvalidEndpointRequestError(f"{seconds:g} seconds, allowed are up to {MOST_SECONDS:g}")
        if len(self._all) >= MOST:
            raise InvalidEndpointRequestError(f"{MOST} insertions stand already: take one out, or wait for its end")

    def _end(self, made: Insertion) -> None:
        task = asyncio.get_running_loop().create_task(made.end("its time is over"))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    def start(self) -> None:
        """None is there yet."""

    async def stop(self) -> None:
        """End all of them."""
        await self.end()

    @PreDestroy
    async def end(self) -> None:
        """End all of them, also what came while the management server ended."""
        for each in self:
            await each.end("the application stops")
        if self._ending:
            await asyncio.wait(self._ending)
