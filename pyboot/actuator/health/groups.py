"""Groups of health: which components belong together, who sees what of them, and what their status is answered with. No I/O here."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple, final

from pyboot.actuator.errors import HealthGroupError
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.properties import Show, shows
from pyboot.boot.config.names import uniform
from pyboot.boot.model.nearest import nearest

from .health import Health
from .properties import HealthProperties, codes_of, order_of

PROBES: Final[Mapping[str, tuple[str, ...]]] = {
    "liveness": ("livenessState",),
    "readiness": ("readinessState", "servers", "eventLoops"),
}
"""The groups that platforms ask, with their members as far as these are there. Liveness follows nothing but the application itself: where
a dependency is away, a restart helps nobody."""


@final
class HealthGroup(NamedTuple):
    """Some components under a name, or all of them; *details*, *components* and *roles* say who sees what."""

    members: tuple[str, ...]
    order: tuple[str, ...]
    codes: Mapping[str, int]
    details: Show
    components: Show
    roles: frozenset[str]

    def status_code(self, health: Health) -> int:
        """Return what *health* is answered with."""
        return self.codes.get(health.status, 200)

    def shows_details(self, context: InvocationContext) -> bool:
        """Tell whether who asks sees the details of components."""
        return self._shows(self.details, context)

    def shows_components(self, context: InvocationContext) -> bool:
        """Tell whether who asks sees the components."""
        return self._shows(self.components, context)

    def _shows(self, show: Show, context: InvocationContext) -> bool:
        return shows(show, self.roles, context)

    def body(
        self, health: Health, context: InvocationContext, *, parts: str = "components", masked: Callable[[str], str] = str
    ) -> dict[str, Any]:
        """Return what who asks sees of *health*; *parts* is what its components are called: ``details`` in version 2.

        Texts among the details, however deep, go through *masked*: what an error says may hold a secret.
        """
        told: dict[str, Any] = {"status": health.status}
        if health.components and self.shows_components(context):
            told[parts] = {name: self.body(each, context, parts=parts, masked=masked) for name, each in health.components.items()}
        if health.details and self.shows_details(context):
            told["details"] = _masked(health.details, masked)
        return told


def _masked(value: Any, masked: Callable[[str], str]) -> Any:
    """Return *value* with each text of it, in mappings and lists too, as *masked* returns it."""
    match value:
        case str():
            return masked(value)
        case Mapping():
            return {name: _masked(each, masked) for name, each in value.items()}
        case list() | tuple():
            return [_masked(each, masked) for each in value]
    return value


def whole(settings: HealthProperties, names: Sequence[str]) -> HealthGroup:
    """Return the group of all components."""
    return HealthGroup(
        tuple(names),
        order_of(settings.status),
        codes_of(settings.status),
        settings.show_details,
        settings.show_components or settings.show_details,
        frozenset(settings.roles),
    )


def groups(settings: HealthProperties, names: Sequence[str]) -> dict[str, HealthGroup]:
    """Return the groups by name: those of the settings, and the probes.

    Raises:
        HealthGroupError: one includes a component that is not there.
    """
    all_of_them, found = whole(settings, names), dict[str, HealthGroup]()
    for name, group in settings.group.items():
        included = names if "*" in group.include else _known(name, group.include, names, is_strict=settings.validate_group_membership)
        excluded = {uniform(each) for each in group.exclude}
        found[name] = HealthGroup(
            tuple(each for each in included if uniform(each) not in excluded and "*" not in excluded),
            order_of(group.status, settings.status),
            codes_of(group.status, settings.status),
            group.show_details or settings.show_details,
            group.show_components or group.show_details or settings.show_components or settings.show_details,
            all_of_them.roles if group.roles is None else frozenset(group.roles),
        )
    if settings.probes.enabled:
        for probe, members in PROBES.items():
            found.setdefault(probe, all_of_them._replace(members=tuple(each for each in members if each in names)))
    return found


def _known(group: str, included: Iterable[str], names: Sequence[str], *, is_strict: bool) -> list[str]:
    """Return the components that *included* mean, in the order of their names."""
    spelled = {uniform(name): name for name in names}
    for each in included:
        if is_strict and uniform(each) not in spelled:
            raise HealthGroupError(group, each, names, nearest(each, names))
    wanted = set(map(uniform, included))
    return [name for meant, name in spelled.items() if meant in wanted]
