"""Callbacks: what a bean's class says about its beginning and its end."""

from collections.abc import AsyncIterator, Iterator

import pytest

from pyboot.boot.container.callbacks import endings, finished, has_async_start, labelled_methods, post_constructs
from pyboot.boot.errors import DefinitionError
from pyboot.boot.model.bean import PostConstruct, PreDestroy, PreDestroyLabel
from pyboot.boot.model.definition import BeanDefinition, Making


class Base:
    @PostConstruct
    def begin(self) -> None: ...

    @PreDestroy
    def end(self) -> None: ...


class Sub(Base):
    @PostConstruct
    async def begin_too(self) -> None: ...

    def end(self) -> None: ...


def definition(making: Making = Making.CALL, destroy: str | None = None) -> BeanDefinition:
    """The definition of some bean."""
    return BeanDefinition(name="bean", provides=object, factory=object, target=object, making=making, destroy=destroy)


def test_methods_of_bases_come_first() -> None:
    """An override without the label takes it away."""
    assert ("begin", "begin_too") == post_constructs(Sub)
    assert () == labelled_methods(Sub, PreDestroyLabel)


def test_an_asynchronous_beginning_is_known() -> None:
    """Such a bean has to be awaited."""
    assert has_async_start(Sub)
    assert not has_async_start(Base)


class Closes:
    def close(self) -> str:
        return "close"

    def shut(self) -> str:
        return "shut"


class ClosesBoth(Closes):
    def aclose(self) -> str:
        return "aclose"


class ClosesSomething:
    def close(self, something: int) -> None: ...


@pytest.mark.parametrize(
    ("bean", "destroy", "expected"),
    [
        (Closes(), None, ["close"]),
        (ClosesBoth(), None, ["aclose"]),
        (Closes(), "shut", ["shut"]),
        (Closes(), "", []),
        (ClosesSomething(), None, []),
    ],
)
def test_the_closing_method_is_found_or_named_or_forbidden(bean: object, destroy: str | None, expected: list[str]) -> None:
    """One that wants arguments is not meant."""
    assert expected == [ending() for ending in endings(definition(destroy=destroy), bean)]


def test_a_bean_given_from_outside_or_ended_by_its_generator_is_not_closed() -> None:
    """Its owner does that."""
    assert () == endings(definition(Making.INSTANCE), Closes())
    assert () == endings(definition(Making.GENERATOR), Closes())


def test_naming_a_method_that_is_not_there_is_an_error() -> None:
    """A typing error would leave something open."""
    with pytest.raises(DefinitionError, match="'shutt', which Closes does not have"):
        endings(definition(destroy="shutt"), Closes())


async def test_a_generator_is_no_callback() -> None:
    """Calling it has run nothing, which a runner with a ``yield`` in it would never notice."""

    def plain() -> Iterator[int]:
        yield 1

    async def later() -> AsyncIterator[int]:
        yield 1

    for made in (plain(), later()):
        with pytest.raises(TypeError, match="leave the 'yield' out"):
            await finished(made)
