"""The beans of the type `HttpClient`: one for each name of the settings, or one with all defaults where they name none.

Law: a client belongs to the loop of the application, where its bean is made and closed; handlers of a work group make their own.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from pyboot.boot import BeanDefinition
from pyboot.boot.errors import BindError
from pyboot.boot.model.origin import Origin
from pyboot.boot.model.registrar import KnownSettings
from pyboot.components.netty import HttpClient, HttpClientObserver, HttpDecoderConfig, HttpLimits, HttpTimeouts
from pyboot.components.netty.errors import SslContextError
from pyboot.netty.bundles import BundleProperties, SslProperties
from pyboot.netty.client.properties import ClientTlsProperties
from pyboot.netty.client.specs import snake
from pyboot.netty.client.tls import ClientContext
from pyboot.netty.errors import BundleError, UnknownBundleError

from .properties import HttpClientProperties, HttpClientsProperties

PREFIX = "netty.http-clients"
_OF_SETTINGS = "http-clients"  # where reports say that the beans come from


def http_client_definitions(
    known: Sequence[BeanDefinition], environment: KnownSettings, places: Mapping[str, Origin]
) -> Iterator[BeanDefinition | type]:
    """Iterate over the clients that settings name at *places*; where they name none, and nobody else defines one, there is one more."""
    if not places:
        if not any(definition.provides is HttpClient for definition in known):
            yield _definition("http_client", HttpClientProperties.model_construct(), "", lazy=True)
        return
    yield HttpClientsProperties
    for name, settings in _bound(environment, places).items():
        definition = _definition(f"{snake(name)}_http_client", settings, name)
        definition.qualifiers = tuple(dict.fromkeys((name, snake(name))))
        definition.key = name
        definition.place = places.get(name)
        yield definition


def _bound(environment: KnownSettings, places: Mapping[str, Origin]) -> Mapping[str, HttpClientProperties]:
    """The settings of each client. What refuses to be bound is reported with all else that is wrong, when its bean is bound."""
    try:
        return environment.bind(PREFIX, HttpClientsProperties, judged=False).root
    except BindError:
        return dict.fromkeys(places, HttpClientProperties.model_construct())


def _definition(bean_name: str, settings: HttpClientProperties, name: str, *, lazy: bool = False) -> BeanDefinition:
    factory = _client(name, settings)
    return BeanDefinition(name=bean_name, provides=HttpClient, factory=factory, target=factory, source=_OF_SETTINGS, lazy=lazy)


def _client(name: str, settings: HttpClientProperties) -> Callable[[SslProperties, list[HttpClientObserver]], HttpClient]:
    def http_client(ssl: SslProperties, observers: list[HttpClientObserver]) -> HttpClient:
        return new_http_client(name, settings, ssl.bundles, observers)

    return http_client


def new_http_client(
    name: str, settings: HttpClientProperties, bundles: Mapping[str, BundleProperties], observers: Sequence[HttpClientObserver] = ()
) -> HttpClient:
    """Return the client *name* as *settings* say; *observers* hear of its requests.

    Raises:
        UnknownBundleError: its TLS names a bundle that is not there.
        BundleError: the files of that are of no use.
    """
    times, limits, context = settings.timeouts, settings.limits, _context(name, settings, bundles)
    seconds = {phase: getattr(times, phase).total_seconds() for phase in ("connect", "acquire", "response", "read", "total")}
    sizes = ("max_initial_line", "max_header_line", "max_headers", "max_header_fields")
    same = ("max_connections", "max_connections_per_host", "max_ratio", "max_redirects", "max_retries")
    resolver = None
    if settings.resolver is not None:
        from pyboot.netty.client.resolver import new_resolver  # most clients ask the system

        resolver = new_resolver(settings.resolver)
    return HttpClient(
        base_url=settings.base_url,
        headers=settings.headers,
        timeouts=HttpTimeouts(**seconds),
        limits=HttpLimits(
            idle_seconds=limits.idle.total_seconds(),
            max_content_bytes=limits.max_content,
            **{limit: getattr(limits, limit) for limit in same},
        ),
        follow_redirects=settings.follow_redirects,
        allow_insecure_redirects=settings.allow_insecure_redirects,
        decompress=settings.decompress,
        proxy=settings.proxy,
        trust_env=settings.trust_env,
        unix_socket=settings.unix_socket,
        http2=settings.http2,
        config=HttpDecoderConfig(**{size: getattr(limits, size) for size in sizes}),
        ssl=True if context is None else context.current,
        handshake_timeout=settings.tls.handshake_timeout.total_seconds(),
        observers=observers,
        resolver=resolver,
    )


def _context(name: str, settings: HttpClientProperties, bundles: Mapping[str, BundleProperties]) -> ClientContext | None:
    """Return what the bundle of a client says of TLS; None where it names none."""
    tls = settings.tls
    if tls.bundle is None:
        return None
    bundle = bundles.get(tls.bundle)
    if bundle is None:
        raise UnknownBundleError(name, tls.bundle, sorted(bundles), "http-client")
    try:
        return ClientContext(tls.bundle, bundle, ClientTlsProperties.model_construct(alpn=["h2", "http/1.1"] if settings.http2 else []))
    except SslContextError as error:
        raise BundleError(name, tls.bundle, error.description, error.action, "http-client") from error
