"""The words of a start line: methods, versions and statuses. Source: Netty's ``HttpMethod``, ``HttpVersion`` and ``HttpResponseStatus``.

Methods and statuses are those of the standard library, under Netty's names. They are text and numbers all the same, so
``request.method == "GET"`` and ``response.status == 404`` say what they mean, and a method nobody knows is its text.
"""

from __future__ import annotations

from enum import StrEnum
from http import HTTPMethod as HttpMethod, HTTPStatus as HttpResponseStatus
from typing import Final

__all__ = ["HttpMethod", "HttpResponseStatus", "HttpVersion", "reason_phrase"]


class HttpVersion(StrEnum):
    """The version of a message, as its start line writes it."""

    HTTP_1_0 = "HTTP/1.0"
    HTTP_1_1 = "HTTP/1.1"
    HTTP_2 = "HTTP/2"
    HTTP_3 = "HTTP/3"


_PHRASES: Final[dict[int, str]] = {status.value: status.phrase for status in HttpResponseStatus}
# By the hundreds, for statuses that nobody has registered (RFC 9110 15: a client treats them as x00).
_CLASSES: Final = ("Informational", "Success", "Redirection", "Client Error", "Server Error")


def reason_phrase(status: int) -> str:
    """The text beside *status* in a status line: the registered one, or that of its class."""
    phrase = _PHRASES.get(status)
    if phrase is not None:
        return phrase
    return _CLASSES[status // 100 - 1] if 100 <= status <= 599 else "Unknown"
