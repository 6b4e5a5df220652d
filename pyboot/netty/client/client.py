"""NettyClient: a connection that the application opens, and that comes back by itself whenever it is lost.

As a decorator it labels a class, as a type of a parameter it is the bean that is injected; what is injected is made by `NettyClients`.

Theory of operation. A `Reconnecting` makes the connections, one after the other, and tells the client of each move; the client keeps
the state (``state.py`` has the table), wakes who waits for a connection, and decides about what is written while there is none. A loss
is noticed in the very moment that the channel closes, not when the reconnecting task has its next turn: nothing is handed to a channel
that is known to be gone. All state belongs to one loop, the application's or one of the group that `netty.clients.<name>.group` names;
operations from elsewhere are carried there, and events are carried back to the application's loop.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self, cast, final, overload

from pyboot.components.netty import AttributeKey, Channel, ChannelPromise
from pyboot.components.netty.buffer.message import release
from pyboot.components.netty.channel.promise import DONE
from pyboot.components.netty.errors import HandlerNotFoundError, LoopEndedError
from pyboot.components.netty.handler.request import Asks
from pyboot.components.netty.transport.reconnecting import Reconnecting
from pyboot.components.netty.transport.threadsafe import run_on_loop
from pyboot.netty.annotations import NettyClientLabel

from .elsewhere import Elsewhere
from .errors import ClientTimeoutError, ClientUnavailableError, OutageQueueFullError
from .events import ClientConnected, ClientDisconnected, ClientGaveUp, ClientWaiting
from .moves import LoggedMoves
from .outage import OutageQueue
from .state import ENDS, ClientState, moved
from .wiring import Wiring, unwired

_log = logging.getLogger("pyboot.netty.client")

# The attribute of a channel that names its client.
OF_CHANNEL: Final[AttributeKey["NettyClient"]] = AttributeKey("netty client")


class ClientStatistics(NamedTuple):
    """The story of a client so far: connections made and lost, attempts that failed, and what waits for a connection."""

    connected: int
    lost: int
    failed: int
    queued: int
    queued_bytes: int


@final
class NettyClient:
    """A client whose connection comes back by itself.

    As a decorator, ``@NettyClient(host="10.0.0.5", port=9000)``, it labels a class, which may hold ``pipeline``, the codecs in front of
    the handler beans. What stands there are defaults; the settings ``netty.clients.<name>.*`` win, and make clients without a class too.
    Injected, ``def __init__(self, upstream: NettyClient)``, it is that client; of several the one that is called like the parameter, or
    that ``Annotated[NettyClient, Qualifier("upstream")]`` says.

    Args:
        host: where to connect to.
        port: the port there.
        name: the client's name in settings, logs and ``client=``; default: the class name without ``Client``, in kebab-case.
    """

    if TYPE_CHECKING:  # a checker sees a decorator that gives the class back; what is injected nobody makes by hand

        @overload
        def __new__(cls, *, host: str | None = None, port: int | None = None, name: str | None = None) -> Self: ...
        @overload  # bare; mypy asks a __new__ for an instance of its class, while a decorator gives what it stands on
        def __new__[T](cls, target: type[T], /) -> type[T]: ...  # type: ignore[misc]
        def __new__(cls, *_: object, **__: object) -> Any: ...

        def __call__[T](self, target: T, /) -> T:
            raise NotImplementedError

    else:

        def __new__(cls, target: Any = None, /, *, host: str | None = None, port: int | None = None, name: str | None = None) -> Any:
            label = NettyClientLabel(host, port, name)
            return label if target is None else label(target)

    _wiring: Wiring
    _loop: asyncio.AbstractEventLoop | None
    _state: ClientState
    _channel: Channel | None
    _reconnecting: Reconnecting[Channel] | None
    _draining: asyncio.Task[None] | None
    _cause: Exception | None
    _attempts: int
    _waiting: set[asyncio.Future[Channel]]
    _counts: list[int]

    @classmethod
    def wired(cls, name: str) -> "NettyClient":
        """Make a client called *name* that cannot do anything before it is given its wiring by `wire`."""
        client = object.__new__(cls)
        client._wiring = unwired(name)
        client._loop = client._channel = client._reconnecting = client._draining = client._cause = None
        client._state = ClientState.NEW
        client._attempts = 0
        client._waiting = set()
        client._counts = [0, 0, 0]
        return client

    def wire(self, wiring: Wiring) -> None:
        """Take what the client is made of; from here on it belongs to the loop that is said there, or to the running one."""
        self._wiring = wiring
        self._loop = asyncio.get_running_loop() if wiring.loop is None else wiring.loop

    # What users ask.

    @property
    def name(self) -> str:
        """The client's name; of an instance that of its group, a dot, and its key."""
        return self._wiring.name

    @property
    def where(self) -> str:
        """The place it connects to: host and port, or a path."""
        return self._wiring.where

    @property
    def state(self) -> ClientState:
        """Its state at the moment."""
        return self._state

    @property
    def is_connected(self) -> bool:
        """True while there is a connection."""
        return self._state is ClientState.CONNECTED

    @property
    def channel(self) -> Channel | None:
        """The connection that is there now; the next one is another channel."""
        return self._channel

    @property
    def attempts(self) -> int:
        """The number of attempts failed and connections lost in a row; a connection that lasts `reconnect.stable-after` ends the row."""
        if self._state is ClientState.CONNECTED and self._reconnecting is not None:
            return self._reconnecting.failures
        return self._attempts

    @property
    def cause(self) -> Exception | None:
        """The error of the last attempt that failed or the last connection that was lost; None where neither has happened."""
        return self._cause

    def statistics(self) -> ClientStatistics:
        """Count what has become of it so far."""
        connected, lost, failed = self._counts
        queue = self._wiring.queue
        return ClientStatistics(connected, lost, failed, 0 if queue is None else len(queue), 0 if queue is None else queue.bytes)

    @staticmethod
    def of(channel: Channel) -> "NettyClient":
        """The client that *channel* is a connection of, for handlers that several have. Raises LookupError for any other channel."""
        client = channel.attr(OF_CHANNEL).get()
        if client is None:
            raise LookupError(f"{channel!r} belongs to no client of the application")
        return client

    # What users do, on any loop.

    async def connected(self, timeout: float | None = None) -> Channel:  # noqa: ASYNC109  # it raises what is wrong with the client
        """Wait for a connection and return it; a client that has not begun to connect begins.

        Raises `ClientUnavailableError` when the client gives up or is stopped, `ClientTimeoutError` after *timeout* seconds. If cancelled,
        the client goes on connecting.
        """
        return await run_on_loop(self._own_loop(), self._connected(timeout))

    def write(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """Write *msg* through all handlers of the connection, to go out with the next flush; as `Channel.write`.

        Takes ownership of a ByteBuffer. While there is no connection, `netty.clients.<name>.outage` decides: it raises
        `ClientUnavailableError`, or the message waits for the next connection and goes out first there.
        """
        return self._anywhere(self._write, msg, promise)

    def flush(self) -> Awaitable[Any]:
        """Send what was written."""
        return self._anywhere(self._flush)

    def write_and_flush(self, msg: object, promise: ChannelPromise | None = None) -> Awaitable[Any]:
        """Write *msg* as `write` does, and send it."""
        return self._anywhere(self._write_and_flush, msg, promise)

    async def send(self, msg: object) -> None:
        """Write *msg*, send it, and wait until the network has taken all of it; raises why it did not.

        If cancelled, the message is not sent, unless it is on its way already. What was on its way when the connection was lost fails,
        and may have arrived all the same: only the peer can tell.
        """
        await run_on_loop(self._own_loop(), self._send(msg))

    async def request[Q, A](
        self,
        handler: type[Asks[Q, A]],
        msg: Q,
        /,
        timeout: float | None = None,  # noqa: ASYNC109  # as of `connected`
    ) -> A:
        """Ask by the *handler* of that class in the connection's pipeline; as `RequestResponseHandler.request`, *timeout* in seconds.

        Raises `ClientUnavailableError` while there is no connection, whatever `outage` says; a lazy client begins, and is waited for.
        `HandlerNotFoundError` where the pipeline has none of that class.
        """
        return await run_on_loop(self._own_loop(), self._request(handler, msg, timeout))

    def start(self) -> None:
        """Begin to connect: a lazy client, or one that has given up. Does nothing while it is at work.

        Raises `ClientUnavailableError` where the client was stopped, `LoopEndedError` where the client's loop is closed.
        """
        loop = self._own_loop()
        if self._state is ClientState.STOPPED:
            raise self._unavailable()
        if asyncio._get_running_loop() is not loop:
            try:
                loop.call_soon_threadsafe(self._start)
            except RuntimeError as error:
                raise LoopEndedError(loop) from error
        else:
            self._start()

    def _start(self) -> None:
        if self._state is not ClientState.NEW and self._state is not ClientState.GAVE_UP:
            return
        self._move(ClientState.CONNECTING)
        self._attempts = 0
        self._reconnecting = Reconnecting(self._attempt, self._wiring.backoff, self._wiring.where, _Moves(self), ends_with_close=False)

    async def stop(self) -> None:
        """Close the connection for good: what it has read is finished, what was flushed is delivered, what waits for a connection fails.

        A handler of the connection does not wait for it: it would wait for itself. If cancelled, the connection is cut off.
        """
        if self._loop is None:
            self._state = ClientState.STOPPED
            return
        await run_on_loop(self._loop, self._stop())

    # On the client's loop.

    def _own_loop(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            raise self._unavailable()
        return self._loop

    def _anywhere(self, operation: Callable[..., Awaitable[Any]], *arguments: Any) -> Awaitable[Any]:
        loop = self._own_loop()
        return operation(*arguments) if asyncio._get_running_loop() is loop else Elsewhere(loop, self.name, operation, *arguments)

    def _direct(self) -> Channel | None:
        """The channel that takes a message at once: there is one, and nothing waits to go first."""
        queue = self._wiring.queue
        return self._channel if not queue else None

    def _write(self, msg: object, promise: ChannelPromise | None) -> Awaitable[Any]:
        channel = self._direct()
        return self._keep(msg, promise) if channel is None else channel.write(msg, promise)

    def _write_and_flush(self, msg: object, promise: ChannelPromise | None) -> Awaitable[Any]:
        channel = self._direct()
        return self._keep(msg, promise) if channel is None else channel.write_and_flush(msg, promise)

    def _flush(self) -> Awaitable[Any]:
        return DONE if self._channel is None else self._channel.flush()  # what waits for a connection is flushed there

    async def _request[Q, A](self, kind: type[Asks[Q, A]], msg: Q, seconds: float | None) -> A:
        channel = await self._connected(seconds) if self._state is ClientState.NEW else self._channel
        handler: Any = None if channel is None else channel.pipeline().get(cast(Any, kind))  # what it is to a checker, `kind` says
        if handler is None:
            release(msg)
            raise self._unavailable() if channel is None else HandlerNotFoundError(kind, channel.pipeline().names())
        answer: A = await handler.request(msg, seconds)
        return answer

    async def _send(self, msg: object) -> None:
        promise = ChannelPromise()  # of no channel: it may wait for the next one
        self._write_and_flush(msg, promise)
        try:
            await promise
        except asyncio.CancelledError:
            promise.cancel()
            raise

    def _keep(self, msg: object, promise: ChannelPromise | None) -> Awaitable[Any]:
        """Let *msg* wait for the next connection, or refuse it. A promise that is given hears of it, else it is raised.

        Raises ValueError for a promise that another operation has, as a channel does.
        """
        if promise is not None and promise.is_cancelled:
            release(msg)
            return promise
        if self._state is ClientState.NEW:
            self.start()
        queue = self._wiring.queue
        if queue is None or self._state in ENDS:
            refused = self._unavailable()
        else:
            kept = ChannelPromise() if promise is None else promise
            try:
                if queue.add(msg, kept):
                    return kept
            except ValueError:
                release(msg)
                raise
            refused = self._unavailable(OutageQueueFullError)
        release(msg)
        if promise is None:
            raise refused
        promise.try_failure(refused)
        return promise

    async def _connected(self, timeout: float | None) -> Channel:  # noqa: ASYNC109  # as above
        if self._channel is not None:
            return self._channel
        if self._state is ClientState.NEW:
            self.start()
        if self._state in ENDS:
            raise self._unavailable()
        waiter: asyncio.Future[Channel] = asyncio.get_running_loop().create_future()
        self._waiting.add(waiter)
        try:
            async with asyncio.timeout(timeout):
                return await waiter
        except TimeoutError:
            raise self._unavailable(ClientTimeoutError) from None
        finally:
            self._waiting.discard(waiter)

    async def _attempt(self) -> Channel:
        return await self._wiring.attempt(self)

    async def _stop(self) -> None:
        if self._state is not ClientState.STOPPED:
            self._move(ClientState.STOPPED)
            self._refuse_waiting()
        try:
            if self._reconnecting is not None:
                await self._reconnecting.stop()
        finally:
            await self._wiring.close_connections()

    # What the reconnecting tells.

    def _has_connected(self, channel: Channel) -> None:
        if self._state is ClientState.STOPPED:
            channel.close()
            return
        self._move(ClientState.CONNECTED)
        self._channel = channel
        self._counts[0] += 1
        self._publish(ClientConnected(self, channel, self._attempts))
        channel.close_future.add_listener(lambda _: self._has_lost(channel))
        if self._channel is None:
            return  # it was gone already
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_result(channel)
        if self._wiring.queue:
            self._draining = channel.loop.create_task(self._drain(channel, self._wiring.queue), name=f"what has waited for {self.name}")

    async def _drain(self, channel: Channel, queue: OutageQueue) -> None:
        """Send what has waited, in order, no faster than the peer takes it; what is written meanwhile waits behind it."""
        try:
            while queue and self._channel is channel:
                msg, promise = queue.take()
                try:
                    channel.write_and_flush(msg, promise)
                except ValueError as error:  # a promise of another channel
                    promise.try_failure(error)
                await channel.writability
        except ConnectionError:
            pass  # it was lost: what is left waits for the next

    def _has_lost(self, channel: Channel) -> None:
        if self._channel is not channel:
            return
        self._channel = None
        if self._state is ClientState.CONNECTED:
            self._move(ClientState.WAITING)
        self._counts[1] += 1
        cause = channel.close_cause
        self._publish(ClientDisconnected(self, channel, cause if isinstance(cause, Exception) else None))

    def _is_waiting(self, failures: int, seconds: float, error: Exception) -> None:
        if self._state is ClientState.STOPPED:
            return
        if self._state is not ClientState.WAITING:
            self._counts[2] += 1
            self._move(ClientState.WAITING)
        self._attempts = failures
        self._cause = error
        self._publish(ClientWaiting(self, self._attempts, error, seconds))

    def _is_over(self, error: Exception | None) -> None:
        """Nothing is tried any more: given up, or stopped, which has been seen to already."""
        if error is None or self._state is ClientState.STOPPED:
            return
        if self._state is ClientState.CONNECTING:
            self._counts[2] += 1
        self._attempts += 1
        self._cause = error
        self._move(ClientState.GAVE_UP)
        self._refuse_waiting()
        self._publish(ClientGaveUp(self, self._attempts, error))

    def _refuse_waiting(self) -> None:
        """Tell all who wait for a connection, and what waits for one, that there will be none."""
        error = self._unavailable()
        for waiter in self._waiting:
            if not waiter.done():
                waiter.set_exception(error)
        queue = self._wiring.queue
        if queue and (unheard := queue.fail_all(error)):
            _log.warning("%d messages that waited for a connection are not sent: %s", unheard, error)

    def _move(self, following: ClientState) -> None:
        self._state = moved(self._state, following)

    def _publish(self, event: object) -> None:
        self._wiring.publish(event)

    def _unavailable(self, kind: type[ClientUnavailableError] = ClientUnavailableError) -> ClientUnavailableError:
        return kind(self._wiring.name, self._wiring.where, self._state, self.attempts, self._cause)

    def __repr__(self) -> str:
        tried = f", {self.attempts} attempts" if self.attempts else ""
        return f"<NettyClient {self._wiring.name} to {self._wiring.where} {self._state.value}{tried}>"


class _Moves(LoggedMoves):
    """Hands the moves of the reconnecting to the client, too."""

    def __init__(self, client: NettyClient) -> None:
        super().__init__(client.name, client.where, client._wiring.log, client._own_loop())
        self._client = client

    def attempting(self) -> None:
        if self._client._state is ClientState.WAITING:
            self._client._move(ClientState.CONNECTING)

    def connected(self, channel: Channel, failures: int) -> None:
        super().connected(channel, failures)
        self._client._has_connected(channel)

    def waiting(self, what: str, error: Exception, failures: int, seconds: float) -> None:
        self._client._is_waiting(failures, seconds, error)
        super().waiting(what, error, failures, seconds)

    def over(self, error: Exception | None) -> None:
        super().over(error)
        self._client._is_over(error)
