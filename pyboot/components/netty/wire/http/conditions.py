"""Conditional requests: whether a client has what it asks for already, or asks for what is not there any more. Source: RFC 9110 13."""

from __future__ import annotations

from datetime import datetime
from email.utils import formatdate, parsedate_to_datetime

from .headers import HttpHeaders

__all__ = ["evaluate", "http_date", "is_range_wanted"]


def http_date(seconds: float) -> str:
    """*seconds* since 1970 as a date of HTTP (RFC 9110 5.6.7)."""
    return formatdate(int(seconds), usegmt=True)


def evaluate(headers: HttpHeaders, tag: str, modified: float) -> int | None:
    """Return 304 or 412 for a GET or HEAD with these *headers* of what has the entity tag *tag* and was *modified* then; None to send it.

    In the order of RFC 9110 13.2.2: a condition on tags makes one on dates, which know seconds only, void. A date that is none says
    nothing.
    """
    if "if-match" in headers:
        if not _matches(headers.get_all("if-match"), tag, strong=True):
            return 412
    elif (since := _date(headers.get("if-unmodified-since"))) is not None and int(modified) > since:
        return 412
    if "if-none-match" in headers:
        return 304 if _matches(headers.get_all("if-none-match"), tag, strong=False) else None
    since = _date(headers.get("if-modified-since"))
    return 304 if since is not None and int(modified) <= since else None


def is_range_wanted(headers: HttpHeaders, tag: str, modified: float) -> bool:
    """True if ``If-Range`` allows a part of what is there now, which is so without that field (RFC 9110 13.1.5)."""
    condition = headers.get("if-range")
    if condition is None:
        return True
    if condition.startswith(('"', "W/")):
        return condition == tag and not tag.startswith("W/")
    return _date(condition) == int(modified)


def _matches(fields: list[str], tag: str, *, strong: bool) -> bool:
    if any(field.strip(" \t") == "*" for field in fields):
        return True
    if strong and tag.startswith("W/"):
        return False
    wanted = tag.removeprefix("W/")
    for field in fields:
        for member in field.split(","):
            each = member.strip(" \t")
            if (each if strong else each.removeprefix("W/")) == wanted:
                return True
    return False


def _date(text: str | None) -> float | None:
    try:
        moment: datetime | None = None if text is None else parsedate_to_datetime(text)
        return None if moment is None else moment.timestamp()
    except (ValueError, OverflowError):
        return None
