"""Overriding: beans in place of others, and a parent's beans."""

from collections.abc import AsyncIterator

import pytest

from pyboot.boot import Component, Configuration, Import, Lazy, PostConstruct, PreDestroy, PyBootApplication, Scope, Service, start
from pyboot.boot.errors import GraphError, MissingBeanError
from pyboot.boot.model.bean import Bean


class Clock:
    def now(self) -> int:
        return 1


@Component
class RealClock(Clock):
    @PreDestroy
    def end(self) -> None: ...


@Service
class Watch:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock


class FakeClock(Clock):
    def __init__(self) -> None:
        self.ended = False

    def now(self) -> int:
        return 42

    @PreDestroy
    def end(self) -> None:
        self.ended = True


@Import(RealClock, Watch)
@PyBootApplication
class App: ...


@pytest.mark.parametrize("key", [Clock, RealClock, "real_clock"])
async def test_a_bean_is_replaced_before_anything_is_made(key: object) -> None:
    """By a type it offers or by its name; who needs it gets the other one."""
    fake = FakeClock()
    async with start(App, beans={key: fake}) as context:
        assert fake is context.get(Watch).clock is context.get(Clock)

    assert not fake.ended


async def test_what_the_replaced_bean_needed_need_not_be_there() -> None:
    """Its factory is not called."""

    class Absent: ...

    @Configuration
    class Setup:
        @Bean
        def clock(self, absent: Absent) -> Clock:
            raise AssertionError("made")

    @Import(Setup, Watch)
    @PyBootApplication
    class Needy: ...

    async with start(Needy, beans={Clock: FakeClock()}) as context:
        assert 42 == context.get(Watch).clock.now()


async def test_replacing_what_is_not_there_is_an_error() -> None:
    """A test that replaces nothing would pass by mistake."""
    with pytest.raises(MissingBeanError, match="'sundial'"):
        async with start(App, beans={"sundial": FakeClock()}):
            raise AssertionError("not reached")
    with pytest.raises(MissingBeanError, match="int"):
        async with start(App, beans={int: 5}):
            raise AssertionError("not reached")


async def test_a_configuration_may_be_replaced() -> None:
    """Its methods are called with the other one."""

    @Configuration
    class Setup:
        number = 1

        @Bean
        def made(self) -> int:
            return self.number

    class Other(Setup):
        number = 2

    @Import(Setup)
    @PyBootApplication
    class Numbered: ...

    async with start(Numbered, beans={Setup: Other()}) as context:
        assert 2 == context.get(int)


async def test_a_parents_beans_are_injected_and_not_ended() -> None:
    """A bean of the same name hides the parent's."""

    @Import(Watch)
    @PyBootApplication
    class Child: ...

    @Component("real_clock")
    class OwnClock(Clock): ...

    @Import(Watch, OwnClock)
    @PyBootApplication
    class Hiding: ...

    async with start(App) as parent:
        async with start(Child, parent=parent) as context:
            assert context.parent is parent
            assert context.get(Watch).clock is parent.get(Clock)
        async with start(Hiding, parent=parent) as context:
            assert isinstance(context.get(Watch).clock, OwnClock)
        assert isinstance(parent.get(Clock), RealClock)

    with pytest.raises(GraphError):
        async with start(Child):
            raise AssertionError("not reached")


async def test_g11_a_replaced_bean_reaches_all_who_need_it_and_no_other_context() -> None:
    """It is put in place before anything is made, so nobody holds the old one; and nothing of it is global."""

    @Service
    class Real:
        name = "real"

    @Service
    class User:
        def __init__(self, real: Real) -> None:
            self.name = real.name

    class Fake(Real):
        name = "fake"

    @Import(Real, User)
    @PyBootApplication
    class App: ...

    async with start(App, beans={Real: Fake()}) as replaced, start(App) as plain:
        assert ("fake", "real") == (replaced.get(User).name, plain.get(User).name)


class Slow:
    """A bean whose making has to be awaited."""

    @PostConstruct
    async def load(self) -> None:
        raise AssertionError("what is given is there already")


@Configuration
class SlowBeans:
    @Bean
    @Lazy
    def lazy(self) -> Slow:
        return Slow()

    @Bean
    @Lazy
    async def awaited(self) -> Slow:
        return Slow()

    @Bean
    @Lazy
    async def generated(self) -> AsyncIterator[Slow]:
        yield Slow()

    @Bean
    @Scope("prototype")
    async def prototype(self) -> Slow:
        return Slow()

    @Bean
    @Scope("channel")
    async def of_a_channel(self) -> Slow:
        return Slow()


@pytest.mark.parametrize("name", ["lazy", "awaited", "generated", "prototype", "of_a_channel"])
async def test_what_stands_for_an_asynchronous_bean_is_had_without_awaiting(name: str) -> None:
    """It is there, whatever would have made the bean that it stands for."""
    given = Slow()

    @Import(SlowBeans)
    @PyBootApplication(scan=())
    class Asynchronous: ...

    async with start(Asynchronous, beans={name: given}) as context:
        assert given is context.get(Slow, name)
        assert given is await context.aget(Slow, name)
