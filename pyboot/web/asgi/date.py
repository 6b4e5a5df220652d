"""The header field ``Date``, made anew once a second. Source: RFC 9110 6.6.1."""

import time
from email.utils import formatdate
from typing import Final

_made: list[tuple[int, tuple[bytes, bytes, bytes]]] = [(0, (b"date", b"date", b""))]
_NAME: Final = b"date"


def date_field() -> tuple[bytes, bytes, bytes]:
    """Return the field for this second, in the form in which `HttpHeaders` holds one."""
    now = int(time.time())
    second, field = _made[0]
    if second != now:
        field = (_NAME, _NAME, formatdate(now, usegmt=True).encode("ascii"))
        _made[0] = (now, field)
    return field
