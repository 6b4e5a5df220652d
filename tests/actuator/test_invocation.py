"""What operations may ask for."""

from pyboot.actuator import InvocationContext
from pyboot.actuator.invocation import Principal


def test_nobody_has_a_role() -> None:
    """Neither somebody unknown, nor somebody with other roles."""
    assert not InvocationContext().is_in_role("admin")
    assert not InvocationContext(Principal("eve", frozenset({"reader"}))).is_in_role("admin")
    assert InvocationContext(Principal("ada", frozenset({"admin"}))).is_in_role("admin")
