"""Certificates: how long those of the SSL bundles are good, for the endpoint ``tls`` and for health."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Final, NamedTuple, final

from pyboot.components.netty.handler.tls.expiry import expires_at
from pyboot.netty.bundles import BundleProperties

_SPECIAL: Final = re.compile(r'[,+"\\<>;]')  # RFC 4514 2.4
_ESCAPED: Final = r"\\\g<0>"
_SHORT: Final = {
    "commonName": "CN",
    "organizationName": "O",
    "organizationalUnitName": "OU",
    "countryName": "C",
    "localityName": "L",
    "stateOrProvinceName": "ST",
}


class Validity(Enum):
    """What becomes of a certificate, by Spring Boot's names."""

    VALID = "VALID"
    WILL_EXPIRE_SOON = "WILL_EXPIRE_SOON"
    EXPIRED = "EXPIRED"
    UNREADABLE = "UNREADABLE"


@final
class Certificate(NamedTuple):
    """The certificate of a bundle: its file, until when it is good, and what that means now."""

    bundle: str
    file: str
    not_after: datetime | None
    validity: Validity


@final
class Names(NamedTuple):
    """Whom a certificate is of, who says so, and the names it is good for: ``CN=localhost,O=Shop``, ``DNS:localhost``."""

    subject: str
    issuer: str
    alternative: tuple[str, ...]


def names_of(file: str) -> Names | None:
    """Return the names in the first certificate of *file*; None where that cannot be read."""
    import _ssl  # nothing public of the standard library decodes a certificate that no peer has shown

    try:
        told: Any = _ssl._test_decode_cert(file)  # type: ignore[attr-defined]  # typeshed leaves it out
    except (OSError, ValueError):  # ssl.SSLError is one of the first
        return None
    alternative = tuple(f"{kind}:{name}" for kind, name in told.get("subjectAltName", ()))
    return Names(_name(told.get("subject", ())), _name(told.get("issuer", ())), alternative)


def _name(parts: Any) -> str:
    """Return a distinguished name as RFC 4514 writes it, the last part first."""
    pairs = [(kind, value) for part in parts for kind, value in part]
    return ",".join(f"{_SHORT.get(kind, kind)}={_SPECIAL.sub(_ESCAPED, value)}" for kind, value in reversed(pairs))


def certificates(bundles: Mapping[str, BundleProperties], now: datetime | None = None) -> Iterator[Certificate]:
    """Iterate over the certificates of *bundles*, as their files are *now*."""
    moment = now or datetime.now(UTC)
    for name, bundle in bundles.items():
        file = bundle.keystore.certificate
        if file is not None:
            until = _until(file)
            yield Certificate(name, file, until, _validity(until, moment, bundle.expiry_warning))


def _until(file: str) -> datetime | None:
    try:
        return expires_at(Path(file).read_text("ascii", "replace"))
    except OSError:
        return None


def _validity(until: datetime | None, now: datetime, warning: timedelta) -> Validity:
    if until is None:
        return Validity.UNREADABLE
    if until <= now:
        return Validity.EXPIRED
    return Validity.WILL_EXPIRE_SOON if until - now < warning else Validity.VALID
