"""The decorators that make a class a part of the application: they label it, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType, ModuleType
from typing import Any, Self, final, overload

from .label import Label


@final
@dataclass(frozen=True, slots=True)
class Stereotype(Label):
    """A role that makes a class a bean: ``@Component``, ``@Service``, ``@Repository``, ``@Configuration``.

    Use it bare, with a name (``@Service("mailer")``), or with ``name=``. The bean's name is otherwise the class name
    in snake_case.
    """

    role: str
    name: str | None = None

    @overload
    def __call__(self, target: str, /) -> Self: ...
    @overload
    def __call__(self, *, name: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return replace(self, name=targets[0]) if targets else replace(self, **given)


Component = Stereotype("component")
Service = Stereotype("service")
Repository = Stereotype("repository")
Configuration = Stereotype("configuration")


@final
@dataclass(frozen=True, slots=True)
class ApplicationLabel(Label):
    """The class an application starts from: ``@PyBootApplication``.

    Args:
        name: the application's name where the setting ``pyboot.application.name`` is silent; default: the class name.
        scan: packages or modules to search for components; default: the package of the class.
        exclude: auto-configurations to leave out, by class or by ``module:Class``.
    """

    name: str | None = None
    scan: tuple[str | ModuleType, ...] | None = None
    exclude: tuple[type | str, ...] = ()

    @overload
    def __call__(
        self,
        *,
        name: str | None = None,
        scan: tuple[str | ModuleType, ...] | None = None,
        exclude: tuple[type | str, ...] = (),
    ) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        return Label.__call__(self, *targets) if targets else replace(self, **given)


PyBootApplication = ApplicationLabel()


NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})


@final
@dataclass(frozen=True, slots=True)
class AutoConfigurationLabel(Label):
    """A configuration that a distribution brings along, found through the entry-point group ``pyboot.autoconfigure``.

    Args:
        before: auto-configurations that come after this one, by class or by ``module:Class``; absent ones are ignored.
        after: auto-configurations that come before this one.
        defaults: settings of the lowest precedence, e.g. ``{"pyboot.main.loop": "${netty.loop:auto}"}``.
    """

    before: tuple[type | str, ...] = ()
    after: tuple[type | str, ...] = ()
    defaults: Mapping[str, str] = NO_DEFAULTS

    @overload
    def __call__(
        self,
        *,
        before: tuple[type | str, ...] = (),
        after: tuple[type | str, ...] = (),
        defaults: Mapping[str, str] = NO_DEFAULTS,
    ) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        return Label.__call__(self, *targets) if targets else replace(self, **given)


AutoConfiguration = AutoConfigurationLabel()


@final
@dataclass(frozen=True, slots=True)
class ConfigurationProperties(Label):
    """Bind the settings below *prefix* into the labelled class: a pydantic model, a dataclass, or a ``BaseSettings``.

    With ``refreshable=True`` the bean follows the settings when they are reloaded.
    """

    prefix: str
    refreshable: bool = field(default=False, kw_only=True)


@final
class Import(Label):
    """Add classes or modules that the scan does not reach: ``@Import(MailConfiguration, RedisCache)``."""

    __slots__ = ("targets",)

    def __init__(self, *targets: object) -> None:
        self.targets = targets
