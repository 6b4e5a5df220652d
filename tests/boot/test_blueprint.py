"""Blueprints: everything is checked before anything is made."""

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel

from pyboot.boot import (
    AutoConfiguration,
    Bean,
    Blueprint,
    Component,
    Condition,
    ConditionalOnExpression,
    ConditionalOnProperty,
    ConfigurationProperties,
    Environment,
    EventListener,
    Import,
    Profile,
    PyBootApplication,
    Scheduled,
    Service,
    Value,
    prepare,
)
from pyboot.boot.config.load import Given
from pyboot.boot.discovery.autoconfigure import AutoConfigurations, Installed
from pyboot.boot.errors import BindError, DefinitionError, GraphError, MissingBeanError, NotAnApplicationError


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


def test_two_applications_of_one_folder_read_files_of_their_own(tmp_path: Path) -> None:
    """The label says what they are called, with those of profiles; ``pyboot.config.name`` wins over it."""
    for name in ("application", "client", "client-dev", "other"):
        (tmp_path / f"{name}.yaml").write_text(f"pyboot.application.name: {name}\n")

    @PyBootApplication
    class Server: ...

    @PyBootApplication(config_name="client")
    class Client: ...

    def name(application: type, *arguments: str, profiles: tuple[str, ...] = ()) -> str:
        return prepare(application, Given(directory=tmp_path, variables={}, arguments=arguments, profiles=profiles)).name

    assert "application" == name(Server)
    assert "client" == name(Client)
    assert "client-dev" == name(Client, profiles=("dev",))
    assert "other" == name(Client, "--pyboot.config.name=other")


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


@ConfigurationProperties("shop")
class Shop(BaseModel):
    size: int = 1


@ConditionalOnProperty("shop.off", having="never")
@ConfigurationProperties("shop.left-out")
class LeftOut(BaseModel):
    name: str = ""


class Asks:
    """All that is asked for below ``shop`` and ``pyboot``, but for what the class of settings has."""

    def __init__(self, word: Annotated[str, Value("${shop.word:}")], environment: Environment) -> None:
        self.found = environment.get("shop.by.code")

    @Scheduled(every="${shop.every:1h}")
    def run(self) -> None: ...

    @Scheduled(cron="${shop.cron:0 3 * * *}", zone="${shop.zone:UTC}")
    def rest(self) -> None: ...


@Profile("nowhere")
@Component
class AsksElsewhere:
    def __init__(self, word: Annotated[str, Value("${shop.elsewhere}")]) -> None: ...


ASKED = [
    "shop.word",
    "shop.by.code",
    "shop.every",
    "shop.cron",
    "shop.zone",
    "shop.off",
    "shop.elsewhere",
    "shop.left-out.name",
    "shop.placed",
    "shop.placed-in-default",
]


def asking(given: Given) -> Blueprint:
    """An application that asks for all of :data:`ASKED`."""

    @Import(Shop, LeftOut, Component(type("Asks", (Asks,), {})), AsksElsewhere)
    @PyBootApplication
    class App: ...

    return prepare(App, given)


@pytest.mark.parametrize("key", ASKED)
def test_what_the_application_asks_for_is_known(key: str, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """In a file, on the command line, and as a variable, below a prefix whose class has no such field: no error and no warning."""
    (tmp_path / "application.yaml").write_text(f"{key}: 1h\nmade-of: ${{shop.placed:${{shop.placed-in-default:}}}}\n")
    name = key.upper().replace(".", "_").replace("-", "_")
    given = Given(arguments=[f"--{key}=1h"], variables={name: "1h"}, directory=tmp_path)

    asking(given)

    assert [] == caplog.messages


@pytest.mark.parametrize(
    ("key", "told"),
    [
        ("shop.sise", "there is no such setting; did you mean 'size'?"),
        ("shop.by.cod", "there is no such setting; known here: size"),
        ("pyboot.mian.loop", "there is no such setting; did you mean 'main'?"),
        ("logging.levle.root", "there is no such setting; did you mean 'level'?"),
        ("shpo.size", "nothing is known below this name; did you mean 'shop'?"),
        ("pybot.main.loop", "nothing is known below this name; did you mean 'pyboot'?"),
        ("loging.level.root", "nothing is known below this name; did you mean 'logging'?"),
    ],
)
def test_what_nobody_asks_for_is_an_error_with_its_place(key: str, told: str, tmp_path: Path) -> None:
    """The mistake, and what is said about it."""
    (tmp_path / "application.yaml").write_text(f"x: 1\n{key}: 1\n")
    with pytest.raises(GraphError) as raised:
        asking(Given(variables={}, directory=tmp_path))

    (error,) = raised.value.problems
    assert isinstance(error, BindError)
    assert [(told, f"{tmp_path}/application.yaml:2")] == [(problem.reason, problem.origin) for problem in error.problems]


def test_beside_what_is_asked_for_a_typing_error_is_still_one(tmp_path: Path) -> None:
    """Of a branch only the part that nobody knows is refused."""
    (tmp_path / "application.yaml").write_text("shop:\n  by:\n    code: 1\n    coed: 2\n")
    with pytest.raises(GraphError, match=r"shop\.by\.coed") as raised:
        asking(Given(variables={}, directory=tmp_path))

    assert "shop.by.code\n" not in str(raised.value)


@Profile("prod & !cloud")
@Component
class InProduction: ...


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("prdo", "it switches nothing on (command line --profile); did you mean 'prod'?"),
        ("clou", "it switches nothing on (command line --profile); did you mean 'cloud'?"),
        ("stagin", "it switches nothing on (command line --profile); did you mean 'staging'?"),
    ],
)
def test_a_profile_one_slip_away_from_a_known_one_is_refused(name: str, told: str, tmp_path: Path) -> None:
    """Known by a label, by a file."""
    (tmp_path / "application-staging.yaml").touch()

    @Import(InProduction)
    @PyBootApplication
    class App: ...

    with pytest.raises(GraphError) as raised:
        prepare(App, Given(arguments=[f"--profile={name}"], variables={}, directory=tmp_path))
    assert told in str(raised.value)


@pytest.mark.parametrize(
    ("name", "is_warned_of"), [("prod", False), ("staging", False), ("default", False), ("other", True), ("staging2", True)]
)
def test_a_profile_that_nobody_knows_is_warned_about(
    name: str, is_warned_of: bool, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It may be somebody else's: one environment variable often serves several applications."""
    (tmp_path / "application-staging.yaml").touch()
    (tmp_path / "application-staging1.yaml").touch()

    @Import(InProduction)
    @PyBootApplication
    class App: ...

    prepare(App, Given(variables={"PYBOOT_PROFILES_ACTIVE": name}, directory=tmp_path))
    told = f"the profile '{name}' (environment variable PYBOOT_PROFILES_ACTIVE) switches nothing on"

    assert ([told] if is_warned_of else []) == caplog.messages


def broken(facts: object) -> bool:
    """A user's condition with a mistake."""
    raise KeyError("x")


@pytest.mark.parametrize(
    ("label", "told"),
    [
        (Profile("prod & | dev"), "a name is missing"),
        (ConditionalOnProperty("a..b"), "not a setting's name"),
        (ConditionalOnExpression(broken, label="broken"), "it raised KeyError: 'x'"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_reported_with_its_place(label: Condition, told: str) -> None:
    """Of what stands on a bean, the bean's."""

    @label
    @Component
    class Held: ...

    @Import(Held)
    @PyBootApplication
    class App: ...

    with pytest.raises(DefinitionError, match=rf"@{type(label).__name__} on 'held' \(.*test_blueprint\.py:\d+\): .*{told}"):
        prepare(App, Given(variables={}))


def test_an_option_with_dots_that_nobody_knows_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """Code may put the name of a setting together, so it is no error; behind one dash it is none at all."""

    @PyBootApplication
    class App: ...

    unknown = ".".join(["shelf", "width"])  # as one text in any module of this package it would be asked for
    given = [f"--{unknown}=1", "--logging.level.root=info"]
    blueprint = prepare(App, Given(arguments=given))

    assert blueprint.strange_options(given) is None
    assert [unknown] == [record.getMessage().split()[2].removeprefix("--") for record in caplog.records if "option" in record.getMessage()]
    strange = blueprint.strange_options([f"-D{unknown}=1"])
    assert strange is not None
    assert [f"-D{unknown}"] == list(strange.options)


@AutoConfiguration(defaults={"by-default.size": "5"})
class Brought:
    """What a distribution brings along."""

    @Bean
    def absent(self, size: Annotated[int, Value("${by-default.size}")]) -> Absent:
        return Absent()


def installed_with(*found: type) -> Installed:
    """An installation in which *found* are the auto-configurations."""
    return Installed(configurations=lambda *_: AutoConfigurations(found, {}))


def test_an_auto_configuration_may_be_imported_as_well() -> None:
    """It is there once, with its defaults, as where it is found alone."""

    @Import(Brought)
    @PyBootApplication
    class App: ...

    names = [definition.name for definition in prepare(App, installed=installed_with(Brought)).graph.order]

    assert 1 == names.count("absent")


def test_an_auto_configuration_that_a_condition_keeps_from_being_imported_is_found_all_the_same() -> None:
    """Whoever would have imported it is left out; the distribution is there nevertheless."""

    @ConditionalOnProperty("shop.open")
    @Import(Brought)
    @Service
    class LeftOutImporter: ...

    @Import(LeftOutImporter)
    @PyBootApplication
    class App: ...

    names = [definition.name for definition in prepare(App, installed=installed_with(Brought)).graph.order]

    assert "absent" in names
