"""The errors of the management room; but for the last they stop the start, before anything is bound.

Those of a part that may be left out stand with it: `meters.bridges`, `tracing.definitions`, `tracing.messages`.

::

    BootError
    └── ActuatorError                       the management part cannot be put together
        ├── EndpointDefinitionError         a label means nothing that could be asked over HTTP
        ├── EndpointClashError              two endpoints have one id
        ├── ManagementPortError             the management server cannot listen
        ├── ManagementPathError             it cannot listen on its Unix socket
        ├── OpenManagementError             everybody could ask for what is not for everybody
        ├── HealthGroupError                a group of health has a member that is not there
        ├── HealthPathError                 a group of health cannot be at a path of another server
        ├── AdminClientError                an admin server would be told of what it cannot ask
        └── UnknownEndpointError            a setting names an endpoint that is not there
    InvalidEndpointRequestError             a request that an operation refuses: it is answered 400

Each of the first knows what to do about it: ``action`` is the second half of the report of a failed start.
"""

from collections.abc import Sequence

from pyboot.boot import BootError


class ActuatorError(BootError):
    """The application's management part cannot be put together."""

    code = "PB-A000"

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return "Correct the label or the setting that is named above."


class EndpointDefinitionError(ActuatorError):
    """The endpoint or operation *subject* at *location* means nothing that could be asked: *reason*."""

    code = "PB-A001"
    subject: str
    location: str
    reason: str

    def __str__(self) -> str:
        return f"{self.subject} ({self.location}): {self.reason}."


class EndpointClashError(ActuatorError):
    """Two endpoints have the id *id*: *first* and *second*, each with its place."""

    code = "PB-A002"
    id: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"Two endpoints are called '{self.id}':\n    - {self.first}\n    - {self.second}"

    @property
    def action(self) -> str:
        """Rename one."""
        return "Give one of them another id; case, dashes and underscores do not tell ids apart."


class ManagementPortError(ActuatorError):
    """The management server cannot listen: *reason*."""

    code = "PB-A003"
    reason: str

    def __str__(self) -> str:
        return f"The management server cannot listen: {self.reason}"

    @property
    def action(self) -> str:
        """Another place, or none."""
        return (
            "Choose another place: --management.server.port=... (0 takes a free one, -1 switches it off), --management.server.address=..."
        )


class ManagementPathError(ActuatorError):
    """The management server cannot listen on the Unix socket *path*: *reason*, as the operating system says it."""

    code = "PB-A009"
    path: str
    reason: str

    def __str__(self) -> str:
        return f"The management server cannot listen on {self.path}: {self.reason}."

    @property
    def action(self) -> str:
        """What a path needs, or another one."""
        return (
            "Check --management.server.socket: its folder must be there and open to this user, nobody else may listen there, and what lies "
            "there may only be a socket."
        )


class OpenManagementError(ActuatorError):
    """At *address*, which is not this machine's alone, everybody could ask for *exposed*."""

    code = "PB-A004"
    address: str
    exposed: Sequence[str]

    def __str__(self) -> str:
        shown = ", ".join(self.exposed)
        return f"The management server listens on {self.address}, beyond this machine, and would answer everybody for: {shown}."

    @property
    def action(self) -> str:
        """Who may ask, or less of it, or nobody from elsewhere."""
        return (
            "Say who may ask (management.server.auth.users.<name>.token or password, or client certificates: management.server.ssl), "
            "expose health, info and prometheus alone (management.endpoints.web.exposure.include) and permit no more "
            "(management.server.auth.permit), or listen on 127.0.0.1 (management.server.address). "
            "If a network that you trust is in front of it: management.server.allow-unauthenticated=true."
        )


class HealthGroupError(ActuatorError):
    """The group *group* of health includes *member*, and the components are *known*; *near* resemble it."""

    code = "PB-A005"
    group: str
    member: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"The group '{self.group}' of health includes '{self.member}', and there are: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The nearest name, or less strictness."""
        meant = f"Did you mean '{self.near[0]}'? Else correct" if self.near else "Correct"
        setting = f"management.endpoint.health.group.{self.group}.include"
        return f"{meant} {setting}, or set management.endpoint.health.validate-group-membership=false."


class HealthPathError(ActuatorError):
    """A group of health cannot be at the path that settings say: *reason*."""

    code = "PB-A008"
    reason: str

    def __str__(self) -> str:
        return f"A group of health cannot have its additional path: {self.reason}."

    @property
    def action(self) -> str:
        """Another path, or the management server's."""
        return (
            "Change management.endpoint.health.group.<name>.additional-path, for example to management:/healthz, or leave out "
            "management.endpoint.health.probes.add-additional-paths: the management server answers at /actuator/health/<name> as it is."
        )


class AdminClientError(ActuatorError):
    """A Spring Boot Admin server would be told of an application that it cannot ask: *reason*."""

    code = "PB-A006"
    reason: str

    def __str__(self) -> str:
        return f"management.admin.client.url names an admin server, and it could ask nothing: {self.reason}."

    @property
    def action(self) -> str:
        """Let it ask, say where, or tell it nothing."""
        return (
            "Give the management server a port (management.server.port) and expose health (management.endpoints.web.exposure.include), say "
            "where else it is asked (management.admin.client.instance.health-url), or set management.admin.client.enabled=false."
        )


class UnknownEndpointError(ActuatorError):
    """The *setting* names the endpoint *id*, and the endpoints are *known*; *near* resemble it."""

    code = "PB-A007"
    setting: str
    id: str
    known: Sequence[str]
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.setting} names the endpoint '{self.id}', and there are: {', '.join(self.known)}."

    @property
    def action(self) -> str:
        """The nearest id, or an endpoint of one's own."""
        meant = f"Did you mean '{self.near[0]}'? Else correct" if self.near else "Correct"
        return f"{meant} {self.setting}; * stands for all. An endpoint of the application's own is a class labelled @Endpoint."


class InvalidEndpointRequestError(Exception):
    """A request that an operation refuses for the *reason*, which its sender is told: raise it in an operation to answer 400."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
