"""What all tests of the cluster share."""

import pytest


@pytest.fixture(autouse=True)
def leaves_nothing(no_leaks_at_a_glance: None) -> None:
    """No test leaves a descriptor, task, timer, thread or buffer."""
