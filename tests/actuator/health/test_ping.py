"""The indicator ping."""

from pyboot.actuator.health.ping import PingHealthIndicator


def test_who_answers_is_up() -> None:
    """That is all."""
    assert "UP" == PingHealthIndicator().health().status
