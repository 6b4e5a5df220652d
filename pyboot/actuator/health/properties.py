"""The settings below `management.endpoint.health`, each with its default and a sentence."""

from datetime import timedelta

from pydantic import Field

from pyboot.actuator.properties import EndpointProperties, Show
from pyboot.boot import ConfigurationProperties, Duration
from pyboot.netty.properties import Settings

from .health import IN_ORDER, Status

STATUS_CODES = {Status.DOWN: 503, Status.OUT_OF_SERVICE: 503}


class StatusProperties(Settings):
    """`management.endpoint.health.status`: what the worst status is, and what it is answered with."""

    order: list[str] | None = Field(default=None, description="The statuses, the worst first. Default: DOWN, OUT_OF_SERVICE, UP, UNKNOWN.")
    http_mapping: dict[str, int] | None = Field(
        default=None, description="The status codes of answers, by status; any other is 200. Default: 503 of DOWN and OUT_OF_SERVICE."
    )


class HealthGroupProperties(Settings):
    """`management.endpoint.health.group.<name>`: some components under a name; what it does not say is as of the whole."""

    include: list[str] = Field(default=["*"], description="The components that belong to it; `*` stands for all. Default: all.")
    exclude: list[str] = Field(default=[], description="Components that do not, whatever is included. Default: none.")
    show_details: Show | None = Field(default=None, description="Who sees details. Default: as of the whole.")
    show_components: Show | None = Field(default=None, description="Who sees components. Default: as of the whole.")
    roles: list[str] | None = Field(default=None, description="The roles that are authorized. Default: as of the whole.")
    status: StatusProperties = Field(default_factory=StatusProperties.model_construct, description="Order and codes of statuses.")
    additional_path: str | None = Field(
        default=None,
        pattern=r"^(server|management):/[^?#\s]+$",
        description="A path that answers besides: server:/healthz on the HTTP servers, management:/healthz. Default: none.",
    )


class ProbesProperties(Settings):
    """`management.endpoint.health.probes`: the groups that platforms ask."""

    enabled: bool = Field(default=True, description="Whether the groups liveness and readiness are there. Default true.")
    add_additional_paths: bool = Field(
        default=False, description="Whether they are at /livez and /readyz of the application's HTTP servers, too. Default false."
    )


@ConfigurationProperties("management.endpoint.health")
class HealthProperties(EndpointProperties):
    """`management.endpoint.health`: what is asked, and who sees what of it."""

    show_details: Show = Field(default="never", description="Who sees the details of components. Default never.")
    show_components: Show | None = Field(default=None, description="Who sees the components. Default: who sees details.")
    roles: list[str] = Field(
        default=[], description="The roles that are authorized; none: everybody who has said who it is. Default: none."
    )
    status: StatusProperties = Field(default_factory=StatusProperties.model_construct, description="Order and codes of statuses.")
    group: dict[str, HealthGroupProperties] = Field(default={}, description="Groups of components, by name.")
    probes: ProbesProperties = Field(default_factory=ProbesProperties.model_construct, description="The groups that platforms ask.")
    validate_group_membership: bool = Field(
        default=True, description="Whether a group that includes a component which is not there stops the start. Default true."
    )
    timeout: Duration = Field(
        default=timedelta(seconds=10), description="How long an indicator may take until it counts as DOWN. Default 10s."
    )
    slow_indicator_threshold: Duration = Field(
        default=timedelta(seconds=5), description="How long one may take until the log tells. Default 5s."
    )


def order_of(settings: StatusProperties, above: StatusProperties | None = None) -> tuple[str, ...]:
    """Return the order of statuses: of *settings*, else of what is *above* them."""
    said = settings.order or (above.order if above is not None else None)
    return tuple(each.upper().replace("-", "_") for each in said) if said else IN_ORDER


def codes_of(settings: StatusProperties, above: StatusProperties | None = None) -> dict[str, int]:
    """Return the status codes: those that are set stand for all defaults, not beside them."""
    said = settings.http_mapping if settings.http_mapping is not None else above.http_mapping if above is not None else None
    return STATUS_CODES if said is None else {name.upper().replace("-", "_"): code for name, code in said.items()}
