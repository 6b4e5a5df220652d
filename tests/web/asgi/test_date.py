"""The date of an answer."""

import re

import pytest

from pyboot.web.asgi import date
from pyboot.web.asgi.date import date_field


def test_it_is_the_form_of_http_and_made_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same object within a second."""
    monkeypatch.setattr(date.time, "time", lambda: 784111777.2)
    first = date_field()
    assert (b"date", b"date", b"Sun, 06 Nov 1994 08:49:37 GMT") == first
    monkeypatch.setattr(date.time, "time", lambda: 784111777.9)
    assert first is date_field()
    monkeypatch.setattr(date.time, "time", lambda: 784111778.0)

    assert re.fullmatch(rb"Sun, 06 Nov 1994 08:49:38 GMT", date_field()[2])
