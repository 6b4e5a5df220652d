"""What carries the frames of a process."""

from pyboot.cluster.engines.local.given import carrier, use_carrier
from pyboot.cluster.engines.local.hub import LocalHub


def test_a_process_has_its_own_hub_unless_it_is_given_another_carrier() -> None:
    """A worker's host gives one."""
    other = LocalHub()
    use_carrier(lambda prefix: other)
    assert carrier("p") is other
    use_carrier(None)
    assert carrier("p") is LocalHub.named("p")
    LocalHub.use("p", None)
