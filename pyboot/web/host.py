"""AsgiHost: the applications of an application's servers, begun before these are bound and ended when they are closed."""

from collections.abc import Awaitable, Callable, Sequence
from typing import final

from pyboot.boot import ApplicationContext, BeanDefinition, Phase
from pyboot.netty.autoconfigure import http_observers
from pyboot.netty.pipeline.builtin.http_server import HttpServerOptions
from pyboot.netty.pipeline.options import spelled_as_fields
from pyboot.netty.properties import NettyProperties
from pyboot.netty.specs import settings_of

from .applications import Served, application_of
from .asgi.forwarded import TrustedProxies
from .asgi.lifespan import Lifespan
from .asgi.protocol import AsgiApplication
from .asgi.scope import Site


@final
class AsgiHost:
    """Has one application for each server, and lets each hear of start and end once; a lifecycle bean of the application."""

    phase = Phase.SERVERS - 1
    keeps_alive = False

    def __init__(
        self,
        served: Sequence[Served],
        beans: Sequence[BeanDefinition],
        context: ApplicationContext,
        properties: NettyProperties,
        furnish: Callable[[], Awaitable[None]],
    ) -> None:
        """Take what the servers serve, the *beans* that are applications, and *furnish*, which adds to one before it begins."""
        self._served = served
        self._beans = beans
        self._context = context
        self._properties = properties
        self._furnish = furnish
        self._is_observed = False
        self._applications: dict[str, AsgiApplication] = {}
        self._lifespans: dict[int, Lifespan] = {}

    def application(self, server: str) -> AsgiApplication:
        """Return what *server* serves; inside of what tells observers of it, where there are some."""
        application = self._applications[server]
        if not self._is_observed:
            return application
        from .asgi.observing import observed  # only who has observers pays for it

        return observed(application, self.site(server).root_path)

    def lifespan(self, server: str) -> Lifespan:
        """Return the lifespan of what *server* serves."""
        return self._lifespans[id(self._applications[server])]

    def site(self, server: str) -> Site:
        """Return what all requests of *server* have in common."""
        options = HttpServerOptions.model_validate(spelled_as_fields(HttpServerOptions, settings_of(server, self._properties).http or {}))
        root = options.root_path.strip("/")
        return Site(f"/{root}" if root else "", TrustedProxies(options.trusted_proxies), options.websocket.config())

    async def start(self) -> None:
        """Find the applications, and let each begin.

        Raises:
            WebError: a setting names nothing that can be served, or an application refuses to start.
        """
        await self._furnish()
        self._is_observed = bool(http_observers(self._context))
        for served in self._served:  # all are found before the first begins
            self._applications[served.server] = await application_of(served, self._context, self._beans)
        try:
            for served in self._served:
                application = self._applications[served.server]
                if id(application) not in self._lifespans:
                    lifespan = Lifespan(application, served.target or type(application).__name__)
                    await lifespan.start()
                    self._lifespans[id(application)] = lifespan
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Let each application end, the last first. A cancel cuts the others off."""
        lifespans, self._lifespans = self._lifespans, {}
        for lifespan in reversed(lifespans.values()):
            await lifespan.stop()
