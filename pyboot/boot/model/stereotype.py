"""The decorators that make a class a part of the application: they label it, and nothing else."""

from collections.abc import Mapping
from types import MappingProxyType, ModuleType
from typing import Any, ClassVar, Self, final, overload

from .label import Label, Place

ON_CLASSES = frozenset({Place.CLASS})


@final
class Stereotype(Label):
    """A role that makes a class a bean: ``@Component``, ``@Service``, ``@Repository``, ``@Configuration``.

    Use it bare, with a name (``@Service("mailer")``), or with ``name=``. The bean's name is otherwise the class name
    in snake_case.
    """

    places: ClassVar = ON_CLASSES

    def __init__(self, role: str, name: str | None = None) -> None:
        self.role = role
        self.name = name

    @property
    def spelling(self) -> str:
        """The role, as the decorator is called."""
        return self.role.capitalize()

    @overload
    def __call__(self, target: str, /) -> Self: ...
    @overload
    def __call__(self, *, name: str | None = None) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        if targets and not isinstance(targets[0], str):
            return Label.__call__(self, *targets)
        return self.altered(name=targets[0]) if targets else self.altered(**given)


Component = Stereotype("component")
Service = Stereotype("service")
Repository = Stereotype("repository")
Configuration = Stereotype("configuration")


@final
class ApplicationLabel(Label):
    """The class an application starts from: ``@PyBootApplication``.

    Args:
        name: the application's name where the setting ``pyboot.application.name`` is silent; default: the class name.
        scan: packages or modules to search for components; default: the package of the class.
        exclude: auto-configurations to leave out, by class or by ``module:Class``.
        config_name: what its files of settings are called where ``pyboot.config.name`` is silent, ``client`` for ``client.yaml`` and
            ``client-dev.yaml``: for the second application of a folder. Default: ``application``.
    """

    places: ClassVar = ON_CLASSES

    def __init__(
        self,
        name: str | None = None,
        scan: tuple[str | ModuleType, ...] | None = None,
        exclude: tuple[type | str, ...] = (),
        config_name: str = "application",
    ) -> None:
        self.name = name
        self.scan = scan
        self.exclude = exclude
        self.config_name = config_name

    @property
    def spelling(self) -> str:
        """The decorator's name."""
        return "PyBootApplication"

    @overload
    def __call__(
        self,
        *,
        name: str | None = None,
        scan: tuple[str | ModuleType, ...] | None = None,
        exclude: tuple[type | str, ...] = (),
        config_name: str = "application",
    ) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any, **given: Any) -> Any:
        return Label.__call__(self, *targets) if targets else self.altered(**given)


PyBootApplication = ApplicationLabel()


NO_DEFAULTS: Mapping[str, str] = MappingProxyType({})


@final
class AutoConfigurationLabel(Label):
    """A configuration that a distribution brings along, found through the entry-point group ``pyboot.autoconfigure``.

    Args:
        before: auto-configurations that come after this one, by class or by ``module:Class``; absent ones are ignored.
        after: auto-configurations that come before this one.
        defaults: settings of the lowest precedence, e.g. ``{"cache.size": "${cache.wanted:5}"}``; one that is another
            setting and nothing else, ``"${netty.loop}"``, is there where that setting is.
    """

    places: ClassVar = ON_CLASSES

    def __init__(
        self, before: tuple[type | str, ...] = (), after: tuple[type | str, ...] = (), defaults: Mapping[str, str] = NO_DEFAULTS
    ) -> None:
        self.before = before
        self.after = after
        self.defaults = defaults

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
        return Label.__call__(self, *targets) if targets else self.altered(**given)


AutoConfiguration = AutoConfigurationLabel()


@final
class ConfigurationProperties(Label):
    """Binds the settings below *prefix* into the labelled class: a pydantic model, a dataclass, or a ``BaseSettings``.

    With ``refreshable=True`` the bean follows the settings when they are reloaded.
    """

    places: ClassVar = ON_CLASSES

    def __init__(self, prefix: str, *, refreshable: bool = False) -> None:
        self.prefix = prefix
        self.refreshable = refreshable


@final
class Import(Label):
    """Adds classes or modules that the scan does not reach: ``@Import(MailConfiguration, RedisCache)``."""

    places: ClassVar = ON_CLASSES

    def __init__(self, *targets: object) -> None:
        self.targets = targets
