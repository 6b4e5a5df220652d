"""Certificates: how long those of the SSL bundles are good, for the endpoint ``tls`` and for health."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import NamedTuple, final

from pyboot.components.netty.handler.tls.expiry import expires_at
from pyboot.netty.bundles import BundleProperties


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
