"""Groups of health, and what who asks sees."""

import pytest

from pyboot.actuator import Health, InvocationContext
from pyboot.actuator.health.groups import PROBES, groups, whole
from pyboot.actuator.health.properties import HealthGroupProperties, HealthProperties
from pyboot.actuator.invocation import Principal

NAMES = ["db", "livenessState", "ping", "readinessState"]


def test_probes_have_those_members_that_are_there() -> None:
    """And a group of the settings stands for one of the same name."""
    found = groups(HealthProperties(), NAMES)
    own = groups(HealthProperties(group={"readiness": HealthGroupProperties(include=["readinessState", "db"])}), NAMES)

    assert {"liveness": ("livenessState",), "readiness": ("readinessState",)} == {name: each.members for name, each in found.items()}
    assert ("db", "readinessState") == own["readiness"].members
    assert {"liveness", "readiness"} == set(PROBES)


@pytest.mark.parametrize(
    ("context", "is_shown"),
    [
        (InvocationContext(), False),
        (InvocationContext(is_authorized=True), False),
        (InvocationContext(Principal("eve"), is_authorized=True), False),
        (InvocationContext(Principal("ada", frozenset({"ops"})), is_authorized=True), True),
        (InvocationContext(Principal("owner", frozenset({"*"})), is_authorized=True), True),
    ],
)
def test_a_role_is_had_or_not(context: InvocationContext, is_shown: bool) -> None:
    """The owner has all."""
    group = whole(HealthProperties(show_details="when-authorized", roles=["ops"]), NAMES)

    assert is_shown is group.shows_details(context)
    assert is_shown is ("components" in group.body(Health.composed({"db": Health.up()}), context))


def test_texts_of_details_are_masked_however_deep() -> None:
    """In mappings and lists, too; numbers stay numbers."""
    group = whole(HealthProperties(show_details="always"), NAMES)
    health = Health.up(at="db://u:hunter2", inner={"list": ["hunter2", 1, ("hunter2",)], "fine": True})

    told = group.body(health, InvocationContext(), masked=lambda text: text.replace("hunter2", "******"))

    assert {"at": "db://u:******", "inner": {"list": ["******", 1, ["******"]], "fine": True}} == told["details"]
