"""Binding: typed classes from settings, and reports that lead to the origin."""

import dataclasses
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, RootModel, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings

from pyboot.boot.config.bind.binder import Binder
from pyboot.boot.config.tree import Node, grow, overlay
from pyboot.boot.errors import BindError, PlaceholderError
from pyboot.boot.model.origin import Origin

HERE = Origin("application.yaml", 3)


def bound[T](model: type[T], value: object, settings: dict[str, str] | None = None) -> T:
    """*value* bound to *model*; placeholders come from *settings*."""
    tree: Node = grow(value, HERE)
    result: T = Binder(("app",), lambda text: (settings or {}).get(text, text)).bind(tree, model)
    return result


class Level(Enum):
    LOW = "low"
    HIGH = "high"


class Inner(BaseModel):
    max_size: int = 1
    names: list[str] = []


class Model(BaseModel):
    inner: Inner = Inner()
    by_name: dict[str, Inner] = {}
    level: Level = Level.LOW
    anything: object = None
    home: Path = Path()


def test_nested_models_maps_lists_and_enums_are_filled() -> None:
    """Names may be spelled in any relaxed way."""
    made = bound(
        Model, {"inner": {"max-size": "5", "names": ["a", "b"]}, "byName": {"x-y": {"maxSize": 7}}, "level": "high", "home": "/tmp"}
    )

    assert Model(inner=Inner(max_size=5, names=["a", "b"]), by_name={"x-y": Inner(max_size=7)}, level=Level.HIGH, home=Path("/tmp")) == made


def test_a_comma_separates_the_items_of_a_list() -> None:
    """As environment variables and the command line write them."""
    assert ["a", "b"] == bound(Inner, {"names": "a, b"}).names
    assert [] == bound(Inner, {"names": ""}).names


def test_a_field_of_any_type_gets_what_the_file_says() -> None:
    """Numbers stay numbers, structures stay structures."""
    assert [{"line": {"max-length": 8}}, "string"] == bound(Model, {"anything": [{"line": {"max-length": 8}}, "string"]}).anything


def test_dataclasses_are_filled_too() -> None:
    """With nested classes and defaults."""

    @dataclasses.dataclass
    class Data:
        inner: Inner
        count: int = 2

    assert Data(Inner(max_size=3), 2) == bound(Data, {"inner": {"max_size": 3}})


def test_a_settings_class_does_not_read_the_process_environment_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's sources are the only ones."""
    monkeypatch.setenv("PORT", "77")

    class Settings(BaseSettings):
        port: int = 1

    assert 1 == bound(Settings, {}).port
    assert 2 == bound(Settings, {"port": "2"}).port


def test_aliases_are_names_too() -> None:
    """The field's own name works beside them."""

    class Aliased(BaseModel):
        model_config = ConfigDict(populate_by_name=True)
        kind: str = Field(default="", alias="type")

    assert "x" == bound(Aliased, {"type": "x"}).kind
    assert "x" == bound(Aliased, {"kind": "x"}).kind


def test_every_refused_value_is_reported_with_its_origin() -> None:
    """All of them, not the first alone."""
    with pytest.raises(BindError) as raised:
        bound(Model, {"inner": {"max-size": "many"}, "level": "middle"})

    expected = [("app.inner.max-size", "many", "application.yaml:3"), ("app.level", "middle", "application.yaml:3")]
    assert expected == [(problem.key, problem.value, problem.origin) for problem in raised.value.problems]


def test_an_unknown_name_is_reported_with_the_nearest_one() -> None:
    """A typing error does not pass silently."""
    with pytest.raises(BindError) as raised:
        bound(Model, {"inner": {"max-sise": "1"}})

    assert [("app.inner.max-sise", "app.inner.max-size")] == [(problem.key, problem.near) for problem in raised.value.problems]


def test_a_class_that_says_so_takes_unknown_names() -> None:
    """``extra`` given explicitly is the user's word."""

    class Open(BaseModel):
        model_config = ConfigDict(extra="allow")

    assert {"a": 1} == bound(Open, {"a": 1}).model_extra


def test_a_missing_value_is_reported_under_its_full_name() -> None:
    """There is no origin, since nobody wrote it."""

    class Needs(BaseModel):
        some_host: str

    with pytest.raises(BindError) as raised:
        bound(Needs, {})

    assert [("app.some-host", None, None)] == [(problem.key, problem.value, problem.origin) for problem in raised.value.problems]


def test_a_secret_is_masked_in_the_report() -> None:
    """Whoever reads the log does not read the password."""

    class Login(BaseModel):
        password: int = 0

    with pytest.raises(BindError) as raised:
        bound(Login, {"password": "hunter2"})

    assert "******" == raised.value.problems[0].value
    assert "hunter2" not in str(raised.value)


def test_a_secret_type_is_masked_whatever_its_name() -> None:
    """``SecretStr`` says it with the type."""

    class Login(BaseModel):
        pin: SecretStr = Field(default=SecretStr(""), max_length=3)

    with pytest.raises(BindError) as raised:
        bound(Login, {"pin": "hunter2"})

    assert "hunter2" not in str(raised.value)


def test_texts_of_a_union_keep_the_files_own_type() -> None:
    """``int | str`` gets an int where the file has one."""

    class Either(BaseModel):
        value: int | str = 0
        sure: dict[str, Any] = {}

    assert 5 == bound(Either, {"value": 5}).value
    assert "x" == bound(Either, {"value": "x"}).value
    assert {"n": 1} == bound(Either, {"sure": {"n": 1}}).sure


def test_a_switch_laid_over_details_wins() -> None:
    """``tls: false`` on the command line turns off what a file describes."""

    class Server(BaseModel):
        tls: bool | Inner = False

    below, off = grow({"tls": {"max-size": 5}}, HERE), grow({"tls": False}, HERE)

    assert Server(tls=False) == Binder(("app",), str).bind(overlay(below, off), Server)
    assert Server(tls=Inner(max_size=5)) == Binder(("app",), str).bind(overlay(off, below), Server)


def test_a_deprecated_setting_is_warned_about_with_its_origin(caplog: pytest.LogCaptureFixture) -> None:
    """The message names what to use instead, as the field says it."""

    class Old(BaseModel):
        size: int = Field(default=1, deprecated="use max-size")

    bound(Old, {"size": 2})

    assert ["the setting app.size (application.yaml:3) is deprecated: use max-size"] == caplog.messages


class Tls(BaseModel):
    name: str = "x"


class Circle(BaseModel):
    kind: Literal["circle"]
    radius: int


class Square(BaseModel):
    kind: Literal["square"]
    side: int
    size: int


type Shape = Annotated[Circle | Square, Field(discriminator="kind")]


class Everything(BaseModel):
    tls: Tls = Tls(name="default")
    maybe_tls: Tls | None = Tls(name="default")
    numbers: dict[str, int] = {"default": 1}
    maybe_numbers: dict[str, int] | None = {"default": 1}
    names: list[str] = ["default"]
    maybe_names: list[str] | None = ["default"]
    on: bool = True
    maybe_on: bool | None = True
    text: str | None = "default"
    shape: Shape | None = None
    shapes: list[Shape] = []
    by_name: dict[str, Circle | Square] = {}
    either: int | bool | None = None


@pytest.mark.parametrize(
    ("field", "written", "meant"),
    [
        *(("tls", nothing, Tls()) for nothing in (None, "", "false", False)),
        *(("maybe-tls", nothing, None) for nothing in (None, "", "false", False)),
        *(("numbers", nothing, {}) for nothing in (None, "", "false", False)),
        *(("maybe-numbers", nothing, None) for nothing in (None, "", "false", False)),
        *(("names", nothing, []) for nothing in (None, "")),
        *(("maybe-names", nothing, None) for nothing in (None, "")),
        *(("on", word, False) for word in ("off", "no", "0", "disabled", "False", False)),
        *(("maybe-on", word, True) for word in ("on", "yes", "1", "enabled", "TRUE", True)),
        ("maybe-on", "", None),
        ("text", None, None),
        ("text", "false", "false"),
    ],
)
def test_nothing_and_off_mean_the_same_everywhere(field: str, written: object, meant: object) -> None:
    """Null, an empty text and ``false`` for a structure; null and an empty text for a list; the words of one table for a switch."""
    made = bound(Everything, {field: written})

    assert meant == getattr(made, field.replace("-", "_"))


@pytest.mark.parametrize("off", [None, False, "false"])
@pytest.mark.parametrize(("field", "left"), [("tls", Tls()), ("maybe-tls", None), ("numbers", {}), ("maybe-numbers", None)])
def test_a_higher_source_switches_a_map_off(field: str, left: object, off: object) -> None:
    """What lies below is taken away; what lies above counts again."""
    below, above = grow({field: {"name": "1"}}, HERE), grow({field: off}, HERE)
    switched = overlay(below, above)
    made = Binder(("app",), str).bind(switched, Everything)

    assert left == getattr(made, field.replace("-", "_"))
    again = Binder(("app",), str).bind(overlay(switched, grow({"tls": {"name": "new"}}, HERE)), Everything)
    assert "new" == again.tls.name


REFUSALS: list[tuple[dict[str, object], list[tuple[str, str | None, bool]]]] = [
    ({"shape": {"kind": "circle", "radius": "x"}}, [("app.shape.radius", "x", True)]),
    ({"shape": {"kind": "square", "side": "1"}}, [("app.shape.size", None, True)]),
    ({"shape": {"kind": "cube"}}, [("app.shape", None, True)]),
    (
        {"shapes": [{"kind": "circle", "radius": "1"}, {"kind": "square", "side": "x", "size": "1"}]},
        [("app.shapes[1].side", "x", True)],
    ),
    ({"by-name": {"circle": {"kind": "circle", "radius": "x"}}}, [("app.by-name.circle.radius", "x", True)]),
    ({"either": "x"}, [("app.either", "x", True)]),
    ({"tls": "5"}, [("app.tls", "5", True)]),
    ({"numbers": "5"}, [("app.numbers", "5", True)]),
    ({"on": "maybe"}, [("app.on", "maybe", True)]),
    ({"names[2]": "x"}, [("app.names[2]", "x", True)]),
]


@pytest.mark.parametrize(("written", "told"), REFUSALS)
def test_each_refusal_leads_to_its_origin(written: dict[str, object], told: list[tuple[str, str | None, bool]]) -> None:
    """Members of unions that the validator has tried are no parts of a name."""
    with pytest.raises(BindError) as raised:
        bound(Everything, written)

    assert told[0] in [(problem.key, problem.value, problem.origin == str(HERE)) for problem in raised.value.problems]


class Servers(BaseModel):
    servers: dict[str, Tls] = {}
    flags: list[bool] = []
    by_name: dict[str, bool] = {}


@pytest.mark.parametrize("off", [False, "false", "${nowhere}"])
def test_an_entry_of_a_map_is_left_out_by_false_and_has_defaults_by_nothing(off: object) -> None:
    """``servers.admin: false`` in a profile leaves that server out; ``servers.admin:`` is a server with all defaults."""
    below = grow({"servers": {"admin": {"name": "a"}, "main": {"name": "m"}}}, HERE)
    above = grow({"servers": {"admin": off, "spare": None}}, HERE)
    made = Binder(("app",), lambda text: "false" if text == "${nowhere}" else text).bind(overlay(below, above), Servers)

    assert {"main": Tls(name="m"), "spare": Tls()} == made.servers


def test_the_words_of_a_switch_count_in_lists_and_maps_too() -> None:
    """Item by item, and with commas."""
    made = bound(Servers, {"flags": "on, disabled", "by-name": {"a": "off", "b": "enabled"}})

    assert ([True, False], {"a": False, "b": True}) == (made.flags, made.by_name)
    assert [False] == bound(Servers, {"flags": ["disabled"]}).flags


def test_a_structure_that_a_higher_source_replaces_by_a_value_is_refused() -> None:
    """It was dropped without a word."""
    with pytest.raises(BindError, match="a group of settings: name"):
        Binder(("app",), str).bind(overlay(grow({"tls": {"name": "y"}}, HERE), grow({"tls": 5}, HERE)), Everything)


def test_a_check_that_raises_anything_is_a_refusal() -> None:
    """A check of the user's may have a bug of its own."""

    class Odd(BaseModel):
        size: int = 1

        @field_validator("size")
        @classmethod
        def check(cls, size: int) -> int:
            raise KeyError(size)

    with pytest.raises(BindError, match=r"a check of Odd failed: KeyError: 3"):
        bound(Odd, {"size": 3})


def test_a_long_value_is_shortened() -> None:
    """A report is read by people."""
    with pytest.raises(BindError, match=r"9… \(5000 characters\)"):
        bound(Inner, {"max-size": "9" * 5000})


class Count(Enum):
    ONE = 1
    TWO = 2


class Words(BaseModel):
    number: Literal[1, 2] = 1
    switch: Literal[True] | None = None
    mixed: Literal["a", 1, None] = None
    count: Count = Count.ONE
    several: list[Literal[1, 2]] = []
    one: int | Literal["auto"] = "auto"


@pytest.mark.parametrize("native", [True, False])
def test_a_value_that_is_no_text_is_met_by_how_it_is_written(native: bool) -> None:
    """A ``Literal`` and an ``Enum`` of numbers take them from a file's own syntax, and from a variable, which holds text only."""
    values: dict[str, object] = {"number": 2, "switch": True, "mixed": 1, "count": 2, "several": [1, 2], "one": 3}
    made = bound(Words, values if native else {**{name: str(value) for name, value in values.items()}, "several": "1, 2"})

    assert Words(number=2, switch=True, mixed=1, count=Count.TWO, several=[1, 2], one=3) == made


class Show(Enum):
    NEVER = "never"
    WHEN_AUTHORIZED = "when-authorized"


class Spelled(BaseModel):
    show: Show = Show.NEVER
    kind: Literal["hex_dump", "simple"] | None = None
    several: list[Literal["TLSv1.2", "TLSv1.3"]] = []
    one: int | Literal["auto"] = 0
    cased: Literal["x", "X"] = "x"
    free: Literal["auto"] | str = ""


@pytest.mark.parametrize("spelling", ["when-authorized", "WHEN_AUTHORIZED", "when_authorized", "whenAuthorized", "When-Authorized"])
def test_a_value_of_several_is_met_however_it_is_spelled(spelling: str) -> None:
    """As names are: Spring's files say it in one way, its variables in another."""
    assert Show.WHEN_AUTHORIZED is bound(Spelled, {"show": spelling}).show


def test_spellings_count_in_lists_and_unions_and_not_where_any_text_may_stand() -> None:
    """Nor where two values differ by nothing else."""
    values: dict[str, object] = {"kind": "HexDump", "several": "tlsv1.2, TLSV1.3", "one": "AUTO", "cased": "X", "free": "AUTO"}

    assert Spelled(kind="hex_dump", several=["TLSv1.2", "TLSv1.3"], one="auto", cased="X", free="AUTO") == bound(Spelled, values)


class Limits(RootModel[dict[str, int]]): ...


class Hosts(RootModel[list[str]]): ...


class Rooted(BaseModel):
    limits: Limits = Limits({})
    hosts: Hosts = Hosts([])


def test_a_root_model_is_what_its_root_is() -> None:
    """As a field, and bound by itself: names of a map are no fields, a comma separates the items of a list."""
    made = bound(Rooted, {"limits": {"a-b": "1", "C_d": 2}, "hosts": "x, y"})

    assert ({"a-b": 1, "C_d": 2}, ["x", "y"]) == (made.limits.root, made.hosts.root)
    assert {"k": 1} == bound(Limits, {"k": 1}).root


def test_what_stands_below_a_plain_value_is_unknown() -> None:
    """It would mean nothing: ``db.password`` and ``db.password.file`` cannot both be."""
    tree = overlay(grow({"home": "/tmp"}, HERE), grow({"home": {"deep": "x"}}, Origin("command line")))
    with pytest.raises(BindError, match=r"app\.home\.deep[\s\S]*command line[\s\S]*'app\.home' is one value"):
        Binder(("app",), lambda text: text).bind(tree, Model)


def test_what_is_wrong_as_a_whole_is_reported_with_a_place() -> None:
    """A list where a class is wanted, as ``[[app]]`` writes it in TOML."""
    with pytest.raises(BindError, match=r"application\.yaml:3"):
        bound(Inner, [{"max-size": 1}])


@pytest.mark.parametrize(
    ("hint", "nothing"), [(list[str], []), (tuple[int, ...], ()), (dict[str, int], {}), (Inner, Inner()), (list[Inner], [])]
)
def test_where_nothing_is_set_there_is_nothing_in_the_form_that_was_asked_for(hint: Any, nothing: object) -> None:
    """An empty list, an empty map, a model of its defaults."""
    assert nothing == Binder(("app",), str).bind(None, hint)


def problems_of(model: type, value: object, resolve: Any = str, is_known: Any = lambda path: False) -> list[tuple[str, str | None, str]]:
    """What *model* refuses of *value*: keys, values, reasons."""
    with pytest.raises(BindError) as raised:
        Binder(("app",), resolve, is_known).bind(grow(value, HERE), model)
    return [(problem.key, problem.value, problem.reason) for problem in raised.value.problems]


def test_an_entry_of_a_map_whose_placeholder_leads_nowhere_is_refused_and_not_left_out() -> None:
    """What it would have been is not known."""

    class Maps(BaseModel):
        by_name: dict[str, Inner | bool] = {}

    def resolve(text: str) -> str:
        raise PlaceholderError(text, "there is no such setting", "here")

    assert ("app.by-name.a", "${off}", "there is no such setting") == problems_of(Maps, {"by-name": {"a": "${off}"}}, resolve)[0]


def test_a_name_that_is_no_field_is_refused_as_far_as_nothing_else_knows_it() -> None:
    """Each unknown setting below it where some are known, the name itself where none is."""
    value = {"other": {"known": "1", "unknown": "2", "deeper": {"unknown": "3"}}, "max-size": "4"}

    def some(path: tuple[str | int, ...]) -> bool:
        return path == ("app", "other", "known")

    assert [
        ("app.other.unknown", "2", "there is no such setting"),
        ("app.other.deeper.unknown", "3", "there is no such setting"),
    ] == problems_of(Inner, value, is_known=some)
    assert [("app.other", "1", "there is no such setting; known here: max-size, names")] == problems_of(Inner, value)
    assert Inner(max_size=4) == Binder(("app",), str, lambda path: path[:2] == ("app", "other")).bind(grow(value, HERE), Inner)
    assert [("app.x", None, "there is no such setting; known here: max-size, names")] == problems_of(Inner, {"x": {}})
    assert Inner() == Binder(("app",), str, lambda path: path == ("app", "x")).bind(grow({"x": {}}, HERE), Inner)


def test_a_name_that_another_class_has_below_is_meant() -> None:
    """`netty.client` is a slip of `netty.clients`, though another class takes that."""
    binder = Binder(("app",), str, names_below=lambda path: ["servers"] if path == ("app",) else [])
    with pytest.raises(BindError) as raised:
        binder.bind(grow({"server": {"x": "1"}}, HERE), Inner)

    (problem,) = raised.value.problems
    assert ("there is no such setting; did you mean 'servers'?", "app.servers") == (problem.reason, problem.near)


@pytest.mark.parametrize("value", ["true", "web"])
def test_a_value_where_a_group_of_settings_belongs_is_told_what_stands_there(value: str) -> None:
    """`tls: true` and `tls: web`, for a class that holds settings, alone and in a map."""

    class Outer(BaseModel):
        inner: Inner | None = None
        some: dict[str, Inner] = {}

    reason = "it is no value but a group of settings: max-size, names; {} leaves them at their defaults"
    assert [("app.inner", value, reason), ("app.some.a", value, reason)] == problems_of(Outer, {"inner": value, "some": {"a": value}})


@pytest.mark.parametrize(("written", "hidden"), [("pasword", True), ("pinn", True), ("hosst", False)])
def test_what_is_written_for_a_secret_by_mistake_is_masked(written: str, hidden: bool) -> None:
    """By the name, or by the type, of what was meant."""

    class Login(BaseModel):
        password: str = ""
        pin: SecretStr = SecretStr("")
        host: str = ""

    (problem,) = problems_of(Login, {written: "hunter2"})
    assert ("hunter2" not in str(problem)) == hidden


@pytest.mark.parametrize(("written", "hidden"), [("${app.password}", True), ("${app.host}", False)])
def test_a_value_that_is_made_of_a_secret_is_one(written: str, hidden: bool) -> None:
    """Whatever the setting itself is called; also in what a check says of it."""

    class Server(BaseModel):
        address: str = ""

        @field_validator("address")
        @classmethod
        def _refuses(cls, value: str) -> str:
            raise ValueError(f"no server at {value}")

    binder = Binder(("app",), lambda text: "hunter2" if "${" in text else text)
    with pytest.raises(BindError) as raised:
        binder.bind(grow({"address": written}, HERE), Server)
    (problem,) = raised.value.problems
    assert hidden == ("hunter2" not in problem.reason)
    assert hidden == ("******" in problem.reason)


def nothing_bound[T](model: type[T]) -> T:
    """What *model* becomes where nothing is set."""
    result: T = Binder(("app",), str).bind(None, model)
    return result


def test_no_validator_is_built_for_defaults_that_nobody_would_check() -> None:
    """It costs a tenth of a small start; each object has its own defaults all the same."""

    class Quiet(BaseModel):
        model_config = ConfigDict(frozen=True, defer_build=True)

        size: int = 1
        names: list[str] = []
        inner: Inner = Field(default_factory=Inner)

    first, second = nothing_bound(Quiet), nothing_bound(Quiet)

    assert not Quiet.__pydantic_complete__
    assert (1, [], Inner(), set()) == (first.size, first.names, first.inner, first.model_fields_set)
    assert first.names is not second.names
    assert first == Quiet()


def test_defaults_that_somebody_checks_are_checked_where_nothing_is_set() -> None:
    """A required value, a validator of the whole, and defaults that are to be validated."""

    class Required(BaseModel):
        model_config = ConfigDict(defer_build=True)

        size: int

    class Whole(BaseModel):
        model_config = ConfigDict(defer_build=True)

        size: int = 1

        @model_validator(mode="after")
        def refused(self) -> "Whole":
            raise ValueError("one is not enough")

    class Defaults(BaseModel):
        model_config = ConfigDict(defer_build=True, validate_default=True)

        size: int = Field(default=1, ge=2)

    class OneDefault(BaseModel):
        model_config = ConfigDict(defer_build=True)

        size: int = Field(default=1, ge=2, validate_default=True)

    for model in (Required, Whole, Defaults, OneDefault):
        with pytest.raises(BindError):
            nothing_bound(model)
