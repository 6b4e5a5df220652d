"""The words of a start line."""

from pyboot.components.netty.wire.http.start_line import HttpMethod, HttpResponseStatus, HttpVersion, reason_phrase


def test_words_are_text_and_numbers() -> None:
    """So they can be compared with what everybody writes."""
    assert ("GET", 404, "HTTP/1.1") == (HttpMethod.GET, HttpResponseStatus.NOT_FOUND, HttpVersion.HTTP_1_1)


def test_a_status_has_a_reason_even_if_nobody_has_registered_it() -> None:
    """That of its class, then."""
    assert ["OK", "Success", "Client Error", "Unknown"] == [reason_phrase(status) for status in (200, 299, 499, 999)]
