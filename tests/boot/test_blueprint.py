"""Blueprints: everything is checked before anything is made."""

from typing import Annotated

import pytest
from pydantic import BaseModel

from pyboot.boot import ConfigurationProperties, EventListener, Import, PyBootApplication, Service, Value, prepare
from pyboot.boot.config.load import Given
from pyboot.boot.errors import BindError, GraphError, MissingBeanError, NotAnApplicationError


class Absent: ...


class AlsoAbsent: ...


def test_nothing_is_made_while_preparing() -> None:
    """The constructor of a bean is not called."""

    @Service
    class Loud:
        def __init__(self) -> None:
            raise AssertionError("made")

    @Import(Loud)
    @PyBootApplication
    class App: ...

    assert "loud" in [definition.name for definition in prepare(App).graph.order]


def test_all_errors_are_reported_at_once() -> None:
    """Two missing beans, a wrong property class and a wrong value are one error with four problems."""

    @ConfigurationProperties("shop")
    class Shop(BaseModel):
        size: int = 1

    @Service
    class Needy:
        def __init__(self, one: Absent, two: AlsoAbsent, number: Annotated[int, Value("${number:many}")]) -> None: ...

    @Import(Needy, Shop)
    @PyBootApplication
    class App: ...

    with pytest.raises(GraphError) as raised:
        prepare(App, Given(properties={"shop.size": "large"}))

    kinds = sorted(type(problem).__name__ for problem in raised.value.problems)
    assert [BindError.__name__, BindError.__name__, MissingBeanError.__name__, MissingBeanError.__name__] == kinds


def test_a_class_without_the_label_is_no_application() -> None:
    """The error names the class."""

    class Plain: ...

    with pytest.raises(NotAnApplicationError, match="Plain"):
        prepare(Plain)


def test_the_name_comes_from_the_settings_then_the_label_then_the_class() -> None:
    """Each of them is asked in turn."""

    @PyBootApplication
    class Plain: ...

    @PyBootApplication(name="labelled")
    class Labelled: ...

    assert "Plain" == prepare(Plain).name
    assert "labelled" == prepare(Labelled).name
    assert "set" == prepare(Labelled, Given(properties={"pyboot.application.name": "set"})).name


async def test_lazy_initialization_spares_all_but_what_acts_by_itself() -> None:
    """Servers, listeners, schedules and runners are made all the same."""
    made: list[str] = []

    @Service
    class Idle:
        def __init__(self) -> None:
            made.append("idle")

    @Service
    class Listening:
        def __init__(self) -> None:
            made.append("listening")

        @EventListener
        def listen(self, event: str) -> None: ...

    @Import(Idle, Listening)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App, Given(properties={"pyboot.main.lazy-initialization": True}))
    await blueprint.context.refresh(blueprint.graph)
    assert ["listening"] == made
    blueprint.context.get(Idle)

    assert ["listening", "idle"] == made


def test_variables_that_steer_builds_are_no_misspelt_settings(caplog: pytest.LogCaptureFixture) -> None:
    """Others below the prefix are warned about."""

    @PyBootApplication
    class App: ...

    prepare(App, Given(variables={"PYBOOT_PURE": "1", "PYBOOT_BENCH_CACHE": "/tmp", "PYBOOT_MIAN_LOOP": "auto"}))

    assert ["PYBOOT_MIAN_LOOP means no setting below 'pyboot'; did you mean pyboot.main.loop?"] == caplog.messages
