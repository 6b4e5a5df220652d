"""Survey: everything of a start but making and binding, and what is wrong with it, all at once.

A start stops at what it meets first; a survey goes on as far as it can. What is wrong with the settings, or with the graph, hides nothing
of the pipelines; only an application that cannot be found or read ends it. What a start would log as a warning is a finding as well.
"""

import logging
import sys
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, redirect_stdout
from typing import TYPE_CHECKING, NamedTuple, final

from pyboot.boot import Blueprint, BootError, prepare, resolve_application
from pyboot.boot.config.load import Given
from pyboot.boot.config.loggers import check_file, levels
from pyboot.boot.config.secrets import Secrets
from pyboot.boot.diagnostics.analysis import analyze
from pyboot.boot.diagnostics.analyzers import GROUP, all_analyzers
from pyboot.boot.diagnostics.report import unknown
from pyboot.boot.discovery.entrypoints import installed
from pyboot.boot.errors import BindError, GraphError
from pyboot.boot.graph.validate import survey as noting_problems

from .finding import Finding, Level

if TYPE_CHECKING:
    from .endpoints import Endpoint

LOGGED = "log"
"""The rule of what a start would only log."""

_NETTY = "pyboot.netty.autoconfigure"


@final
class Survey(NamedTuple):
    """An application, as far as it could be read, its servers and clients, and what was found."""

    blueprint: Blueprint | None
    endpoints: Sequence["Endpoint"]
    findings: Sequence[Finding]

    @property
    def is_well(self) -> bool:
        """Tell whether the application would start."""
        return all(finding.level is not Level.ERROR for finding in self.findings)


def surveyed(target: str, arguments: Sequence[str], skipped: Collection[str] = ()) -> Survey:
    """Return what is wrong with the application *target* under the command line *arguments*; nothing is made, nothing listens.

    *skipped* names what is of another machine: ``ports``, ``certificates``.
    """
    findings: list[Finding] = []
    secrets = Secrets()
    with _warnings_noted(findings):
        found = _prepared(target, arguments, secrets, findings)
        endpoints = [] if found is None else _looked_through(found, arguments, skipped, findings)
    masked = [finding._replace(text=secrets.masked(finding.text), action=secrets.masked(finding.action)) for finding in findings]
    return Survey(found, endpoints, sorted(dict.fromkeys(masked), key=lambda finding: finding.level is not Level.ERROR))


def _prepared(target: str, arguments: Sequence[str], secrets: Secrets, findings: list[Finding]) -> Blueprint | None:
    """The application as far as it can be read, what is wrong with its graph noted in *findings*; none if it cannot be read at all."""
    try:
        with redirect_stdout(sys.stderr):
            application = resolve_application(target)
            found = prepare(application, Given(arguments=arguments, secrets=secrets), judge=noting_problems)
    except Exception as error:  # noqa: BLE001  whatever it is becomes a finding
        findings += found_in(error)
        return None
    for problem in found.graph.problems:
        findings += found_in(problem)
    return found


def _looked_through(found: Blueprint, arguments: Sequence[str], skipped: Collection[str], findings: list[Finding]) -> list["Endpoint"]:
    """Look at what does not depend on a right graph: options, logging, pipelines, and what the machine has to have."""
    findings += _attempted(lambda: _options(found, arguments))
    findings += _attempted(lambda: levels(found.environment))
    if (file := found.logging.file.name) is not None:
        findings += _attempted(lambda: check_file(found.environment, file))
    if not any(entry.source.startswith(_NETTY) for entry in found.graph.index.definitions):
        return []
    from .endpoints import look_through  # imports the network library, which this application has

    endpoints, more = look_through(found, skipped, found_in)
    findings += more
    return endpoints


def _options(found: Blueprint, arguments: Sequence[str]) -> None:
    strange = found.strange_options(arguments)
    if strange is not None:
        raise strange


def _attempted(look: Callable[[], object]) -> list[Finding]:
    try:
        look()
    except BootError as error:
        return found_in(error)
    return []


def found_in(error: BaseException) -> list[Finding]:
    """Return *error* as findings: what the report of a failed start would say of it, one for each problem where it holds several."""
    if isinstance(error, GraphError):
        return [finding for problem in error.problems for finding in found_in(problem)]
    if isinstance(error, BindError) and len(error.problems) > 1:
        return [finding for each in error.problems for finding in found_in(BindError(error.prefix, error.target, (each,)))]
    analysis = analyze(error, all_analyzers(installed(GROUP))) or unknown(error)
    return [Finding(Level.ERROR, analysis.code or "PB-E000", analysis.description, analysis.action)]


class _Noting(logging.Handler):
    """Makes findings of log records."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(logging.WARNING)
        self._findings = findings

    def emit(self, record: logging.LogRecord) -> None:
        level = Level.ERROR if record.levelno >= logging.ERROR else Level.WARNING
        self._findings.append(Finding(level, LOGGED, record.getMessage()))


@contextmanager
def _warnings_noted(findings: list[Finding]) -> Iterator[None]:
    """Note in *findings* what pyboot logs as a warning meanwhile."""
    logger, noting = logging.getLogger("pyboot"), _Noting(findings)
    before, logger.propagate = logger.propagate, False
    logger.addHandler(noting)
    try:
        yield
    finally:
        logger.removeHandler(noting)
        logger.propagate = before
