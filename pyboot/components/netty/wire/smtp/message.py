"""The messages of SMTP. Source: RFC 5321, 4.1 and 4.2; the classes are Netty's.

::

    MAIL FROM:<a@example.org> SIZE=500 CR LF           SmtpRequest("MAIL", "FROM:<a@example.org> SIZE=500")
    250-mail.example.org CR LF 250 SIZE 1000 CR LF     SmtpResponse(250, ["mail.example.org", "SIZE 1000"])
    Hello CR LF ..dot CR LF . CR LF                    SmtpContent(b"Hello\\r\\n.dot"), LastSmtpContent(b"\\r\\n"), or in other pieces
"""

from __future__ import annotations

from typing import final

from mypy_extensions import mypyc_attr

__all__ = ["LastSmtpContent", "SmtpContent", "SmtpRequest", "SmtpResponse"]


@final
class SmtpRequest:
    """A command: its *name*, in capitals, and its *parameters* as they were written. A value."""

    __slots__ = ("name", "parameters")

    def __init__(self, name: str, parameters: str = "") -> None:
        self.name = name.upper()
        self.parameters = parameters

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SmtpRequest):
            return NotImplemented
        return self.name == other.name and self.parameters == other.parameters

    def __hash__(self) -> int:
        return hash((self.name, self.parameters))

    def __repr__(self) -> str:
        # What follows AUTH is a secret.
        return f"SmtpRequest({self.name!r}, {'...' if self.name == 'AUTH' else repr(self.parameters)})"


@final
class SmtpResponse:
    """A reply: its *code*, 200 to 599, and the text of each of its lines. A value."""

    __slots__ = ("code", "details")

    def __init__(self, code: int, details: list[str] | str = "") -> None:
        self.code = code
        self.details: list[str] = [details] if isinstance(details, str) else details

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SmtpResponse):
            return NotImplemented
        return self.code == other.code and self.details == other.details

    __hash__ = None  # type: ignore[assignment]  # its lines may change

    def __repr__(self) -> str:
        return f"SmtpResponse({self.code}, {self.details})"


@mypyc_attr(allow_interpreted_subclasses=True)
class SmtpContent:
    """A piece of a mail, *content*, without the dots of the protocol; its cuts mean nothing."""

    __slots__ = ("content",)

    def __init__(self, content: bytes) -> None:
        self.content = content

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SmtpContent):
            return NotImplemented
        return type(self) is type(other) and self.content == other.content

    def __hash__(self) -> int:
        return hash(self.content)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self.content)} bytes)"


@final
class LastSmtpContent(SmtpContent):
    """The last piece of a mail, which ends with a whole line; it may be empty."""

    __slots__ = ()
