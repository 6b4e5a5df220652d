"""Contexts with a parent: what a child may have of it, what it hears, and what stays the parent's own business."""

from collections.abc import AsyncIterator

import pytest

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Async,
    Bean,
    BeanDefinition,
    BeanPostProcessor,
    Component,
    EventListener,
    Import,
    Lazy,
    PostConstruct,
    PreDestroy,
    PyBootApplication,
    Scheduled,
    Scope,
    Service,
    start,
)
from pyboot.boot.errors import ClosedContextError
from pyboot.boot.lifecycle.scheduling import Scheduler
from pyboot.boot.lifecycle.tasks import TaskExecutor


class News:
    """An event."""


class Log:
    def __init__(self) -> None:
        self.lines: list[str] = []


@Bean
def log() -> Log:
    return Log()


@Service
class Store:
    def __init__(self, log: Log) -> None:
        self.log = log
        log.lines.append("store made")

    @PostConstruct
    async def connected(self) -> None:
        self.log.lines.append("store connected")

    @PreDestroy
    def end(self) -> None:
        self.log.lines.append("store ended")


def application(*targets: object) -> type:
    """An application of *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    return App


PARENT = application(log, Store)


async def test_a_child_looks_in_its_parent_and_does_not_end_what_is_there() -> None:
    """By type, by name, as a collection, and for injection."""

    @Component
    class Shop:
        def __init__(self, store: Store) -> None:
            self.store = store

    async with start(PARENT) as parent:
        async with start(application(Shop), parent=parent) as child:
            assert child.get(Shop).store is child.get(Store) is child.get(Store, "store") is parent.get(Store)
            assert (parent.get(Store),) == child.get_all(Store)
            assert parent.find(Shop) is None
        assert ["store made", "store connected"] == parent.get(Log).lines


async def test_beans_that_the_parent_makes_on_demand_are_made_by_the_parent() -> None:
    """Lazy ones once, whoever asks first; prototypes each time; awaited ones where they can be awaited."""

    @Lazy
    @Bean
    async def number(log: Log) -> int:
        log.lines.append("number made")
        return 7

    @Lazy
    @Component
    class Cache: ...

    @Scope("prototype")
    @Component
    class Request:
        def __init__(self, cache: Cache) -> None:
            self.cache = cache

    @Scope("prototype")
    @Bean
    async def text() -> str:
        return "text"

    @Component
    class Needing:
        def __init__(self, number: int, text: str) -> None:
            self.held = (number, text)

    async with (
        start(application(log, number, text, Cache, Request)) as parent,
        start(application(Needing), parent=parent) as child,
    ):
        assert (7, "text") == child.get(Needing).held
        assert ["number made"] == parent.get(Log).lines
        assert 7 == parent.get(int) == child.get(int)
        assert child.get(Request) is not child.get(Request)
        assert child.get(Request).cache is child.get(Cache) is parent.get(Cache)
        assert "text" == await child.aget(str)


async def test_a_store_of_the_child_holds_beans_that_the_parent_defines() -> None:
    """Each store its own, awaited ones too, and they end with it."""
    ended: list[str] = []

    @Scope("tenant")
    @Component
    class Session:
        @PreDestroy
        def end(self) -> None:
            ended.append("session")

    @Scope("tenant")
    @Bean
    async def channel(session: Session) -> AsyncIterator[bytes]:
        yield b"open"
        ended.append("channel")

    async with start(application(Session, channel)) as parent, start(application(), parent=parent) as child:
        async with child.scope("tenant") as store:
            assert child.get(Session, store=store) is child.get(Session, store=store)
            assert b"open" == child.get(bytes, store=store)
        assert ["channel", "session"] == ended


async def test_what_the_child_defines_is_meant_before_what_the_parent_has() -> None:
    """By name it hides it; by type it is preferred; a collection has both."""

    class Greeter: ...

    @Component
    class English(Greeter): ...

    @Component("english")
    class Scottish(Greeter): ...

    @Component
    class German(Greeter): ...

    async with start(application(English)) as parent:
        async with start(application(Scottish), parent=parent) as child:
            assert isinstance(child.get(Greeter), Scottish)
            assert [Scottish] == [type(bean) for bean in child.get_all(Greeter)]
        async with start(application(German), parent=parent) as child:
            assert isinstance(child.get(Greeter), German)
            assert [English, German] == [type(bean) for bean in child.get_all(Greeter)]
            assert isinstance(child.get(Greeter, "english"), English)


async def test_what_acts_by_itself_acts_for_the_parent_alone() -> None:
    """Runners, life cycle, schedules, post-processors and background work are not doubled by a child."""
    done: list[str] = []

    @Component
    class Pump:
        phase = 0

        async def start(self) -> None:
            done.append("pump started")

        async def stop(self) -> None:
            done.append("pump stopped")

    @Component
    class Once(ApplicationRunner):
        def run(self, arguments: ApplicationArguments) -> None:
            done.append("run")

    @Component
    class Clock:
        @Scheduled(every="1h", initial="1h")
        def tick(self) -> None: ...

        @Async
        async def later(self) -> str:
            return "later"

    @Component
    class Watching(BeanPostProcessor):
        def process(self, bean: object, definition: BeanDefinition) -> object:
            if definition.name == "own":
                done.append("seen")
            return bean

    @Component
    class Own: ...

    async with start(application(Pump, Once, Clock, Watching)) as parent:
        assert ["pump started", "run"] == done
        async with start(application(Own), parent=parent) as child:
            assert () == Scheduler(child, TaskExecutor()).tasks
            assert "later" == await child.get(Clock).later()
        assert ["pump started", "run"] == done
    assert ["pump started", "run", "pump stopped"] == done


async def test_events_of_a_child_reach_its_parent_and_not_the_other_way() -> None:
    """The child's own listeners first; what a listener answers goes the same way."""
    heard: list[str] = []

    class Answer:
        """Another event."""

    @Component
    class Elder:
        @EventListener
        def on_news(self, event: News) -> None:
            heard.append("elder: news")

        @EventListener
        def on_answer(self, event: Answer) -> None:
            heard.append("elder: answer")

    @Component
    class Younger:
        @EventListener
        def on_news(self, event: News) -> Answer:
            heard.append("younger: news")
            return Answer()

    async with start(application(Elder)) as parent, start(application(Younger), parent=parent) as child:
        await child.publish(News())
        assert ["younger: news", "elder: answer", "elder: news"] == heard
        heard.clear()
        await parent.publish(News())
        assert ["elder: news"] == heard


async def test_grandchildren_reach_all_the_way_up() -> None:
    """Through a context that has not the bean itself."""
    async with (
        start(PARENT) as first,
        start(application(), parent=first) as second,
        start(application(), parent=second) as third,
    ):
        assert third.get(Store) is first.get(Store)


async def test_a_bean_of_the_parent_says_where_it_is_defined() -> None:
    """In the child's reports too; it is not one of the child's labelled beans."""
    async with start(PARENT) as parent, start(application(), parent=parent) as child:
        assert str(parent.definition(Store).origin) == str(child.definition(Store).origin)
        assert parent.definition(Store) not in child.singletons
        assert () == child.definitions(Service.__class__)


async def test_a_parent_that_has_ended_cannot_be_one() -> None:
    """Nothing of it can be had."""
    async with start(PARENT) as parent:
        pass
    with pytest.raises(ClosedContextError):
        async with start(application(), parent=parent):
            raise AssertionError("not reached")
