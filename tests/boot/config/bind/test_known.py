"""Known settings: what is declared or asked for is no typing error, everything else is."""

import pytest
from pydantic import BaseModel

from pyboot.boot.config.bind.known import Asked, KnownSettings
from pyboot.boot.config.names import split_key


def known() -> KnownSettings:
    """Two bound prefixes, some settings that are asked for, and a branch that code names."""
    made = KnownSettings()
    made.claim("shop")
    made.claim("shop.mail")
    made.ask("shop.max-size")
    made.ask_also(lambda: Asked(["shop.hosts[0]", "other.key", "not..a.key"], ["shop.extra"]))
    return made


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("shop.mail", True),
        ("shop.mail.host", True),
        ("shop.maxSize", True),
        ("shop.max-size.deeper", False),
        ("shop.max", False),
        ("shop.hosts[1]", True),
        ("shop.extra.deep", True),
        ("shop.other", False),
        ("other.key", True),
    ],
)
def test_a_setting_is_known_if_anything_declares_it_or_asks_for_it(path: str, is_known: bool) -> None:
    """Another bound prefix, a setting that is asked for, a branch; what binds the prefix itself says nothing about its fields."""
    assert is_known is known().knows(split_key(path), ("shop",))


@pytest.mark.parametrize(
    ("joined", "is_known"),
    [("shopmailhost", True), ("shopmaxsize", True), ("shopmaxsizes", False), ("shopextradeep", True), ("shopx", False)],
)
def test_a_variable_is_known_by_the_same_law(joined: str, is_known: bool) -> None:
    """Its name is compared without underscores."""
    assert is_known is known().knows_variable(joined, ("shop",))


def test_who_asks_is_found_out_for_a_stranger_only() -> None:
    """What another prefix binds is told without looking into any code."""

    def asker() -> Asked:
        raise AssertionError("asked")

    made = KnownSettings()
    made.claim("shop.mail")
    made.ask_also(asker)

    assert made.knows(("shop", "mail", "host"), ("shop",))
    assert made.slip_of("shop") is None
    with pytest.raises(AssertionError):
        made.knows(("shop", "nothing"), ("shop",))


@pytest.mark.parametrize(("root", "meant"), [("shpo", "shop"), ("shopp", "shop"), ("other", None), ("shop", None), ("zzz", None)])
def test_a_slip_at_the_top_is_recognised(root: str, meant: str | None) -> None:
    """One letter off what is bound, and nobody asks for it."""
    assert meant == known().slip_of(root)


class Limit(BaseModel):
    most: int = 0


class Mail(BaseModel):
    host: str = ""
    limits: dict[str, Limit] = {}
    backups: list[Limit] = []


class Page(BaseModel):
    title: str = ""


@pytest.mark.parametrize(
    ("path", "is_known"),
    [
        ("shop.host", True),
        ("shop.limits.any.most", True),
        ("shop.backups[0].most", True),
        ("shop.title", True),
        ("shop.hots", False),
        ("other", False),
    ],
)
def test_a_field_of_any_class_bound_there_is_known(path: str, is_known: bool) -> None:
    """Two classes may bind one prefix, each its own part of it; in a variable too."""
    made = KnownSettings()
    made.claim("shop", Mail)
    made.claim("shop", Page)

    assert is_known is made.knows(split_key(path), ("shop",))


def test_a_name_that_no_field_of_an_entry_has_is_a_stranger() -> None:
    """However many classes are bound above it, that of the entry itself included."""
    made = KnownSettings()
    made.claim("shop", Mail)

    assert not made.knows(split_key("shop.limits.any.last"), ("shop",))
    assert not made.knows(split_key("shop.backups[0].last"), ("shop",))
    assert not made.knows(split_key("shop.host.deep"), ("shop",))


def test_names_that_others_bind_below_are_told() -> None:
    """As they are written, and one part of each."""
    made = KnownSettings()
    for prefix in ("shop", "shop.by-code", "shop.byCode.deep", "other.x"):
        made.claim(prefix)

    assert {"by-code", "byCode"} == made.names_below(("shop",))
    assert set() == made.names_below(("shop", "by-code", "deep"))


def test_a_variable_for_another_class_at_one_prefix_is_known() -> None:
    """One that the class itself has a field for is judged by it."""
    made = KnownSettings()
    made.claim("shop", Mail)

    assert made.knows_variable("shophost", ("shop",), Page)
    assert not made.knows_variable("shophost", ("shop",), Mail)
