"""The settings of one side."""

import pytest

from pyboot.components.netty.wire.http2.errors import Http2ConnectionError
from pyboot.components.netty.wire.http2.settings import Http2Settings


def test_what_was_not_told_is_the_protocols() -> None:
    """RFC 9113 6.5.2."""
    settings = Http2Settings()
    assert (4096, None, 65535) == (settings.header_table_size, settings.max_concurrent_streams, settings.initial_window_size)
    assert (16384, None) == (settings.max_frame_size, settings.max_header_list_size)


def test_what_is_told_holds_and_the_unknown_is_ignored() -> None:
    """A later value takes the place of an earlier one."""
    settings = Http2Settings()
    settings.update({3: 7, 0xFFFF: 1})
    settings.update({3: 8})
    assert Http2Settings({3: 8}) == settings
    assert "Http2Settings(MAX_CONCURRENT_STREAMS=8)" == repr(settings)


@pytest.mark.parametrize(("key", "value", "code"), [(2, 2, 1), (4, 2**31, 3), (5, 16383, 1), (5, 2**24, 1)])
def test_a_value_out_of_bounds_ends_the_connection(key: int, value: int, code: int) -> None:
    """With the code that RFC 9113 6.5.2 names."""
    with pytest.raises(Http2ConnectionError) as caught:
        Http2Settings().update({key: value})
    assert code == caught.value.code
