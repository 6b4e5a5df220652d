"""The errors of the management room; but for the last they stop the start, before anything is bound.

::

    BootError
    └── ActuatorError                       the management part cannot be put together
        ├── EndpointDefinitionError         a label means nothing that could be asked over HTTP
        ├── EndpointClashError              two endpoints have one id
        └── ManagementPortError             the management server cannot listen
    InvalidEndpointRequestError             a request that an operation refuses: it is answered 400

Each of the first knows what to do about it: ``action`` is the second half of the report of a failed start.
"""

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


class InvalidEndpointRequestError(Exception):
    """A request that an operation refuses for the *reason*, which its sender is told: raise it in an operation to answer 400."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
