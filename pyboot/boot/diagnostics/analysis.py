"""FailureAnalysis: says what happened and what to do; and the search for the analyzer that knows an exception."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pyboot.boot.record import Record

_log = logging.getLogger(__name__)


class FailureAnalysis(Record):
    """The advice on a failure: *description* says what happened, *action* what to do, *code* names the entry in the catalogue of errors.

    One that *is_general*, as of a constructor that raised something, yields to what an analyzer says of a cause.
    """

    description: str
    action: str
    code: str | None = None
    is_general: bool = False


type Analyzer = Callable[[Any], FailureAnalysis | None]
"""A function of one exception; ``None`` means that it has nothing to say about this one."""


def analyze(error: BaseException, analyzers: Mapping[type[BaseException], Analyzer]) -> FailureAnalysis | None:
    """Return what the nearest analyzer says about *error*, or else about one of its causes: who wraps an error knows more.

    An analyzer is found by the exception's class or the nearest base of it; one that itself fails is logged and passed over.
    """
    general = None
    for cause in causes(error):
        analysis = _said_of(cause, analyzers)
        if analysis is not None and not analysis.is_general:
            return analysis
        general = general or analysis
    return general


def _said_of(error: BaseException, analyzers: Mapping[type[BaseException], Analyzer]) -> FailureAnalysis | None:
    for base in type(error).__mro__:
        analyzer = analyzers.get(base)
        analysis = _ask(analyzer, error) if analyzer is not None else None
        if analysis is not None:
            return analysis
    return None


def causes(error: BaseException) -> Iterator[BaseException]:
    """Iterate over *error* and what it was raised from; of a group, over its only member."""
    current: BaseException | None = error
    seen: set[int] = set()
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        members = current.exceptions if isinstance(current, BaseExceptionGroup) else ()
        current = members[0] if len(members) == 1 else current.__cause__


def _ask(analyzer: Analyzer, error: BaseException) -> FailureAnalysis | None:
    try:
        return analyzer(error)
    except Exception:  # noqa: BLE001  the report of the first failure matters more than a second one
        _log.exception("the failure analyzer %s failed", analyzer)
        return None
