"""The endpoint ``httpexchanges``: the last requests of the application's servers. Source: Spring Boot's ``HttpExchangesEndpoint``."""

from datetime import timedelta
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation

from .repository import HttpExchange, HttpExchangeRepository


@final
@Endpoint("httpexchanges")
class HttpExchangesEndpoint:
    """Tells what is kept; it is there where `management.httpexchanges.recording.enabled` is true."""

    def __init__(self, repository: HttpExchangeRepository) -> None:
        """Take who keeps them."""
        self._repository = repository

    @ReadOperation
    def exchanges(self) -> dict[str, Any]:
        """Answer with all of them, the newest first."""
        return {"exchanges": [_told(each) for each in self._repository.find_all()]}


def _told(exchange: HttpExchange) -> dict[str, Any]:
    request = exchange.request
    told: dict[str, Any] = {
        "timestamp": exchange.timestamp,
        "request": {"method": request.method, "uri": request.uri, "headers": request.headers},
        "response": {"status": exchange.status, "headers": exchange.headers},
    }
    if request.remote_address is not None:
        told["request"]["remoteAddress"] = request.remote_address
    if exchange.time_taken is not None:
        told["timeTaken"] = duration_text(exchange.time_taken)
    return told


def duration_text(duration: timedelta) -> str:
    """Return *duration* as Java writes it (ISO 8601): ``PT1M2.5S``."""
    seconds = duration.total_seconds()
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [f"{int(hours)}H" if hours else "", f"{int(minutes)}M" if minutes else ""]
    last = f"{left:.6f}".rstrip("0").rstrip(".")
    return "PT" + "".join(parts) + (f"{last}S" if last != "0" or not any(parts) else "")
