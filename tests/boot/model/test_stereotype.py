"""The labels that make a class a part of the application."""

from pyboot.boot.model.label import labels
from pyboot.boot.model.stereotype import (
    ApplicationLabel,
    AutoConfiguration,
    AutoConfigurationLabel,
    Component,
    ConfigurationProperties,
    Import,
    PyBootApplication,
    Service,
    Stereotype,
)


def test_a_stereotype_works_bare_named_and_with_a_keyword() -> None:
    """Three spellings of one thing."""

    @Service
    class Bare: ...

    @Service("mailer")
    class Named: ...

    @Component(name="other")
    class Keyword: ...

    assert [("service", None), ("service", "mailer"), ("component", "other")] == [
        (entry.role, entry.name) for kind in (Bare, Named, Keyword) for entry in labels(kind, Stereotype)
    ]


def test_an_application_works_bare_and_with_keywords() -> None:
    """What is not given stays the default."""

    @PyBootApplication
    class Bare: ...

    @PyBootApplication(name="shop", scan=("shop",), exclude=("a:B",))
    class Full: ...

    assert (ApplicationLabel(), ApplicationLabel("shop", ("shop",), ("a:B",))) == (
        *labels(Bare, ApplicationLabel),
        *labels(Full, ApplicationLabel),
    )


def test_an_auto_configuration_works_bare_and_with_keywords() -> None:
    """Order and defaults."""

    @AutoConfiguration
    class Bare: ...

    @AutoConfiguration(after=(Bare,), before=("x:Y",), defaults={"a": "b"})
    class Full: ...

    (full,) = labels(Full, AutoConfigurationLabel)

    assert ((Bare,), ("x:Y",), {"a": "b"}) == (full.after, full.before, full.defaults)
    assert 1 == len(labels(Bare, AutoConfigurationLabel))


def test_prefix_and_imports_are_kept() -> None:
    """As they were written."""

    @Import(int, str)
    @ConfigurationProperties("app")
    class Thing: ...

    assert ["app"] == [entry.prefix for entry in labels(Thing, ConfigurationProperties)]
    assert [(int, str)] == [entry.targets for entry in labels(Thing, Import)]
