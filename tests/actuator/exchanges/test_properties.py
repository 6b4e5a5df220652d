"""What is kept of exchanges, as settings say it."""

import pytest

from pyboot.actuator.exchanges.properties import HttpExchangesProperties, Include
from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.errors import BindError


def bound(**said: str) -> HttpExchangesProperties:
    """The settings, some of which were *said*."""
    given = {f"management.httpexchanges.recording.{name}": value for name, value in said.items()}
    return load_environment(Given(properties=given)).bind("management.httpexchanges", HttpExchangesProperties)


def test_recording_is_off_and_keeps_what_springs_does() -> None:
    """By itself."""
    recording = bound().recording

    assert not recording.enabled
    assert [Include.TIME_TAKEN, Include.REQUEST_HEADERS, Include.RESPONSE_HEADERS] == recording.include


@pytest.mark.parametrize("said", ["remote-address,cookie-headers", "REMOTE_ADDRESS,COOKIE_HEADERS", "remoteAddress,cookieHeaders"])
def test_includes_are_spelled_as_springs(said: str) -> None:
    """In any of its spellings."""
    assert [Include.REMOTE_ADDRESS, Include.COOKIE_HEADERS] == bound(include=said).recording.include


def test_what_there_is_nothing_of_is_refused() -> None:
    """No session, no principal: nothing of pyboot knows them."""
    with pytest.raises(BindError, match="include"):
        bound(include="session-id")
