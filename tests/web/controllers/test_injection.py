"""Which parameters of methods are beans, and which are FastAPI's."""

import inspect
from typing import Annotated, Any

import pytest
from fastapi import Body, Depends
from pydantic import BaseModel

from pyboot.boot import Bean, Component, Configuration, Import, PyBootApplication, Qualifier, Scope, ScopeStore, Value, start
from pyboot.boot.errors import AmbiguousBeanError, MissingBeanError
from pyboot.web.controllers.injection import BeanParameters, connection_store, request_store


@Component
class Clock:
    """A singleton."""


class Cache:
    """There are two of it."""

    def __init__(self, name: str) -> None:
        """Take its name."""
        self.name = name


@Component
@Scope("channel")
class Session:
    """Lives with the connection."""


@Component
@Scope("prototype")
class Basket:
    """Made for each; holds what lives with the connection."""

    def __init__(self, session: Session) -> None:
        """Take it."""
        self.session = session


class Order(BaseModel):
    """What is posted."""


@Configuration
class Caches:
    """Two caches, and a text."""

    @Bean
    @Qualifier("fast")
    def fast(self) -> Cache:
        """Make one."""
        return Cache("fast")

    @Bean
    def slow(self) -> Cache:
        """Make another."""
        return Cache("slow")

    @Bean
    def text(self) -> str:
        """Make a bean of a built-in type."""
        return "a bean"


@PyBootApplication(scan=())
@Import(Clock, Session, Basket, Caches)
class App:
    """Has them."""


class Controller:
    """Its methods are looked at."""

    def mixed(
        self,
        clock: Clock,
        quick: Annotated[Cache, Qualifier("fast")],
        slow: Cache,
        seconds: Annotated[int, Value("${seconds:5}")],
        text: str,
        order: Order,
        asked: Annotated[Clock, Depends(Clock)],
        body: Annotated[Clock, Body()],
        default: Clock = Clock(),  # noqa: B008  what is tested
    ) -> list[Any]:
        """Take everything."""
        return [clock, quick.name, slow.name, seconds]

    async def scoped(self, session: Session, basket: Basket) -> bool:
        """Take what lives shorter."""
        return basket.session is session

    def plain(self, text: str) -> str:
        """Take nothing of the container."""
        return text

    def unclear(self, cache: Cache) -> None:
        """Cannot tell which."""

    def missing(self, cache: Annotated[Cache, Qualifier("none")]) -> None:
        """Name what is not there."""


async def test_beans_and_settings_are_handed_over_and_the_rest_is_left() -> None:
    """What is marked, what has a default and what is built in is FastAPI's."""
    async with start(App, properties={"seconds": 9}) as context:
        bean = Controller()
        endpoint = BeanParameters(context).endpoint(bean, None, "mixed", Controller.mixed)  # type: ignore[arg-type]
        assert ["text", "order", "asked", "body", "default"] == list(inspect.signature(endpoint).parameters)
        clock, *rest = endpoint(text="", order=Order(), asked=None, body=None)
        assert clock is context.get(Clock)
        assert ["fast", "slow", 9] == rest


async def test_a_method_that_takes_no_bean_is_called_as_it_is() -> None:
    """Nothing stands between."""
    async with start(App) as context:
        bean = Controller()
        assert bean.plain == BeanParameters(context).endpoint(bean, None, "plain", Controller.plain)  # type: ignore[arg-type]


async def test_what_lives_shorter_is_a_dependency() -> None:
    """Each with the store that it lives in; a prototype with that of what it holds."""
    async with start(App) as context:
        endpoint = BeanParameters(context).endpoint(Controller(), None, "scoped", Controller.scoped)  # type: ignore[arg-type]
        assert inspect.iscoroutinefunction(endpoint)
        store = ScopeStore()
        made = {}
        for name, parameter in inspect.signature(endpoint).parameters.items():
            (mark,) = parameter.annotation.__metadata__
            (of_store,) = inspect.signature(mark.dependency).parameters.values()
            assert connection_store is of_store.annotation.__metadata__[0].dependency
            made[name] = await mark.dependency(store)
        assert await endpoint(**made)
        await store.aclose()


@pytest.mark.parametrize(("name", "error"), [("unclear", AmbiguousBeanError), ("missing", MissingBeanError)])
async def test_what_the_container_cannot_give_is_refused(name: str, error: type[Exception]) -> None:
    """When the routes are made."""
    async with start(App) as context:
        with pytest.raises(error):
            BeanParameters(context).endpoint(Controller(), None, name, getattr(Controller, name))  # type: ignore[arg-type]


async def test_stores_of_a_request_end_with_it() -> None:
    """The connection's own is used where there is one, and left alone."""
    own = ScopeStore()
    connection: Any = type("Connection", (), {"scope": {"pyboot.store": own}})
    async for store in connection_store(connection):
        assert own is store
    assert own.is_open
    for stores in (connection_store(type("Bare", (), {"scope": {}})), request_store(connection)):  # type: ignore[arg-type]
        async for store in stores:
            assert store.is_open
        assert not store.is_open
