"""Refusals: what is wrong with servers and clients, gathered, so that one start tells of all of it. No I/O here.

The law: behind a mistake nothing is judged that follows from it, and everything else is. A server whose handlers are in doubt is not
said to be empty; the server beside it is looked at all the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import final

from .errors import AssemblyError


class PlanError(AssemblyError):
    """The plan of servers and clients is wrong in several ways: *errors*, each an error of its own."""

    code = "PB-N039"
    errors: Sequence[AssemblyError]

    def __str__(self) -> str:
        return "\n\n".join(f"{error}\n-> {error.action}" for error in self.errors)

    @property
    def action(self) -> str:
        """The remedies stand below each of them."""
        return "Do what stands below each of them; `pyboot check` tells the code of each."


@final
class Refusals:
    """The errors that were met so far; what goes on after one of them gathers more."""

    def __init__(self) -> None:
        self._errors: dict[str, AssemblyError] = {}

    @property
    def errors(self) -> list[AssemblyError]:
        """The errors, each once, in the order in which they were met."""
        return list(self._errors.values())

    @property
    def count(self) -> int:
        """The number of errors that were met so far."""
        return len(self._errors)

    def add(self, errors: Iterable[AssemblyError]) -> None:
        """Note *errors*; of several at once each."""
        for error in errors:
            for each in error.errors if isinstance(error, PlanError) else (error,):
                self._errors.setdefault(str(each), each)

    def take[E: AssemblyError](self, *kinds: type[E]) -> list[E]:
        """Return the errors of these *kinds*, which are told otherwise from here on."""
        taken = [error for error in self.errors if isinstance(error, kinds)]
        self._errors = {text: error for text, error in self._errors.items() if error not in taken}
        return taken

    @contextmanager
    def noting(self, pipeline: str = "") -> Iterator[None]:
        """Note what the block is refused, met in the *pipeline* of ``the server 'echo'``, and go on behind it."""
        try:
            yield
        except AssemblyError as error:
            error.pipeline = error.pipeline or pipeline
            self.add([error])

    def settle(self) -> None:
        """Raise what was met: the one error as it is, several as `PlanError`; nothing where nothing is wrong.

        Raises:
            AssemblyError: something is.
        """
        errors = self.errors
        if len(errors) > 1:
            raise PlanError(errors)
        for error in errors:
            raise error
