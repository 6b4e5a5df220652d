"""`pyboot ctl`: ask a running application through the Unix socket of its management server, which only its user can open."""

import http.client
import json
import socket
from collections.abc import Iterable, Mapping
from typing import Any, Final, final
from urllib.parse import quote, urlencode

from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.errors import BootError
from pyboot.cli.errors import CommandError

VARIABLE: Final = "MANAGEMENT_SERVER_SOCKET"
"""The variable that an application reads the setting from, too."""

_SOCKET: Final = "management.server.socket"
_SECONDS: Final = 30.0
_BAD_REQUEST: Final = 400
_NOT_THERE: Final = (404, 405, 501)
_UNAVAILABLE: Final = 503  # of health that is DOWN, which is an answer; anything else that says so refuses


@final
class ManagementClient:
    """Asks the management server that listens at a path."""

    def __init__(self, path: str | None) -> None:
        """Take the path of the socket; by default it is read from the settings, as the path is that all endpoints are below.

        The settings are those of the working directory and the variables, as an application that is started here reads them.

        Raises:
            CommandError: nothing says where the socket is, or the settings cannot be read.
        """
        try:
            environment = load_environment(Given())
            found = path or environment.get(_SOCKET)
            server_path = environment.get("management.server.base-path", str, "")
            self._base = server_path + environment.get("management.endpoints.web.base-path", str, "/actuator").rstrip("/")
        except BootError as error:
            raise CommandError(f"The settings cannot be read: {error}", "Correct them: the application does not start with them.") from None
        if not found:
            raise CommandError(
                "Nothing says where the application listens.",
                f"Set {_SOCKET} for the application, in its settings here or by {VARIABLE}=PATH, or say the same path here: --socket PATH.",
            )
        self._path = found
        self.is_down = False

    def ask(self, where: str, method: str = "GET", given: Mapping[str, str] | None = None) -> Any:
        """Return what the endpoint *where*, ``channels/0000002a``, says: its JSON, or text; None where it says nothing.

        Raises:
            CommandError: nothing listens, this user may not connect, or the endpoint refuses.
        """
        query = urlencode(given) if given and method != "POST" else ""
        target = f"{self._base}/{quote(where.strip('/'))}{'?' + query if query else ''}"
        connection = _UnixConnection(self._path)
        try:
            content = json.dumps(given or {}) if method == "POST" else None
            connection.request(method, target, content, {"content-type": "application/json"} if content else {})
            response = connection.getresponse()
            return self._answer(response.status, response.headers.get("content-type") or "", response.read(), where)
        except TimeoutError:
            raise CommandError(f"{where}: no answer within {_SECONDS:g} s.", "Look at the log: something blocks the loop.") from None
        except OSError as error:
            raise self._refused(error) from None
        except (http.client.HTTPException, ValueError) as error:  # no HTTP, half an answer, or JSON that is none
            reason = f"{self._path}: what listens there does not answer as a management server does: {type(error).__name__}."
            raise CommandError(reason, "Look whose socket that is: --socket PATH.") from None
        finally:
            connection.close()

    def _answer(self, status: int, media_type: str, content: bytes, where: str) -> Any:
        told = json.loads(content) if content and "json" in media_type else content.decode(errors="replace") or None
        if status >= _BAD_REQUEST and status != _UNAVAILABLE:
            is_there = status not in _NOT_THERE
            action = "Correct what is asked for." if is_there else "`pyboot ctl` without a name lists what there is."
            reason = str(_reason(told))
            raise CommandError(f"{where}: {status}, {reason if reason.endswith('?') else f'{reason}.'}", action)
        self.is_down = status == _UNAVAILABLE
        if self.is_down and not (isinstance(told, dict) and "error" not in told and "status" in told):
            raise CommandError(f"{where}: {status}, {_reason(told)}.", "Ask again in a while, or one worker alone: worker=1.")
        return told

    def _refused(self, error: OSError) -> CommandError:
        if isinstance(error, PermissionError):
            return CommandError(f"This user may not open {self._path}.", "Ask as the user that the application runs as: nobody else can.")
        if isinstance(error, FileNotFoundError | ConnectionRefusedError):
            what = "there is no such socket" if isinstance(error, FileNotFoundError) else "nobody listens there any more"
            return CommandError(
                f"{self._path}: {what}.", "Start the application with the starter actuator and --management.server.socket=PATH."
            )
        return CommandError(f"{self._path}: {error.strerror or error}.", "Look whether the application runs.")


def _reason(told: Any) -> object:
    return told.get("message") or told.get("error") if isinstance(told, dict) else told


@final
class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the path."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_SECONDS)
        self.sock.connect(self._path)


def parameters(words: Iterable[str]) -> dict[str, str]:
    """Return ``name=value`` words as parameters.

    Raises:
        CommandError: one has no name or no value.
    """
    found = dict[str, str]()
    for word in words:
        name, equals, value = word.partition("=")
        if not (name and equals):
            raise CommandError(f"{word!r} is no parameter.", "Write it as name=value.")
        found[name] = value
    return found


def names(links: Mapping[str, Any]) -> list[str]:
    """Return the endpoints that the list of links has."""
    return sorted(name for name, link in links["_links"].items() if name != "self" and not link.get("templated"))
