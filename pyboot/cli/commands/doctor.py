"""`pyboot doctor`: looks at this installation and this machine for what makes applications slow, or fail where others work."""

import platform
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, final

from pyboot.cli.commands.info import facts as versions
from pyboot.components.netty import core_info

_FILES = 4096  # a connection is a descriptor; many systems begin with 1024
_BACKLOG = 1024  # what a server asks for by default
_SLOW_SECONDS = 1.0
_OLDEST = (3, 12, 10)


class State(StrEnum):
    """The outcome of one look."""

    FINE = "ok"
    DOUBTFUL = "warning"
    WRONG = "error"


@final
class Finding(NamedTuple):
    """One thing that was looked at: what was seen, and what to do where it is not fine."""

    name: str
    state: State
    seen: str
    advice: str = ""


def examine() -> list[Finding]:
    """Return what was seen, in the order of a start: Python, what is installed, the machine."""
    looks: tuple[Callable[[], Iterable[Finding]], ...] = (_python, _core, _loop, _namespaces, _descriptors, _backlog, _clock, _names)
    return [finding for look in looks for finding in look()]


def is_well(findings: Iterable[Finding]) -> bool:
    """Tell whether nothing is wrong; what is doubtful may be meant."""
    return all(finding.state is not State.WRONG for finding in findings)


def facts(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """Return one entry for each thing that was looked at."""
    return [{**finding._asdict(), "state": str(finding.state)} for finding in findings]


def text(findings: list[Finding]) -> str:
    """Return the same for people: a line for each, and the advice below it."""
    width = max(len(finding.name) for finding in findings)
    lines: list[str] = []
    for finding in findings:
        lines.append(f"{finding.state:<8} {finding.name:<{width}}  {finding.seen}")
        lines += [f"{'':<{width + 9}}  -> {finding.advice}"] if finding.advice else []
    return "\n".join(lines)


def _judged(name: str, fine: bool, seen: str, advice: str, otherwise: State = State.DOUBTFUL) -> Finding:
    return Finding(name, State.FINE, seen) if fine else Finding(name, otherwise, seen, advice)


def _python(version: tuple[int, ...] = sys.version_info[:3]) -> Iterator[Finding]:
    advice = f"Use Python {'.'.join(map(str, _OLDEST))} or newer."
    yield _judged("python", version >= _OLDEST, f"{platform.python_implementation()} {'.'.join(map(str, version))}", advice, State.WRONG)
    for name in ("pyboot-framework", "pydantic", "dependency-injector"):
        seen = versions()[name]
        yield _judged(name, seen != "not installed", seen, f"pip install {name}", State.WRONG)


def _core() -> Iterator[Finding]:
    core = core_info()
    advice = "Messages cost several times as much: install a wheel for this Python, or a C compiler, and unset PYBOOT_PURE."
    yield _judged("network core", core.form == "compiled", f"{core.form}: {core.reason}", advice)


def _loop() -> Iterator[Finding]:
    seen = versions()["event loop"]
    yield _judged("event loop", seen == "uvloop" or sys.platform == "win32", seen, "pip install uvloop: it is faster.")


def _namespaces(path: Iterable[str] = tuple(sys.path)) -> Iterator[Finding]:
    """An ``__init__.py`` in a namespace hides what other distributions put there."""
    places = [Path(entry or ".", "pyboot", *below, "__init__.py") for entry in dict.fromkeys(path) for below in ((), ("components",))]
    stray = [str(place) for place in places if place.is_file()]
    yield _judged(
        "namespaces", not stray, ", ".join(stray) or "no stray __init__.py", "Delete it: it hides other distributions.", State.WRONG
    )


def _descriptors() -> Iterator[Finding]:
    try:
        import resource  # not on Windows
    except ImportError:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    is_enough = soft == resource.RLIM_INFINITY or soft >= _FILES
    advice = f"Each connection is one: ulimit -n {_FILES * 16}, or LimitNOFILE= in the unit of systemd."
    yield _judged("open files", is_enough, f"{soft} at most (this user may raise it to {hard})", advice)


def _backlog(file: Path = Path("/proc/sys/net/core/somaxconn")) -> Iterator[Finding]:
    try:
        limit = int(file.read_text("ascii"))
    except (OSError, ValueError):  # another system, which has its own limit
        return
    advice = f"Clients that come at once are refused: sysctl -w net.core.somaxconn={_BACKLOG * 4}"
    yield _judged("backlog", limit >= _BACKLOG, f"{limit} connections that wait to be accepted, at most", advice)


def _clock(now: Callable[[], float] = time.time) -> Iterator[Finding]:
    """Certificates and schedules follow the clock, which cannot be before this file was written."""
    written = Path(__file__).stat().st_mtime
    seen = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(now()))
    yield _judged("clock", now() >= written, seen, "It is behind: pyboot was installed later than that. Set it, or start NTP.", State.WRONG)


def _names(resolve: Callable[[str, None], object] = socket.getaddrinfo) -> Iterator[Finding]:
    for name, host in (("localhost", "localhost"), ("own name", socket.gethostname())):
        began = time.monotonic()
        try:
            resolve(host, None)
        except OSError as error:
            state = State.WRONG if host == "localhost" else State.DOUBTFUL
            yield Finding(name, state, f"{host} cannot be found: {error}", "Put it into /etc/hosts.")
            continue
        seconds = time.monotonic() - began
        advice = "The resolver is slow: clients that connect by name wait as long. Look at /etc/resolv.conf."
        yield _judged(name, seconds < _SLOW_SECONDS, f"{host} was found in {seconds * 1000:.0f} ms", advice)
