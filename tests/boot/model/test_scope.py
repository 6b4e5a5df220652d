"""Scopes are labels with a name."""

from pyboot.boot.model.label import labels
from pyboot.boot.model.scope import Scope


def test_the_framework_knows_three() -> None:
    """Any other name is a scope of the user's own."""

    @Scope("job")
    class Job: ...

    assert (Scope("job"),) == labels(Job, Scope)
    assert {"singleton", "prototype", "channel"} == {Scope.SINGLETON, Scope.PROTOTYPE, Scope.CHANNEL}
