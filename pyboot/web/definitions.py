"""The beans of the web room: what labels, settings and beans ask for, and nothing else. Imported where there is something to serve."""

from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from typing import Any, Final, get_type_hints

from pyboot.boot import ApplicationContext, BeanDefinition, Scope, ScopeStore
from pyboot.boot.model.definition import Making
from pyboot.boot.model.label import label
from pyboot.boot.model.registrar import KnownSettings
from pyboot.netty.annotations import ChannelHandlerBeanLabel
from pyboot.netty.properties import NettyProperties

from .applications import Served
from .asgi.handler import AsgiHandler
from .controllers.filter import HttpFilter
from .controllers.mapping import mappings_of
from .errors import WebExtraError
from .host import AsgiHost
from .properties import WebProperties
from .server import WebServer

_LAST: Final = 1 << 20  # the order of the handler that answers: behind those of the application


def web_definitions(
    known: Sequence[BeanDefinition],
    controllers: Sequence[BeanDefinition],
    applications: Sequence[BeanDefinition],
    servers: Sequence[str],
    environment: KnownSettings,
) -> Iterator[BeanDefinition | type]:
    """Iterate over the definitions for *controllers*, for *applications* that are beans, and for *servers* that settings give one.

    Raises:
        MappingClashError: two methods of controllers answer the same request.
        WebExtraError: there are controllers, and FastAPI is not installed.
    """
    yield WebProperties
    beans = list(applications)
    furnished = None
    if controllers:
        mappings_of(known)
        if find_spec("fastapi") is None:
            raise WebExtraError(f"The controller '{controllers[0].name}' ({controllers[0].origin})", "fastapi")
        from .controllers.application import fastapi_application, is_fastapi

        furnished = next(filter(is_fastapi, applications), None)
        if furnished is None:
            beans.append(_definition("fastapi_application", get_type_hints(fastapi_application)["return"], fastapi_application))
            beans[-1].making = Making.COROUTINE
            yield beans[-1]
    served = [_served(name, environment) for name in servers]
    if not served:
        served = [Served("web")]
        yield WebServer
    yield _definition("asgi_host", AsgiHost, _host_of(served, beans, furnished))
    for each in served:
        yield _definition(f"{each.server}_asgi_handler", AsgiHandler, _handler_of(each.server), Scope.PROTOTYPE)
    yield BeanDefinition(
        name="connection_store",
        provides=ScopeStore,
        factory=ScopeStore,
        target=ScopeStore,
        making=Making.STORE,
        scope=Scope.CHANNEL,
        source="web",
    )


def _served(server: str, environment: KnownSettings) -> Served:
    for name in ("asgi", "wsgi"):
        setting = f"netty.servers.{server}.{name}"
        if (target := environment.get(setting)) is not None:
            return Served(server, setting, target, name == "wsgi")
    return Served(server)


def _host_of(
    served: Sequence[Served], beans: Sequence[BeanDefinition], furnished: BeanDefinition | None
) -> Callable[[ApplicationContext, NettyProperties, WebProperties, list[HttpFilter]], AsgiHost]:
    def asgi_host(context: ApplicationContext, netty: NettyProperties, web: WebProperties, filters: list[HttpFilter]) -> AsgiHost:
        async def furnish() -> None:
            if furnished is not None:  # an application of the user's own, which controllers are added to
                from .controllers import application

                await application.furnish(await context.abean(furnished), context, web, filters)

        return AsgiHost(served, beans, context, netty, furnish)

    return asgi_host


def _handler_of(server: str) -> Callable[[AsgiHost, ScopeStore], AsgiHandler]:
    def asgi_handler(host: AsgiHost, store: ScopeStore) -> AsgiHandler:
        return AsgiHandler(host.application(server), host.lifespan(server), host.site(server), store)

    label(asgi_handler, ChannelHandlerBeanLabel(order=_LAST, server=server))
    return asgi_handler


def _definition(name: str, kind: type[Any], factory: Callable[..., object], scope: str = Scope.SINGLETON) -> BeanDefinition:
    return BeanDefinition(name=name, provides=kind, factory=factory, target=factory, source="web", scope=scope)
