"""The errors of the web room; all of them are found before anything is bound.

::

    BootError
    └── WebError                      the application's web part cannot be put together
        ├── MappingClashError         two methods answer the same request
        ├── AsgiTargetError           `asgi` or `wsgi` of a server names nothing that can be served
        ├── UnclearApplicationError   several applications, and nothing says which one a server serves
        ├── WebExtraError             controllers or WSGI need a library that is not installed
        ├── RouteError                FastAPI refuses a mapping
        └── LifespanError             an application has refused to start

Each knows what to do about it: ``action`` is the second half of the report of a failed start.
"""

from collections.abc import Sequence

from pyboot.boot import BootError


class WebError(BootError):
    """The application's web part cannot be put together."""

    code = "PB-W000"

    @property
    def action(self) -> str:
        """The advice: the cure of what was seen."""
        return "Correct the label or the setting that is named above."


class MappingClashError(WebError):
    """Two methods answer *request*, ``GET /users/{id}``; each is named with its place."""

    code = "PB-W001"
    request: str
    first: str
    second: str

    def __str__(self) -> str:
        return f"Two methods answer {self.request}:\n    - {self.first}\n    - {self.second}"

    @property
    def action(self) -> str:
        """Give one of them another path."""
        return "Give one of them another path or another request method; names of parameters do not tell paths apart."


class AsgiTargetError(WebError):
    """The setting of a server names *target*, for the *reason* nothing that can be served."""

    code = "PB-W002"
    setting: str
    target: str
    reason: str
    near: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.setting} is {self.target!r}: {self.reason}."

    @property
    def action(self) -> str:
        """The nearest name, or the forms of one."""
        if self.near:
            return f"Did you mean '{self.near[0]}'?"
        return "Name a module and what it holds ('shop.web:app', or 'shop.web:create()' for a factory), or a bean of the application."


class UnclearApplicationError(WebError):
    """The application has *found*, several that the server *server* could serve."""

    code = "PB-W003"
    server: str
    found: Sequence[str]

    def __str__(self) -> str:
        listed = "".join(f"\n    - {name}" for name in self.found)
        return f"The server '{self.server}' can serve one application, and there are several:{listed}"

    @property
    def action(self) -> str:
        """Say which one."""
        return f"Say which one: --netty.servers.{self.server}.asgi=<name of the bean>."


class WebExtraError(WebError):
    """*what* needs *package*, which is not installed."""

    code = "PB-W004"
    what: str
    package: str

    def __str__(self) -> str:
        return f"{self.what} needs the package '{self.package}', which is not installed."

    @property
    def action(self) -> str:
        """The extra that brings it."""
        return 'Install it: pip install "pyboot-framework[web]", or pyboot-starter-web.'


class RouteError(WebError):
    """FastAPI refuses the mapping *request* of the method *method*, for the *reason*."""

    code = "PB-W005"
    request: str
    method: str
    reason: str

    def __str__(self) -> str:
        return f"The mapping {self.request} of {self.method} is refused: {self.reason}"

    @property
    def action(self) -> str:
        """Where parameters come from."""
        return (
            "A parameter is a name in the path, a query parameter or a body with a type that pydantic knows, a Depends(...), or a bean; "
            "label the class that is meant @Component if it is to be one."
        )


class LifespanError(WebError):
    """The application *application* has refused to start: *reason*."""

    code = "PB-W006"
    application: str
    reason: str

    def __str__(self) -> str:
        return f"The application {self.application} has refused to start: {self.reason or 'it did not say why'}"

    @property
    def action(self) -> str:
        """Its own log says more."""
        return "Look into what its lifespan does at start; its own log lines stand above."
