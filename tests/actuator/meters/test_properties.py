"""The settings of meters."""

import pytest
from pydantic import ValidationError

from pyboot.actuator.meters.properties import MetricsProperties


def test_branches_are_read_as_names_with_dots() -> None:
    """Settings take the dots of names for branches; both forms may be mixed."""
    given = {"enable": {"all": True, "netty": {"server": {"bytes": False}}}, "distribution": {"slo": {"http.server": ["100ms", "1s"]}}}
    said = MetricsProperties.model_validate(given).filter

    assert {"all": True, "netty.server.bytes": False} == said.enable
    assert {"http.server": (0.1, 1.0)} == said.slo


def test_a_limit_of_nothing_is_refused() -> None:
    """One meter of a name is the least."""
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        MetricsProperties.model_validate({"max_series": 0})
