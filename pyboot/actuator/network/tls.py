"""The endpoint ``tls``: the SSL bundles, until when their certificates are good, and who uses them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.certificates import Certificate, Names, certificates, names_of
from pyboot.actuator.properties import ManagementServerProperties
from pyboot.boot import ApplicationContext
from pyboot.netty.bundles import BundleProperties, SslProperties
from pyboot.netty.properties import NettyProperties, ServerProperties


@final
@Endpoint("tls")
class TlsEndpoint:
    """Tells of each bundle as its files are now; a server without ``reload-on-update`` still has what it began with."""

    def __init__(
        self, ssl: SslProperties, netty: NettyProperties, management: ManagementServerProperties, context: ApplicationContext
    ) -> None:
        """Take the bundles, and the settings of who may use them."""
        self._ssl = ssl
        self._netty = netty
        self._management = management
        self._environment = context.environment

    @ReadOperation
    async def bundles(self) -> dict[str, Any]:
        """Answer with all of them."""
        found = await asyncio.to_thread(self._read)
        users = self._users()
        return {"bundles": {name: _told(bundle, found.get(name), users[name]) for name, bundle in self._ssl.bundles.items()}}

    def _read(self) -> dict[str, tuple[Certificate, Names | None]]:
        return {each.bundle: (each, names_of(each.file)) for each in certificates(self._ssl.bundles)}

    def _users(self) -> Mapping[str, list[str]]:
        """Return the settings that name each bundle."""
        users: defaultdict[str, list[str]] = defaultdict(list)
        for name, server in self._netty.servers.items():
            for setting, bundle in _of_server(name, server):
                users[bundle].append(setting)
        for kind in ("netty.clients", "netty.http-clients"):
            for name in self._environment.entries(kind):
                of_client = self._environment.text(f"{kind}.{name}.tls.bundle")
                if of_client is not None:
                    users[of_client].append(f"{kind}.{name}")
        if self._management.ssl.bundle is not None:
            users[self._management.ssl.bundle].append("management.server")
        return users


def _of_server(name: str, server: ServerProperties) -> Iterator[tuple[str, str]]:
    prefix = f"netty.servers.{name}"
    if server.tls is not None and server.tls.bundle is not None:
        yield prefix, server.tls.bundle
    for key, listener in server.listeners.items():
        if listener.tls is not None and listener.tls.bundle is not None:
            yield f"{prefix}.listeners.{key}", listener.tls.bundle


def _told(bundle: BundleProperties, found: tuple[Certificate, Names | None] | None, users: list[str]) -> dict[str, Any]:
    told: dict[str, Any] | None = None
    if found is not None:
        certificate, names = found
        told = {"file": certificate.file, "notAfter": certificate.not_after, "validity": certificate.validity}
        if names is not None:
            told |= {"subject": names.subject, "issuer": names.issuer, "subjectAlternativeNames": names.alternative}
    return {
        "certificate": told,
        "truststore": bundle.truststore.certificate,
        "protocols": bundle.options.enabled_protocols,
        "reloadOnUpdate": bundle.reload_on_update,
        "usedBy": users,
    }
