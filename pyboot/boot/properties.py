"""The settings of the container itself, below ``pyboot``."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from .config.bind.values import DataSize, Duration

# A time to wait for, which nobody owes: a hundred years are for ever, and more than that no clock of the system takes.
Wait = Annotated[Duration, Field(ge=timedelta(0), le=timedelta(days=36500))]


class _Settings(BaseModel):
    # nothing is built before something is set: most applications set little here, and each start would pay for all of it
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class BannerMode(StrEnum):
    """The place where the banner is shown."""

    OFF = "off"
    CONSOLE = "console"


class ApplicationSettings(_Settings):
    """``pyboot.application``: what the application is called."""

    name: str | None = Field(default=None, description="Name in the banner and the log; default: the application class.")


class ProfileSettings(_Settings):
    """``pyboot.profiles``: which profiles are active."""

    active: list[str] = Field(default=[], description="Active profiles, the later ones win.")
    include: list[str] = Field(default=[], description="Profiles active besides those of `active`, before them.")
    group: dict[str, list[str]] = Field(default={}, description="Profiles that one name switches on together.")
    default: str = Field(default="default", description="Profile that is active where no other is.")


class ActivateSettings(_Settings):
    """``pyboot.config.activate``: when a document counts."""

    on_profile: list[str] = Field(default=[], description="The document counts where the active profiles satisfy this.")


class ConfigSettings(_Settings):
    """``pyboot.config``: where settings files are looked for; only `import` and `activate` may stand in a file."""

    name: str = Field(default="application", description="First part of the files' names.")
    location: list[str] = Field(default=[], description="Folders to look in instead of `./config/` and `./`.")
    additional_location: list[str] = Field(default=[], description="Folders to look in besides; they win.")
    import_: list[str] = Field(default=[], alias="import", description="Files and `configtree:` folders to read besides.")
    activate: ActivateSettings = Field(default_factory=ActivateSettings.model_construct)


class MainSettings(_Settings):
    """``pyboot.main``: how the application runs."""

    banner_mode: BannerMode = Field(default=BannerMode.CONSOLE, description="`console` or `off`.")
    loop: str = Field(default="auto", description="`auto` (uvloop where it is installed), `uvloop` or `asyncio`.")
    log_startup_info: bool = Field(default=True, description="Log how long the start took.")
    lazy_initialization: bool = Field(default=False, description="Make every bean at its first use.")
    allow_bean_definition_overriding: bool = Field(default=False, description="Let a later bean of the same name win.")
    keep_alive: bool = Field(default=False, description="Wait for a signal although nothing is running.")


class LifecycleSettings(_Settings):
    """``pyboot.lifecycle``: deadlines for starting and stopping."""

    start_timeout: Wait | None = Field(default=None, description="Deadline for the start of each bean; none by default.")
    timeout_per_shutdown_phase: Wait = Field(default=timedelta(seconds=30), description="Deadline for the stop of each bean.")


class StartupSettings(_Settings):
    """``pyboot.startup``: how long the start may take."""

    budget: Wait | None = Field(default=None, description="Fail the start if it takes longer, and name what took most.")
    timeline: bool = Field(default=False, description="Log the timeline of the start.")


class TaskSettings(_Settings):
    """``pyboot.task``: background work."""

    threads: int = Field(default=8, ge=1, description="Worker threads for plain functions, at most.")
    shutdown_timeout: Wait = Field(default=timedelta(seconds=10), description="How long the stop waits for running tasks.")


class RestartSettings(_Settings):
    """``pyboot.workers.restart``: how long a worker that ended unasked is waited with."""

    initial: Wait = Field(default=timedelta(seconds=0.5), gt=timedelta(0), description="Wait before the first restart.")
    max: Wait = Field(default=timedelta(seconds=30), description="Longest wait.")
    multiplier: float = Field(default=2.0, ge=1, description="How many times as long each wait is as the one before.")
    jitter: float = Field(default=0.2, ge=0, lt=1, description="Part of a wait by which it is longer or shorter at random.")
    reset_after: Wait = Field(default=timedelta(seconds=60), description="A worker that was up so long ends the count.")


class WorkersSettings(_Settings):
    """``pyboot.workers``: several processes of the application, under a supervisor that `pyboot run` starts."""

    count: Literal["auto"] | Annotated[int, Field(ge=1)] = Field(
        default=1, description="How many; `auto`: one for each processor that the process may use."
    )
    accept: Literal["auto", "per-worker", "shared"] = Field(
        default="auto", description="A listening socket for each worker, or one for all; `auto`: for each, where the system deals evenly."
    )
    boot_timeout: Wait = Field(default=timedelta(seconds=60), gt=timedelta(0), description="How long a worker may take until it is ready.")
    settle: Wait = Field(default=timedelta(seconds=1), description="How long the first worker of a roll is watched before others follow.")
    stalled_after: Wait = Field(
        default=timedelta(seconds=30), ge=timedelta(seconds=1), description="A worker whose loop is blocked for so long is replaced."
    )
    drain_timeout: Wait = Field(default=timedelta(seconds=60), description="How long a worker may take to end.")
    quiet_period: Wait = Field(
        default=timedelta(seconds=1), description="How long the connections of a worker that is replaced go on before it closes them."
    )
    pre_stop_delay: Wait = Field(
        default=timedelta(0), description="Time between a stop that is asked for, when readiness is off at once, and the end of accepting."
    )
    orphan_timeout: Wait = Field(default=timedelta(seconds=5), description="How long it may take where its supervisor is gone.")
    give_up: Wait = Field(default=timedelta(seconds=60), description="Where no worker was ready for so long, everything ends.")
    max_lifetime: Wait = Field(
        default=timedelta(0), description="A worker that is so old is replaced, up to a fifth earlier by chance; never by default."
    )
    max_memory: DataSize = Field(default=0, description="A worker that has more resident memory is replaced; never by default.")
    pid_file: str | None = Field(default=None, description="File for the id of the supervisor's process.")
    restart: RestartSettings = Field(default_factory=RestartSettings.model_construct)


class AutoConfigureSettings(_Settings):
    """``pyboot.autoconfigure``: what the installed distributions contribute."""

    enabled: bool = Field(default=True, description="Use auto-configurations at all.")
    exclude: list[str] = Field(default=[], description="Auto-configurations to leave out, as `module:Class`.")


class LogFileSettings(_Settings):
    """``logging.file``: a file to log to as well."""

    name: str | None = Field(default=None, description="Path of the file.")
    max_size: DataSize = Field(default=0, description="Start a new file at this size; never by default.")
    max_history: int = Field(default=7, ge=0, description="How many old files are kept.")


class LoggingSettings(_Settings):
    """``logging``: what is logged, and how."""

    level: dict[str, object] = Field(default={}, description="Levels by logger name; `root` is the root logger.")
    layout: Literal["console", "ecs", "logstash"] = Field(default="console", description="One line for people, or JSON.")
    color: Literal["auto", "always", "never"] = Field(default="auto", description="Colours; `auto`: on a terminal.")
    file: LogFileSettings = Field(default_factory=LogFileSettings.model_construct)


class PyBootSettings(_Settings):
    """Everything below ``pyboot``."""

    application: ApplicationSettings = Field(default_factory=ApplicationSettings.model_construct)
    profiles: ProfileSettings = Field(default_factory=ProfileSettings.model_construct)
    config: ConfigSettings = Field(default_factory=ConfigSettings.model_construct)
    main: MainSettings = Field(default_factory=MainSettings.model_construct)
    lifecycle: LifecycleSettings = Field(default_factory=LifecycleSettings.model_construct)
    startup: StartupSettings = Field(default_factory=StartupSettings.model_construct)
    task: TaskSettings = Field(default_factory=TaskSettings.model_construct)
    workers: WorkersSettings = Field(default_factory=WorkersSettings.model_construct)
    autoconfigure: AutoConfigureSettings = Field(default_factory=AutoConfigureSettings.model_construct)
