"""The beans of tracing, and the refusal where OpenTelemetry's API is not installed."""

from collections.abc import Iterator
from importlib.util import find_spec

from pyboot.actuator.errors import ActuatorError
from pyboot.boot import BeanDefinition
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.autoconfigure import has_http_clients

from .properties import TracingProperties


class TracingExtraError(ActuatorError):
    """Settings ask for tracing, and OpenTelemetry's API is not installed."""

    code = "PB-A021"

    def __str__(self) -> str:
        return "management.tracing.enabled asks for tracing, and OpenTelemetry's API is not installed."

    @property
    def action(self) -> str:
        """Install it, or do without."""
        return "Install it: pip install pyboot-framework[opentelemetry]; or set management.tracing.enabled=false."


def tracing_definitions(environment: KnownSettings) -> Iterator[BeanDefinition | type]:
    """Iterate over the beans that settings ask for; none where tracing is off, and then nothing of it is imported.

    Raises:
        TracingExtraError: it is on, and the API is not installed.
    """
    yield TracingProperties
    if not environment.bind("management.tracing", TracingProperties, judged=False).enabled:
        return
    if not _is_installed():
        raise TracingExtraError
    from .logs import TraceMarks
    from .messages import MessageTracing
    from .server import ServerTracing

    yield from (ServerTracing, MessageTracing, TraceMarks)
    if has_http_clients(environment):
        from .client import ClientTracing

        yield ClientTracing


def _is_installed() -> bool:
    try:
        return find_spec("opentelemetry.trace") is not None
    except ModuleNotFoundError:
        return False
