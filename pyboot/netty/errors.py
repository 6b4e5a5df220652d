"""The errors of servers and handlers as beans, each with its cure (`action`); all but the last three are found before anything is bound.

::

    BootError
    └── AssemblyError                 labels and settings do not make a server
        ├── UnknownCodecError         a pipeline names a codec that nobody registered
        ├── CodecOptionsError         a codec refuses its options
        ├── PipelineEntryError        a pipeline holds something that cannot stand in it
        ├── UnknownServerError        a handler or a setting belongs to a server that is not there
        ├── UnclearServerError        several servers, and a handler (or `netty.port`) that does not say which
        ├── UnclearOwnerError         servers and clients, and a handler that does not say which
        ├── TwoOwnersError            a handler that names a server and a client
        ├── BadPortError              a port that is none
        ├── ServerNameClashError      two classes are one server
        ├── NotAHandlerError          @ChannelHandlerBean on a class that is no ChannelHandler
        ├── EmptyPipelineError        a server with nothing in its pipeline
        ├── CodecNameClashError       two codecs have one name
        ├── MissingExtraError         a codec needs a library that is not installed
        ├── PipelineCheckError        everything that is wrong with the pipelines, at once
        ├── PlanError                 several of these at once (`refusals`)
        ├── UnknownNeighbourError     a handler wants to stand beside something that is not there
        ├── HandlerOrderError         handlers want to stand before and behind each other in a circle
        ├── UnknownBundleError        a server's TLS names a bundle that is not there
        ├── BundleError               the files or options of a bundle are of no use
        ├── UnknownResourceError      a server or client names a group or an allocator that is not there
        ├── CustomizerError           a customizer of bootstraps raised
        ├── BindFailedError           the address is taken, not ours or not allowed
        ├── PathFailedError           the same of a path
        └── NoPortError               host and port are asked of a server that listens on a path
"""

import errno
from collections.abc import Sequence

from pyboot.boot import BootError
from pyboot.boot.model.origin import origin_of
from pyboot.components.netty.address import address_text


class AssemblyError(BootError):
    """Labels and settings do not make a server."""

    code = "PB-N000"
    pipeline = ""  # the owner of the pipeline that it was met in, ``the server 'echo'``, where the facts do not hold it

    @property
    def in_pipeline(self) -> str:
        """The pipeline in which it was met, for a text that does not say it otherwise."""
        return f" (in the pipeline of {self.pipeline})" if self.pipeline else ""

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return "Correct the label or the setting that is named above."


class UnknownCodecError(AssemblyError):
    """A pipeline names the codec *name*; *known* are there, *near* looks like it."""

    code = "PB-N001"
    name: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"There is no codec named '{self.name}'{self.in_pipeline}. Known are: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The nearest name, or how to add a codec."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return f"Use one of the known names, or label a function or a class of your own: @Codec({self.name!r})."


class CodecOptionsError(AssemblyError):
    """The codec *name* refuses options, for the *reasons*; it has the options *known*."""

    code = "PB-N002"
    name: str
    reasons: Sequence[str]
    known: Sequence[str]

    def __str__(self) -> str:
        return f"The codec '{self.name}' cannot be set up like that{self.in_pipeline}:" + "".join(
            f"\n    - {reason}" for reason in self.reasons
        )

    @property
    def action(self) -> str:
        """The options there are."""
        options = ", ".join(name.replace("_", "-") for name in self.known)
        return f"The codec '{self.name}' has the options: {options or 'none'}."


class CodecNameClashError(AssemblyError):
    """Two codecs are called *name*, defined at *first* and *second*."""

    code = "PB-N030"
    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"Two codecs are called '{self.name}':\n    - {self.first}\n    - {self.second}"

    @property
    def action(self) -> str:
        """Rename one."""
        return 'Give one of them another name: @Codec("...").'


class MissingExtraError(AssemblyError):
    """The codec or transport *name* needs *package*, which is not installed; the *extra* of the distribution brings it, if one does."""

    code = "PB-N031"
    name: str
    package: str
    extra: str | None
    kind: str = "codec"

    def __str__(self) -> str:
        return f"The {self.kind} '{self.name}' needs the package '{self.package}', which is not installed{self.in_pipeline}."

    @property
    def action(self) -> str:
        """The extra, or the package."""
        return f"Install it: pip install {f'"pyboot-framework[{self.extra}]"' if self.extra else self.package}."


class UnknownNeighbourError(AssemblyError):
    """The handler *name* in the pipeline of *owner* says ``before=`` or ``after=`` (*said*) of what is not there; *known* is."""

    code = "PB-N032"
    owner: str
    name: str
    said: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        there = ", ".join(self.known) or "nothing else"
        return f"The handler {self.name} says {self.said}, which the pipeline of {self.owner} does not hold. It holds: {there}."

    @property
    def action(self) -> str:
        """The nearest name, or the form of one."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return "Name a codec or a handler of the same pipeline: before='string', after=AuthHandler."


class HandlerOrderError(AssemblyError):
    """The wishes of handlers in the pipeline of *owner* lead from the first of *loop* through the others back to it."""

    code = "PB-N033"
    owner: str
    loop: Sequence[str]

    def __str__(self) -> str:
        return f"The handlers of {self.owner} cannot stand in any order, each behind the one before: {' -> '.join(self.loop)}."

    @property
    def action(self) -> str:
        """Drop one of the wishes."""
        return "Leave out one before= or after= of those that are named; codecs stand as they are listed, handlers behind them by order."


class PipelineCheckError(AssemblyError):
    """Everything that is wrong with the pipelines: each entry of *problems* is a pipeline, what is wrong there, and what to do."""

    code = "PB-N034"
    problems: Sequence[tuple[str, str, str]]

    def __str__(self) -> str:
        by_pipeline: dict[str, list[str]] = {}
        for owner, text, remedy in self.problems:
            by_pipeline.setdefault(owner, []).append(f"\n    - {text}\n      {remedy}")
        return "\n\n".join(f"The pipeline of {owner} cannot work:{''.join(lines)}" for owner, lines in by_pipeline.items())

    @property
    def action(self) -> str:
        """The remedies stand below each of them."""
        return "Do what stands below each entry; `pyboot codecs` tells what goes into a codec and what comes out."


class PipelineEntryError(AssemblyError):
    """The pipeline of *owner* holds *entry*, which cannot stand there: *reason*."""

    code = "PB-N003"
    owner: str
    entry: str
    reason: str

    def __str__(self) -> str:
        return f"The pipeline of {self.owner} holds {self.entry}, which cannot stand there: {self.reason}."

    @property
    def action(self) -> str:
        """The advice: the things that a pipeline is made of."""
        return (
            "A pipeline holds codecs by name ('line') or with options ({'line': {'max-length': '1KiB'}}), handlers labelled "
            "@ChannelHandlerBean by name or class, sharable handlers as objects, and what makes a handler for each connection: a class, "
            "or a function without parameters."
        )


class UnknownServerError(AssemblyError):
    """*subject* belongs to the server *server*; only *known* are there."""

    code = "PB-N004"
    subject: str
    server: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        there = f"There are: {', '.join(self.known)}" if self.known else "There is no class labelled @NettyServer in the application"
        return f"{self.subject} belongs to the server '{self.server}', which is not there. {there}."

    @property
    def action(self) -> str:
        """Name one, or add one."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return (
            f"Use the name of a server that is there, label a class with @NettyServer(name={self.server!r}, port=...), or give "
            f"netty.servers.{self.server} a pipeline: it is a server without a class then."
        )


class UnclearServerError(AssemblyError):
    """*subject* does not say which of *known* it belongs to."""

    code = "PB-N005"
    subject: str
    known: Sequence[str]
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject} does not say which server it belongs to, and there are {len(self.known)}: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The advice: the ways to name a server."""
        return self.remedy


class UnclearOwnerError(AssemblyError):
    """*subject* does not say which of the servers and clients *known* it belongs to; *remedy* is how it says so."""

    code = "PB-N102"
    subject: str
    known: Sequence[str]
    remedy: str

    def __str__(self) -> str:
        return f"{self.subject} does not say what it belongs to, and there are {len(self.known)}: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The advice: a name for each."""
        return f"Say which one: {self.remedy}."


class TwoOwnersError(AssemblyError):
    """*subject* says that it belongs to the server *server* and to the client *client*."""

    code = "PB-N108"
    subject: str
    server: str
    client: str

    def __str__(self) -> str:
        return f"{self.subject} says that it belongs to the server '{self.server}' and to the client '{self.client}'."

    @property
    def action(self) -> str:
        """One each."""
        return "A handler stands in one pipeline: leave server= or client= out, and derive a class for the other."


class BadPortError(AssemblyError):
    """``@NettyServer(port=...)`` of *server* says *port*, which is no port."""

    code = "PB-N010"
    server: str
    port: object

    def __str__(self) -> str:
        return f"The server '{self.server}' has the port {self.port!r}; allowed are 0 to 65535."

    @property
    def action(self) -> str:
        """A port, or a setting for it."""
        return f"Correct @NettyServer(port=...), or set --netty.servers.{self.server}.port=...; 0 takes a free port."


class ServerNameClashError(AssemblyError):
    """Both *first* and *second* are the server *name*."""

    code = "PB-N006"
    name: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"Two classes are the server '{self.name}': {self.first} and {self.second}."

    @property
    def action(self) -> str:
        """Rename one."""
        return "Give one of them another name: @NettyServer(name=...)."


class NotAHandlerError(AssemblyError):
    """*subject* is labelled ``@ChannelHandlerBean`` and is no handler."""

    code = "PB-N007"
    subject: str

    def __str__(self) -> str:
        return f"{self.subject} is labelled @ChannelHandlerBean, but it is no ChannelHandler."

    @property
    def action(self) -> str:
        """Derive from the base class, or drop the label."""
        return "Derive the class from pyboot.netty.ChannelHandler, or use @Component for what is no handler."


class EmptyPipelineError(AssemblyError):
    """The server *server* has nothing in its pipeline."""

    code = "PB-N008"
    server: str

    def __str__(self) -> str:
        return f"The server '{self.server}' has nothing in its pipeline: it would read bytes and drop them."

    @property
    def action(self) -> str:
        """Give it a handler."""
        return f"Label a handler with @ChannelHandlerBean(server={self.server!r})."


class UnknownBundleError(AssemblyError):
    """The TLS of *server*, which may be of another *kind*, wants *bundle*, or None; *known* are there."""

    code = "PB-N013"
    server: str
    bundle: str | None
    known: Sequence[str]
    kind: str = "server"

    def __str__(self) -> str:
        if self.bundle is None:
            return f"The setting netty.{self.kind}s.{self.server}.tls names no bundle."
        return f"The {self.kind} '{self.server}' uses the SSL bundle '{self.bundle}', which is not there."

    @property
    def action(self) -> str:
        """The bundles there are, or how to add one."""
        if self.known:
            return f"Set netty.{self.kind}s.{self.server}.tls.bundle to one of: {', '.join(self.known)}."
        name = self.bundle or "web"
        needed = "keystore.certificate and private-key" if self.kind == "server" else "truststore.certificate"
        return f"Add ssl.bundles.{name}.{needed}, and set netty.{self.kind}s.{self.server}.tls.bundle={name}."


class BundleError(AssemblyError):
    """*bundle*, which *server*, or whatever *kind* it is, uses, cannot be loaded: *reason*; *remedy* is what to do."""

    code = "PB-N014"
    server: str
    bundle: str
    reason: str
    remedy: str
    kind: str = "server"

    def __str__(self) -> str:
        return f"The SSL bundle '{self.bundle}' of the {self.kind} '{self.server}' cannot be used: {self.reason}."

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return f"{self.remedy[:1].upper()}{self.remedy[1:]}."


class UnknownResourceError(AssemblyError):
    """*owner* names the *kind*, ``group`` or ``allocator``, *name*, which is not below ``netty.<kind>s``; *known* are."""

    code = "PB-N035"
    owner: str
    kind: str
    name: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        there = f"There are: {', '.join(self.known)}" if self.known else f"There is nothing below netty.{self.kind}s"
        return f"{self.owner[:1].upper()}{self.owner[1:]} uses the {self.kind} '{self.name}', which is not there. {there}."

    @property
    def action(self) -> str:
        """The nearest name, or how to add one."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        example = "threads: 4" if self.kind == "group" else "type: pooled"
        return f"Add it to the settings: netty.{self.kind}s.{self.name}: {{{example}}}."


class CustomizerError(AssemblyError):
    """The customizer of the class *customizer* raised *error* for *owner*, ``the server 'echo'``."""

    code = "PB-N036"
    owner: str
    customizer: type
    error: Exception

    def __str__(self) -> str:
        where = f"{self.customizer.__qualname__} ({origin_of(self.customizer)})"
        return f"{where} could not customize {self.owner}: {type(self.error).__name__}: {self.error}."

    @property
    def action(self) -> str:
        """The advice: where to look."""
        return f"Correct {self.customizer.__name__}.customize; all that labels and settings say of {self.owner} is set when it is called."


class BindFailedError(AssemblyError):
    """The server *server* cannot listen on *host*:*port*; *number* and *reason* are the operating system's, *place* what stands below
    ``netty.servers`` where that is not the server itself: ``echo.listeners.public``.
    """

    code = "PB-N009"
    server: str
    host: str
    port: int
    number: int | None
    reason: str
    place: str | None = None

    def __str__(self) -> str:
        why = {
            errno.EADDRINUSE: "the port is in use",
            errno.EACCES: "the port is not open to this user",
            errno.EADDRNOTAVAIL: "the address is not one of this machine",
        }.get(self.number or 0, self.reason)
        return f"The server '{self.server}' cannot listen on {address_text((self.host, self.port))}: {why}."

    @property
    def action(self) -> str:
        """Another port, or another address."""
        setting = f"--netty.servers.{self.place or self.server}"
        return {
            errno.EADDRINUSE: f"Stop the process that listens there, or choose another port: {setting}.port=... (0 takes a free one).",
            errno.EACCES: f"Ports below 1024 are for privileged users: choose another one, {setting}.port=8080 for example.",
            errno.EADDRNOTAVAIL: f"Use an address of this machine: {setting}.host=127.0.0.1, or 0.0.0.0 for all of them.",
            errno.EOPNOTSUPP: "Give each worker a socket of its own, pyboot.workers.accept=per-worker, or run the server in one process.",
        }.get(self.number or 0, f"Check {setting}.host and {setting}.port.")


class PathFailedError(AssemblyError):
    """The server *server* cannot listen on *path*; *number* and *reason* are the operating system's, *place* as of `BindFailedError`."""

    code = "PB-N011"
    server: str
    path: str
    number: int | None
    reason: str
    place: str | None = None

    def __str__(self) -> str:
        return f"The server '{self.server}' cannot listen on {self.path}: {self.reason}."

    @property
    def action(self) -> str:
        """Another path."""
        return (
            f"Check --netty.servers.{self.place or self.server}.path: its folder must be there and open to this user, nobody else may "
            "listen there, and what lies there may only be a socket."
        )


class NoPortError(AssemblyError):
    """The server *server* listens on *path*: it has no host and no port."""

    code = "PB-N012"
    server: str
    path: str

    def __str__(self) -> str:
        return f"The server '{self.server}' has no host and port: it listens on {self.path}."

    @property
    def action(self) -> str:
        """Connect to the path."""
        return f"Connect to the path, or set --netty.servers.{self.server}.transport=tcp."
