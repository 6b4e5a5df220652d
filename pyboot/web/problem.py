"""Problem details: errors that a client's program can read. Source: RFC 9457, and Spring's ``ProblemDetail``."""

from collections.abc import Mapping
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final, final

MEDIA_TYPE: Final = "application/problem+json"

NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})


@final
class ProblemDetail:
    """What went wrong with one request.

    Args:
        status: the status of the answer.
        detail: what happened this time, for people; default: nothing more than the title says.
        title: what kind of problem it is; default: the status's phrase.
        type: a URI that stands for the kind of problem; default ``about:blank``: the status says it all.
        instance: a URI that stands for this very occurrence; no default.
        members: whatever else a client's program shall read.
    """

    def __init__(
        self,
        status: int,
        detail: str | None = None,
        *,
        title: str | None = None,
        type: str = "about:blank",
        instance: str | None = None,
        **members: Any,
    ) -> None:
        self.status = status
        self.detail = detail
        self.title = title or phrase(status)
        self.type = type
        self.instance = instance
        self.members = members

    def to_dict(self) -> dict[str, Any]:
        """Return the members of the JSON object, in the RFC's order; what is not said is left out."""
        own = {"type": self.type, "title": self.title, "status": self.status, "detail": self.detail, "instance": self.instance}
        return {name: value for name, value in own.items() if value is not None} | self.members

    def __repr__(self) -> str:
        return f"ProblemDetail({self.status}, {self.detail!r})"


@final
class ProblemDetailError(Exception):
    """An error that a controller raises to end a request with a `ProblemDetail`: ``raise ProblemDetailError(404, "no such user")``.

    Args:
        status, detail, title, type, instance, members: as of `ProblemDetail`.
        headers: what the answer carries besides.
    """

    def __init__(self, status: int, detail: str | None = None, *, headers: Mapping[str, str] = NO_HEADERS, **members: Any) -> None:
        super().__init__(status, detail)
        self.problem = ProblemDetail(status, detail, **members)
        self.headers = headers


def phrase(status: int) -> str:
    """Return the standard's phrase for *status*; of one that it does not know, ``Status 499``."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
