"""Type hints as keys: what a class offers once its type parameters are bound."""

from typing import Annotated, Generic, Protocol, TypeVar

from pyboot.boot.model.generic import bare, bindings, offered, spell, substitute, unalias

T = TypeVar("T")
K = TypeVar("K")


class Repository(Generic[T]): ...


class Pair(Generic[K, T]): ...


class User: ...


class UserRepository(Repository[User]): ...


class Named(Protocol): ...


class Deep(UserRepository, Named): ...


type Fast[T] = Annotated[T, "fast"]
type Users = Repository[User]


def test_a_class_offers_itself_and_its_bases() -> None:
    """The bases come with their bound parameters and bare, ``object`` and ``Generic`` do not come."""
    assert (Deep, UserRepository, Repository[User], Repository, Named) == offered(Deep)


def test_a_subscripted_class_offers_its_origin_as_well() -> None:
    """A bean declared as ``Repository[User]`` is found by ``Repository``."""
    assert (Repository[User], Repository) == offered(Repository[User])


def test_parameters_are_passed_up_through_the_bases() -> None:
    """A subclass that swaps its parameters offers its base with them swapped."""

    class Swapped(Pair[T, K], Generic[K, T]): ...

    assert Pair[int, str] in offered(Swapped[str, int])


def test_bindings_tell_what_a_type_variable_means_in_a_base() -> None:
    """From ``UserRepository``, the parameter of ``Repository`` is ``User``."""
    assert {T: User} == bindings(UserRepository)


def test_aliases_are_looked_through() -> None:
    """``type`` statements, with and without parameters, stand for what they name."""
    assert Repository[User] == unalias(Users)
    assert Annotated[int, "fast"] == unalias(Fast[int])
    assert int is bare(Fast[int])


def test_an_unbound_variable_stays() -> None:
    """What is not known is left as it is."""
    open_hint = UserRepository.__mro__[1][T]  # type: ignore[index]  # a hint with a free variable, made at run time

    assert open_hint == substitute(open_hint, {})


def test_a_hint_is_spelled_as_a_person_writes_it() -> None:
    """No module paths, no angle brackets."""
    assert "Repository[User]" == spell(Repository[User])
    assert "dict[str, int]" == spell(dict[str, int])
