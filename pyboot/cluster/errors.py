"""The errors of the cluster. Those of the engine come at start, by way of the report, and later as reasons of its loss.

::

    BootError
    └── ClusterError                    the application cannot be one of several nodes
        ├── UnknownEngineError          `cluster.engine` names an engine that is not installed
        ├── EngineExtraError            an engine needs a package that is not installed
        ├── EngineUnreachableError      nobody answers at the engine's address
        ├── EngineRefusedError          the engine answers that we may not
        ├── EngineTooOldError           the engine lacks what is needed
        ├── SharedPrefixError           another application uses the same prefix
        ├── EngineLostError             asked of the engine while there is no connection to it
        ├── TooLargeMessageError        a message for other nodes is too large
        ├── UnserializableMessageError  a message cannot be made into bytes
        ├── GroupNameClashError         two labels make a group of one name
        └── EngineBundleError           the engine's TLS wants an SSL bundle that is not there

Each knows what to do about it: ``action`` is the second half of the report of a failed start.
"""

from collections.abc import Sequence

from pyboot.boot import BootError


class ClusterError(BootError):
    """The application cannot be one of several nodes."""

    code = "PB-C000"

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return "Correct the setting below 'cluster' that is named above."


class UnknownEngineError(ClusterError):
    """The setting ``cluster.engine`` is *name*; *known* are installed, *near* looks like it."""

    code = "PB-C001"
    name: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"cluster.engine is '{self.name}': there is no engine of that name. Installed are: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The nearest name, or the starter that may bring it."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return f"Install the engine (pip install pyboot-starter-cluster-{self.name}), or name one that is there."


class EngineExtraError(ClusterError):
    """The engine *engine* needs *package*, which is not installed."""

    code = "PB-C002"
    engine: str
    package: str

    def __str__(self) -> str:
        return f"The engine '{self.engine}' of the cluster needs the package '{self.package}', which is not installed."

    @property
    def action(self) -> str:
        """The starter that brings it."""
        return f"Install it: pip install pyboot-starter-cluster-{self.engine}"


class EngineUnreachableError(ClusterError):
    """Nobody answers for the engine *engine* at *address*, for the *reason*."""

    code = "PB-C003"
    engine: str
    address: str
    reason: str

    def __str__(self) -> str:
        return f"The engine '{self.engine}' of the cluster cannot be reached at {self.address}: {self.reason}"

    @property
    def action(self) -> str:
        """Start it, correct the address, or start without it."""
        return (
            f"Start the server, or correct the address below cluster.{self.engine}; "
            "cluster.start-policy: continue starts without it, and joins when it is there."
        )


class EngineRefusedError(ClusterError):
    """The engine *engine* at *address* answers that this user may not, with the *reason*."""

    code = "PB-C004"
    engine: str
    address: str
    reason: str

    def __str__(self) -> str:
        return f"The engine '{self.engine}' of the cluster at {self.address} refuses us: {self.reason}"

    @property
    def action(self) -> str:
        """Look at user and password, and what the user may."""
        return f"Look at the user and the password below cluster.{self.engine}, and at what this user may do on the server."


class EngineTooOldError(ClusterError):
    """The engine *engine* at *address* is of *version*; *needed* is the oldest that will do."""

    code = "PB-C005"
    engine: str
    address: str
    version: str
    needed: str

    def __str__(self) -> str:
        return (
            f"The engine '{self.engine}' of the cluster at {self.address} is of version {self.version}; needed is {self.needed} or later."
        )

    @property
    def action(self) -> str:
        """Upgrade it."""
        return f"Upgrade the server to {self.needed} or later, or use another engine."


class SharedPrefixError(ClusterError):
    """Nodes of the application *other* (one is *node*) use the prefix *prefix*, which is that of *application* here."""

    code = "PB-C006"
    prefix: str
    application: str
    other: str
    node: str

    def __str__(self) -> str:
        return (
            f"The prefix '{self.prefix}' is used by another application: '{self.other}' (node {self.node}), "
            f"and this one is '{self.application}'. They would hear each other's messages."
        )

    @property
    def action(self) -> str:
        """A prefix of its own."""
        return "Give each application a prefix of its own (cluster.prefix), or both the same name (cluster.application) if they are one."


class EngineLostError(ClusterError):
    """The engine *engine* is away, for the *reason*; nothing was waited for."""

    code = "PB-C007"
    engine: str
    reason: str

    def __str__(self) -> str:
        return f"The engine '{self.engine}' of the cluster is away: {self.reason}"

    @property
    def action(self) -> str:
        """It comes back by itself."""
        return "The node connects again by itself; ask once more then, or take the last that is known (stale=True)."


class TooLargeMessageError(ClusterError):
    """A message for other nodes has *size* bytes; *limit* are allowed."""

    code = "PB-C008"
    size: int
    limit: int

    def __str__(self) -> str:
        return f"A message of {self.size} bytes is too large for other nodes, the limit is {self.limit} bytes."

    @property
    def action(self) -> str:
        """Send a reference."""
        return "Send what says where to get it (a key, an address) instead of the content."


class UnserializableMessageError(ClusterError):
    """A message of the type *kind* cannot be made into bytes for other nodes, for the *reason*."""

    code = "PB-C009"
    kind: str
    reason: str

    def __str__(self) -> str:
        return f"A message of type {self.kind} cannot be sent to other nodes: {self.reason}"

    @property
    def action(self) -> str:
        """What can be sent."""
        return "Send bytes, str or a ByteBuffer, or give the group a serializer: json, msgpack, or one of yours."


class GroupNameClashError(ClusterError):
    """Both *first* and *second* are labelled with a group *name*."""

    code = "PB-C010"
    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"There are two cluster channel groups '{self.name}': of {self.first} and of {self.second}."

    @property
    def action(self) -> str:
        """Rename one."""
        return "Give one of them another name: @ClusterChannelGroup(...)."


class EngineBundleError(ClusterError):
    """The engine's TLS wants the SSL bundle *bundle*; *known* are there."""

    code = "PB-C011"
    bundle: str
    known: Sequence[str]

    def __str__(self) -> str:
        known = ", ".join(self.known) or "none"
        return f"The engine of the cluster uses the SSL bundle '{self.bundle}', which is not there. There are: {known}."

    @property
    def action(self) -> str:
        """How to add one."""
        return f"Add ssl.bundles.{self.bundle}.truststore.certificate, or name another bundle."
