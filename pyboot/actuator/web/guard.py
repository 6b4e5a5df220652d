"""Guard: who may ask a management server, and for what. No I/O here.

The laws, each against something that has happened to others:

- **A foreign Host is refused** (403), unless who asks has said who it is: a page can let its own name lead to 127.0.0.1 (DNS rebinding),
  but the browser still says that name. A server that is bound beyond this machine takes any address for a name; other names are
  ``management.server.allowed-hosts``.
- **A write from another site is refused** (403): what ``Origin`` and ``Sec-Fetch-Site`` say is what the browser says, not the page. The
  content of a write is JSON, which no form sends.
- **Where there are users, who asks is one of them** (401), but for the endpoints of ``auth.permit``; wrong credentials are refused there
  too. A path that is not there is refused the same way, so nobody learns what there is. To write takes the role ``auth.write-role`` (403).
- **Secrets are compared in constant time**, as digests, and all of them: neither their length nor how much was right can be measured.
- **Who guesses has to wait** (429): behind some wrong credentials from one address no others are heard for a while (`attempts`).
- **Who can open the Unix socket is the user itself**: it has all roles, and needs no name.
"""

from base64 import b64decode
from ipaddress import ip_address
from types import MappingProxyType
from typing import Final, final

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.invocation import ALL_ROLES, Principal
from pyboot.actuator.loopback import is_loopback
from pyboot.actuator.properties import AuthProperties, ManagementServerProperties
from pyboot.boot.config.names import uniform
from pyboot.components.netty.wire.http.headers import HttpHeaders

from .attempts import Attempts
from .refusal import RefusedRequestError

_CHALLENGE: Final = MappingProxyType({"www-authenticate": 'Basic realm="management", charset="UTF-8", Bearer realm="management"'})
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OWNER: Final = Principal("owner", frozenset({ALL_ROLES}))
"""Who asks over the Unix socket."""


def _is_address(host: str) -> bool:
    try:
        ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return False
    return True


@final
class Guard:
    """Decides for the server that *settings* describe; *origins* are other sites that may use it, ``*`` for all."""

    def __init__(self, settings: ManagementServerProperties, origins: tuple[str, ...] = ()) -> None:
        self._is_local = is_loopback(settings.address)
        self._hosts = {settings.address.strip("[]").lower(), *(host.lower().rstrip(".") for host in settings.allowed_hosts)}
        self._origins = origins
        self._users = _Users(settings.auth) if settings.auth.users else None
        self._permitted = frozenset(map(uniform, settings.auth.permit))
        self._write_role = settings.auth.write_role
        self._attempts = Attempts(settings.auth.max_failures, settings.auth.failure_window.total_seconds())

    def admit(self, method: str, headers: HttpHeaders, scheme: str, remote: str = "") -> Principal | None:
        """Return who asks from *remote*, host and port; None for somebody who does not say.

        Raises:
            RefusedRequestError: the request comes from a page that has no business here, or says a wrong password, or has too often.
        """
        principal = self._who(headers, remote)
        host = headers.get("host") or ""
        if principal is None and host and not self._is_own(_without_port(host)):
            reason = f"the server does not go by the name '{_without_port(host)}': management.server.allowed-hosts"
            raise RefusedRequestError(403, reason)
        if method not in _SAFE and not self._is_same_site(headers, f"{scheme}://{host}"):
            raise RefusedRequestError(403, "a page of another site does not write here")
        return principal

    def check(self, principal: Principal | None, endpoint: str | None, kind: OperationKind = OperationKind.READ) -> None:
        """Refuse *principal* what it may not ask of *endpoint*; None is the list of links, or a path that is not there.

        Raises:
            RefusedRequestError: 401 for somebody unknown, 403 for somebody without the role.
        """
        if self._users is None:
            return
        is_write = kind is not OperationKind.READ
        if principal is None and (is_write or endpoint is None or uniform(endpoint) not in self._permitted):
            raise RefusedRequestError(401, "say who asks", _CHALLENGE)
        if is_write and principal is not None and self._write_role not in principal.roles:
            raise RefusedRequestError(403, f"'{principal.name}' has not the role '{self._write_role}'")

    def is_authorized(self, principal: Principal | None) -> bool:
        """Tell whether details may be shown: to a user, where there are any; else to everybody on this machine, where it listens alone."""
        return principal is not None if self._users is not None else self._is_local

    def _who(self, headers: HttpHeaders, remote: str) -> Principal | None:
        said = headers.get_all("authorization")
        if not said or self._users is None:
            return None
        if seconds := self._attempts.wait_seconds(remote):
            raise RefusedRequestError(429, "too many wrong credentials have come from there", {"retry-after": str(seconds)})
        principal = self._users.find(said[0]) if len(said) == 1 else None  # who says two things may have been spoken for by a proxy
        if principal is None:
            self._attempts.note(remote)
            raise RefusedRequestError(401, "these credentials are nobody's", _CHALLENGE)
        return principal

    def _is_own(self, host: str) -> bool:
        name = host.lower().rstrip(".")
        return name.strip("[]") in self._hosts or is_loopback(name) or (not self._is_local and _is_address(name))

    def _is_same_site(self, headers: HttpHeaders, own: str) -> bool:
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and (origin in self._origins or "*" in self._origins):
            return True
        if site is not None:  # which knows of a proxy in front that encrypts, as the scheme of an origin does not
            return site in ("same-origin", "none")
        return origin in (None, own)


@final
class Trusting:
    """The guard of a place that only its owner can reach: whoever asks is the owner."""

    def admit(self, method: str, headers: HttpHeaders, scheme: str, remote: str = "") -> Principal:
        """Return the owner."""
        return OWNER

    def check(self, principal: Principal | None, endpoint: str | None, kind: OperationKind = OperationKind.READ) -> None:
        """Refuse nothing."""

    def is_authorized(self, principal: Principal | None) -> bool:
        """Show everything."""
        return True


class _Users:
    """Those who may ask, known by the digests of what they say."""

    def __init__(self, settings: AuthProperties) -> None:
        self._said: list[tuple[bytes, Principal]] = []
        for name, user in settings.users.items():
            principal = Principal(name, frozenset(user.roles))
            if user.password is not None:
                self._said.append((_digest(f"basic {name}:{user.password.get_secret_value()}"), principal))
            if user.token is not None:
                self._said.append((_digest(f"bearer {user.token.get_secret_value()}"), principal))

    def find(self, authorization: str) -> Principal | None:
        """Return who says *authorization*; None if nobody does."""
        import hmac

        scheme, _, rest = authorization.strip().partition(" ")
        credentials = _decoded(rest) if scheme.lower() == "basic" else rest.strip()
        given = _digest(f"{scheme.lower()} {credentials}")
        found: Principal | None = None
        for digest, principal in self._said:  # all of them, also behind the one that is right
            if hmac.compare_digest(digest, given):
                found = principal
        return found


def _digest(said: str) -> bytes:
    import hashlib  # as hmac above: who has no users pays for neither

    return hashlib.sha256(said.encode()).digest()


def _decoded(text: str) -> str:
    try:
        return b64decode(text.strip(), validate=True).decode()
    except ValueError:  # not base64, or not UTF-8
        return ""


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.rpartition(":")[0] if host.count(":") == 1 else host
