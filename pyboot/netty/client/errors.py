"""The errors of clients: of how they are described, before anything connects, and of their connections, later.

::

    AssemblyError                         labels and settings do not make a client
    ├── UnknownClientError                a handler, or a question, belongs to a client that is not there
    ├── ClientNameClashError              two classes are one client
    ├── NoClientAddressError              nobody says where a client connects to
    ├── EmptyClientPipelineError          a client with nothing in its pipeline
    ├── ClientSettingError                settings of a client do not go together
    └── RequiredClientError               a client that the application cannot do without is not connected in time

    ChannelError
    └── NoHostReachedError                none of several hosts took the connection (also a ConnectionError)
    ClosedChannelError (also a ConnectionError)
    └── ClientUnavailableError            nothing can be sent: there is no connection
        ├── ClientTimeoutError            there is none after the time that somebody would wait (also a TimeoutError)
        └── OutageQueueFullError          there is none, and too much waits for one already
"""

from collections.abc import Sequence

from pyboot.components.netty.address import address_text
from pyboot.components.netty.errors import ChannelError, ClosedChannelError
from pyboot.netty.errors import AssemblyError

from .state import ClientState


class UnknownClientError(AssemblyError):
    """*subject* belongs to the client *client*; only *known* are there."""

    code = "PB-N101"
    subject: str
    client: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        there = f"There are: {', '.join(self.known)}" if self.known else "There is no client in the application"
        return f"{self.subject} belongs to the client '{self.client}', which is not there. {there}."

    @property
    def action(self) -> str:
        """The nearest name, or how to add a client."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return (
            f"Use the name of a client that is there, label a class with @NettyClient(name={self.client!r}, host=..., port=...), "
            f"or set netty.clients.{self.client}.host and port."
        )


class ClientNameClashError(AssemblyError):
    """Both *first* and *second* are the client *name*."""

    code = "PB-N103"
    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"Two classes are the client '{self.name}': {self.first} and {self.second}."

    @property
    def action(self) -> str:
        """Rename one."""
        return (
            f"Give one of them another name: @NettyClient(name=...). For several connections of one kind, set netty.clients.{self.name}"
            ".instances."
        )


class NoClientAddressError(AssemblyError):
    """Nobody says *what* of the client *name*, described at *place*."""

    code = "PB-N104"
    name: str
    what: str
    place: str

    def __str__(self) -> str:
        return f"The client '{self.name}' ({self.place}) has no {self.what} to connect to."

    @property
    def action(self) -> str:
        """Say it, in the label or in the settings."""
        missing = self.what.partition(" ")[0]
        return f"Set netty.clients.{self.name}.{missing}, or write @NettyClient(host=..., port=...)."


class EmptyClientPipelineError(AssemblyError):
    """The client *client*, described at *place*, has nothing in its pipeline."""

    code = "PB-N105"
    client: str
    place: str

    def __str__(self) -> str:
        return f"The client '{self.client}' ({self.place}) has nothing in its pipeline: it would read bytes and drop them."

    @property
    def action(self) -> str:
        """Give it codecs or a handler."""
        return f"Label a handler with @ChannelHandlerBean(client={self.client!r}), or give it codecs: pipeline = ['line', 'string']."


class ClientSettingError(AssemblyError):
    """The settings of the client *client*, described at *place*, do not go together: *reason*; *remedy* is what to do."""

    code = "PB-N106"
    client: str
    place: str
    reason: str
    remedy: str

    def __str__(self) -> str:
        return f"The client '{self.client}' ({self.place}) cannot be set up like that: {self.reason}."

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return self.remedy


class RequiredClientError(AssemblyError):
    """The client *client* is required, and has no connection to *where* after *seconds*; *reason* is the last failure."""

    code = "PB-N107"
    client: str
    where: str
    seconds: float
    reason: str

    def __str__(self) -> str:
        return f"The client '{self.client}' is required, and not connected to {self.where} after {self.seconds:g} s: {self.reason}."

    @property
    def action(self) -> str:
        """Start the peer, wait longer, or do without."""
        return (
            f"Start what listens there, or correct netty.clients.{self.client}.host and port. netty.clients.{self.client}.start-timeout "
            f"says how long a start waits; with netty.clients.{self.client}.required=false it goes on without the peer."
        )


class NoHostReachedError(ChannelError, ConnectionError):
    """None of several hosts of a client took the connection; *failures* says of each place why not."""

    def __init__(self, failures: Sequence[tuple[tuple[str, int] | str, Exception]]) -> None:
        super().__init__(failures)
        self.failures = tuple(failures)

    def __str__(self) -> str:
        each = "; ".join(f"{address_text(place)}: {error}" for place, error in self.failures)
        return f"none of {len(self.failures)} hosts was reached: {each}"


class ClientUnavailableError(ClosedChannelError):
    """Nothing can be sent by *client* to *where*: its *state*, its failed *attempts* in a row and the last *cause* say why."""

    def __init__(self, client: str, where: str, state: ClientState, attempts: int, cause: BaseException | None) -> None:
        super().__init__(client, where, state, attempts, cause)
        self.client = client
        self.where = where
        self.state = state
        self.attempts = attempts
        self.cause = cause

    def __str__(self) -> str:
        return f"the client '{self.client}' has no connection to {self.where}: it {self.state.value}{self._tried()}"

    def _tried(self) -> str:
        tries = f", {self.attempts} attempt{'' if self.attempts == 1 else 's'} failed" if self.attempts else ""
        return f"{tries}; the last cause: {type(self.cause).__name__}: {self.cause}" if self.cause is not None else tries


class ClientTimeoutError(ClientUnavailableError, TimeoutError):
    """There is no connection after the time that somebody would wait."""


class OutageQueueFullError(ClientUnavailableError):
    """As much waits for a connection, or for its turn on one that is there again, as may (`netty.clients.<name>.outage`)."""

    def __str__(self) -> str:
        if self.state is ClientState.CONNECTED:
            return f"the client '{self.client}' still sends to {self.where} what has waited for a connection, and its queue is full"
        return f"{super().__str__()}; the queue of what waits for it is full"
