"""The environment: precedence, conversion, prefixes."""

import logging

import pytest
from pydantic import BaseModel

from pyboot.boot.config.environment import Environment
from pyboot.boot.config.load import flat_tree
from pyboot.boot.config.read.sources import TreeSource
from pyboot.boot.config.read.variables import EnvironmentVariables
from pyboot.boot.errors import BindError, PlaceholderError
from pyboot.boot.model.origin import Origin


def environment(*sources: dict[str, object], variables: dict[str, str] | None = None) -> Environment:
    """An environment of these sources, the first one highest; variables stand between the first and the second."""
    trees = [TreeSource(f"source {number}", flat_tree(source, f"source {number}")) for number, source in enumerate(sources)]
    return Environment([*trees[:1], EnvironmentVariables(variables or {}), *trees[1:]], ("dev",))


class Server(BaseModel):
    port: int = 0
    host: str = ""


def test_the_highest_source_wins_value_by_value() -> None:
    """Branches are merged across sources of different kinds."""
    made = environment({"server.port": 1}, {"server.port": 3, "server.host": "x"}, variables={"SERVER_PORT": "2", "SERVER_HOST": "y"})

    assert Server(port=1, host="y") == made.bind("server", Server)


def test_a_value_is_converted_to_the_type_that_is_asked_for() -> None:
    """Text by default; the default where nobody sets it."""
    made = environment({"n": "5"})

    assert ("5", 5, None, 7) == (made.get("n"), made.get("n", int), made.get("missing"), made.get("missing", int, 7))


def test_a_wrong_value_names_its_origin() -> None:
    """For a single value as for a class."""
    with pytest.raises(BindError, match=r"source 0 \(n\)"):
        environment({"n": "many"}).get("n", int)


def test_placeholders_reach_across_sources() -> None:
    """A value may be made of others, wherever they stand."""
    made = environment({"url": "http://${host}:${port:80}"}, variables={"HOST": "h"})

    assert "http://h:80" == made.text("url")


def test_random_settings_are_fresh() -> None:
    """Two reads, two values."""
    made = environment({"id": "${random.uuid}"})

    assert made.text("id") != made.text("id")


def test_all_values_of_a_key_are_listed_the_winner_first() -> None:
    """So a listing can show what is shadowed."""
    found = [leaf.text for leaf, _ in environment({"a": 1}, {"a": 3}, variables={"A": "2"}).leaves("a")]

    assert ["1", "2", "3"] == found


def test_a_prefix_bound_by_another_class_is_not_unknown_to_the_one_above_it() -> None:
    """``pyboot.x`` may be bound beside ``pyboot``."""
    made = environment({"server.port": 1, "server.tls.bundle": "web"})
    with pytest.raises(BindError, match=r"server\.tls"):
        made.bind("server", Server)
    made.claim("server.tls")

    assert 1 == made.bind("server", Server).port


def test_a_variable_that_means_nothing_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """It may be somebody else's, so it is no error; once, however often it is come across."""
    made = environment({}, variables={"SERVER_PROT": "1", "SERVER_OF_MINE": "2"})
    with caplog.at_level(logging.WARNING):
        made.bind("server", Server)
        made.bind("server", Server)

    assert [
        "SERVER_OF_MINE means no setting below 'server'",
        "SERVER_PROT means no setting below 'server'; did you mean server.port?",
    ] == caplog.messages


def test_a_list_item_can_be_set_by_a_variable() -> None:
    """The other items stay."""
    made = environment({}, {"hosts": ["a", "b", "c"]}, variables={"HOSTS_1": "x"})

    assert ["a", "x", "c"] == made.bind("hosts", list[str])


@pytest.mark.parametrize("name", ["HOSTS_X", "HOSTS_1X", "HOSTS_X_1", "HOSTS_\u00b2"])
def test_a_variable_below_a_list_that_is_no_index_means_nothing(name: str, caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, and the list stays as it is."""
    made = environment({}, {"hosts": ["a", "b"]}, variables={name: "x"})

    assert ["a", "b"] == made.bind("hosts", list[str]) == made.bind("hosts", list[str])
    assert [f"{name} means no setting below 'hosts'"] == caplog.messages


def test_a_text_is_converted_with_the_origin_it_was_written_at() -> None:
    """``Value`` expressions are reported at the bean that holds them."""
    with pytest.raises(BindError, match=r"app\.py:3"):
        environment({}).convert("${n:many}", int, Origin("app.py", 3))


def test_profiles_are_asked_by_expression() -> None:
    """With ``dev`` active."""
    assert environment({}).accepts_profiles("dev & !prod")


def test_an_empty_text_is_none_where_none_is_allowed() -> None:
    """``${missing:}`` is how a default of nothing is written."""
    made = environment({"a": "", "b": ""})

    assert None is made.convert("${missing:}", int | None, Origin("app.py"))
    assert "" == made.convert("${missing:}", str | None, Origin("app.py"))
    with pytest.raises(BindError):
        made.get("a", int)


def test_g16_a_value_cannot_bring_structure_along() -> None:
    """Placeholders are replaced after the file has been read, so a variable is text and nothing else."""
    made = environment({}, {"greeting": "${who}"}, variables={"WHO": "x\nadmin: true"})

    assert "x\nadmin: true" == made.text("greeting")
    assert made.text("admin") is None


def test_nothing_set_below_a_prefix_is_an_empty_collection() -> None:
    """And all defaults for a class."""
    made = environment({})

    assert ([], {}, Server()) == (made.bind("x", list[str]), made.bind("x", dict[str, int]), made.bind("x", Server))


class Mail(BaseModel):
    host: str = "localhost"


@pytest.mark.parametrize("name", ["SSL", "MAIL", "USER", "HOME", "PATH", "LANG", "SHELL", "NETTY", "mail", "Mail"])
@pytest.mark.parametrize("value", ["1", "/root", ""])
def test_a_variable_that_is_called_like_a_prefix_is_somebody_elses(name: str, value: str, caplog: pytest.LogCaptureFixture) -> None:
    """For a class and for a map; no error and no warning, and what lies below counts."""
    made = environment({}, variables={name: value, f"{name}_HOST": "h"})

    assert Mail(host="h") == made.bind(name.lower(), Mail)
    assert {"host": "h"} == made.bind(name.lower(), dict[str, str])
    assert [] == caplog.messages


def test_a_variable_may_set_a_list_or_a_value_that_is_called_so() -> None:
    """There it means something."""
    assert ["a", "b"] == environment({}, variables={"HOSTS": "a,b"}).bind("hosts", list[str])


class Nested(BaseModel):
    mail: Mail = Mail()
    spare: Mail | None = Mail()
    ports: dict[str, int] = {}


def test_a_variable_switches_a_branch_off_and_is_else_no_value_for_it(caplog: pytest.LogCaptureFixture) -> None:
    """``NESTED_SPARE=false`` is the switch; any other text is warned about."""
    made = environment({}, {"nested.spare.host": "x"}, variables={"NESTED_SPARE": "false", "NESTED_MAIL": "1", "NESTED_PORTS": "2"})

    assert Nested(spare=None) == made.bind("nested", Nested)
    assert [
        "NESTED_MAIL means no setting below 'nested'; nested.mail is a branch, and what is below it can be set",
        "NESTED_PORTS means no setting below 'nested'; nested.ports is a branch, and what is below it can be set",
    ] == caplog.messages


def test_two_variables_of_one_meaning_are_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    """The one that counts is named; equal values are no matter."""
    made = environment({}, variables={"MAIL_HOST": "a", "MAIL__HOST": "b", "mail_host": "a"})

    assert "a" == made.bind("mail", Mail).host
    assert ["MAIL__HOST and MAIL_HOST mean one setting; MAIL_HOST counts"] == caplog.messages


def test_a_variable_of_endless_parts_means_nothing() -> None:
    """It does not end in the interpreter's stack."""
    assert {} == environment({}, variables={"_".join("A" * 5000): "1"}).bind("a", dict[str, object])


def test_a_placeholder_with_a_name_that_is_none_says_so() -> None:
    """Not with an error of the interpreter."""
    with pytest.raises(PlaceholderError, match="not a setting's name"):
        environment({"a": "${b..c}"}).get("a")


@pytest.mark.parametrize(
    ("settings", "variables"),
    [({"hosts": ["a", "b"]}, {}), ({"hosts": "a, b"}, {}), ({}, {"HOSTS_0": "a", "HOSTS_1": "b"}), ({}, {"HOSTS": "a,b"})],
)
def test_a_list_is_had_by_its_key_however_it_is_written(settings: dict[str, object], variables: dict[str, str]) -> None:
    """Asked for, and as the one placeholder of a text; with a default too."""
    made = environment(settings, variables=variables)

    assert ["a", "b"] == made.get("hosts", list[str])
    assert ["a", "b"] == made.convert("${hosts}", list[str], Origin("here")) == made.convert("${hosts:c}", list[str], Origin("here"))
    assert ["c"] == made.convert("${other:c}", list[str], Origin("here"))


def test_a_map_is_had_by_its_key() -> None:
    """As a hint, and as a model."""
    made = environment({"limits": {"a": "1"}, "server": {"port": 5}})

    assert {"a": 1} == made.get("limits", dict[str, int]) == made.convert("${limits}", dict[str, int], Origin("here"))
    assert Server(port=5) == made.get("server", Server)
    assert None is made.get("nothing", dict[str, int])
