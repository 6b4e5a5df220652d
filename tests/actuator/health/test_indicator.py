"""The names of indicators."""

import pytest

from pyboot.actuator import Health, HealthIndicator
from pyboot.actuator.health.indicator import component_name
from pyboot.boot import BeanDefinition


class Some(HealthIndicator):
    """Is up."""

    def health(self) -> Health:
        """Say so."""
        return Health.up()


@pytest.mark.parametrize(
    ("bean", "expected"),
    [("disk_space_health_indicator", "diskSpace"), ("db", "db"), ("db_indicator", "db"), ("cache_health", "cache")],
)
def test_a_component_is_called_as_its_bean(bean: str, expected: str) -> None:
    """Without what all of them are called."""
    assert expected == component_name(BeanDefinition(name=bean, provides=Some, factory=Some, target=Some))
