"""Http3Config: limits are numbers."""

from typing import Any

import pytest

from pyboot.components.netty.codec.http3 import Http3Config


@pytest.mark.parametrize("told", [{"max_headers": 10}, {"max_header_fields": 0}, {"qpack_table_bytes": -1}, {"max_header_fields": True}])
def test_what_nobody_could_keep_is_refused(told: dict[str, Any]) -> None:
    """With what is allowed."""
    with pytest.raises(ValueError, match="allowed is a whole number"):
        Http3Config(**told)
