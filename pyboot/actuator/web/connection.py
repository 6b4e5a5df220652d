"""Connection: what stands in the pipeline of a connection to the management server. No I/O here.

::

    HttpServerCodec, HttpServerDeadlines │ CorsHandler, where other sites may │ HttpObjectAggregator │ ManagementHandler

Imported with the first connection, and everything of HTTP with it.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from pyboot.actuator.endpoint import EndpointDescription
from pyboot.actuator.properties import CorsProperties, EndpointsProperties, ManagementServerProperties
from pyboot.actuator.workers.fleet import Fleet
from pyboot.components.netty.codec.http.aggregator import HttpObjectAggregator
from pyboot.components.netty.codec.http.deadlines import HttpServerDeadlines
from pyboot.components.netty.codec.http.server import HttpServerCodec

from .dispatcher import Dispatcher
from .guard import Guard, Trusting
from .handler import ManagementHandler
from .routes import Endpoint, Routes

if TYPE_CHECKING:
    from pyboot.actuator.workers.several import Several
    from pyboot.netty.pipeline.codec import AnyHandler

type Handlers = Callable[[], Iterable[AnyHandler]]

_MAX_BODY_BYTES: Final = 64 * 1024  # of a write: a level, a tag, a filter


def handlers(
    server: ManagementServerProperties,
    endpoints: EndpointsProperties,
    there: Sequence[tuple[EndpointDescription, Any]],
    fleet: Fleet,
    is_owners: bool,
) -> Handlers:
    """Return what makes the handlers of a connection, which answer for the endpoints that are *there*, each with its bean.

    Whoever connects is the application's owner where *is_owners*, as over the Unix socket, else whom the guard of *server* takes it for.
    """
    web = endpoints.web
    routes = Routes(server.base_path + web.base_path, (Endpoint(*each) for each in there), lists=web.discovery.enabled)
    several = _several(fleet)
    if is_owners:
        dispatcher, cors = Dispatcher(routes, Trusting(), several=several), None
    else:
        scheme = "http" if server.ssl.bundle is None else "https"
        dispatcher, cors = Dispatcher(routes, Guard(server, tuple(web.cors.allowed_origins)), scheme, several), _cors(web.cors)

    def make() -> Iterable["AnyHandler"]:
        between = () if cors is None else (cors(),)
        head = (HttpServerCodec(), HttpServerDeadlines())
        return (*head, *between, HttpObjectAggregator(_MAX_BODY_BYTES), ManagementHandler(dispatcher))

    return make


def alone(
    server: ManagementServerProperties, endpoints: EndpointsProperties, there: Sequence[tuple[EndpointDescription, Any]]
) -> Dispatcher:
    """Return what answers for this worker alone, whatever is exposed: another worker has seen to that."""
    return Dispatcher(Routes(server.base_path + endpoints.web.base_path, (Endpoint(*each) for each in there)), Trusting())


def of_all(
    server: ManagementServerProperties,
    endpoints: EndpointsProperties,
    there: Sequence[tuple[EndpointDescription, Any]],
    fleet: Fleet,
) -> Dispatcher:
    """Return what answers for all workers, whatever is exposed: whoever asks it has seen to that."""
    routes = Routes(server.base_path + endpoints.web.base_path, (Endpoint(*each) for each in there))
    return Dispatcher(routes, Trusting(), several=_several(fleet))


def _several(fleet: Fleet) -> "Several | None":
    if fleet.siblings is None:
        return None
    from pyboot.actuator.workers.several import Several

    return Several(fleet.siblings)


def _cors(settings: CorsProperties) -> "Callable[[], AnyHandler] | None":
    if not settings.allowed_origins:
        return None
    from pyboot.components.netty.handler.http.cors import CorsConfig, CorsHandler

    config = CorsConfig(
        origins=tuple(settings.allowed_origins),
        allow_credentials=settings.allow_credentials,
        allowed_methods=("GET", "HEAD", "POST", "DELETE"),
        allowed_headers=("Authorization", "Content-Type"),
    )
    return lambda: CorsHandler(config)
