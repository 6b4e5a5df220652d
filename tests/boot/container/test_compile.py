"""Compiled factories: one plain function for what is made again and again."""

from typing import Annotated, Any

import pytest

from pyboot.boot import (
    ApplicationContext,
    BeanDefinition,
    BeanPostProcessor,
    Component,
    Import,
    Lazy,
    PostConstruct,
    Provider,
    PyBootApplication,
    Scope,
    Value,
    prepare,
    start,
)
from pyboot.boot.errors import BeanCreationError


async def refreshed(*targets: object) -> ApplicationContext:
    """The context of an application that imports *targets*."""

    @Import(*targets)
    @PyBootApplication
    class App: ...

    blueprint = prepare(App)
    await blueprint.context.refresh(blueprint.graph)
    return blueprint.context


@Component
class Single: ...


@Scope(Scope.PROTOTYPE)
@Component
class Leaf: ...


@Scope(Scope.PROTOTYPE)
@Component
class Middle:
    def __init__(self, leaf: Leaf, single: Single) -> None:
        self.leaf = leaf
        self.single = single


@Scope(Scope.CHANNEL)
@Component
class Session: ...


@Scope(Scope.PROTOTYPE)
@Component
class Top:
    def __init__(
        self,
        middle: Middle,
        singles: list[Single],
        by_name: dict[str, Single],
        both: tuple[Single, ...],
        some: set[Single],
        later: Provider[Leaf],
        once: Lazy[Leaf],
        port: Annotated[int, Value("${port:80}")],
        session: Session,
        maybe: bytes | None,
        size: int = 3,
        *,
        last: Single,
    ) -> None:
        self.given = (middle, singles, by_name, both, some, port, session, maybe, size, last)
        self.later = later
        self.once = once


async def test_every_form_of_injection_is_compiled() -> None:
    """The result is the same as by the general way."""
    context = await refreshed(Single, Leaf, Middle, Session, Top)
    single = context.get(Single)
    async with context.scope() as store:
        made = context.factory(context.definition(Top))(store)
        middle, *others = made.given

        assert isinstance(middle, Middle)
        assert single is middle.single
        assert [[single], {"single": single}, (single,), {single}, 80, store.beans[context.definition(Session)], None, 3, single] == others
        assert made.later.get() is not made.later.get()
        assert made.once.get() is made.once.get()


async def test_prototypes_inside_are_new_each_time() -> None:
    """Nothing is shared by mistake."""
    context = await refreshed(Single, Leaf, Middle)
    make = context.factory(context.definition(Middle))

    assert make(None).leaf is not make(None).leaf
    assert make is context.factory(context.definition(Middle))


async def test_a_deep_chain_of_prototypes_is_cut_into_functions() -> None:
    """Fifty levels."""
    chain: list[type] = [Leaf]
    for number in range(50):

        def init(self: object, inner: object) -> None:
            self.inner = inner  # type: ignore[attr-defined]  # any object has attributes here

        init.__annotations__["inner"] = chain[-1]
        chain.append(Scope("prototype")(Component(type(f"Level{number}", (), {"__init__": init}))))
    made: Any = (await refreshed(*chain)).get(chain[-1])

    for _ in range(50):
        made = made.inner
    assert isinstance(made, Leaf)


async def test_a_bean_with_a_beginning_goes_the_general_way() -> None:
    """Its ``@PostConstruct`` is called."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Beginning:
        begun = False

        @PostConstruct
        def begin(self) -> None:
            self.begun = True

    context = await refreshed(Beginning)

    assert context.factory(context.definition(Beginning))(None).begun


async def test_a_failing_constructor_is_named() -> None:
    """As everywhere else."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Broken:
        def __init__(self) -> None:
            raise RuntimeError("no")

    context = await refreshed(Broken)
    with pytest.raises(BeanCreationError, match=r"'broken'.*RuntimeError: no"):
        context.get(Broken)


async def test_of_beans_that_are_made_in_one_expression_the_one_that_failed_is_named() -> None:
    """With those that needed it."""

    @Scope(Scope.PROTOTYPE)
    @Component
    class Inner:
        def __init__(self, leaf: Leaf) -> None:
            raise RuntimeError("no")

    @Scope(Scope.PROTOTYPE)
    @Component
    class Between:
        def __init__(self, inner: Inner) -> None: ...

    @Scope(Scope.PROTOTYPE)
    @Component
    class Outer:
        def __init__(self, leaf: Leaf, between: Between) -> None: ...

    context = await refreshed(Leaf, Inner, Between, Outer)
    with pytest.raises(BeanCreationError) as raised:
        context.get(Outer)

    assert "inner" == raised.value.bean
    assert ["'between'", "'outer'"] == [line.partition(" ")[0] for line in raised.value.path]


async def test_a_lazy_singleton_is_made_when_the_function_is_compiled() -> None:
    """G17: nothing is resolved by name, nothing before it is needed."""
    made: list[str] = []

    @Lazy
    @Component
    class Idle:
        def __init__(self) -> None:
            made.append("idle")

    @Scope(Scope.PROTOTYPE)
    @Component
    class User:
        def __init__(self, idle: Idle) -> None: ...

    context = await refreshed(Idle, User)
    assert [] == made
    context.get(User)

    assert ["idle"] == made


@Component
@Scope("prototype")
class Draft:
    is_stamped = False


@Component
class Stamp(BeanPostProcessor):
    """A post-processor that has a prototype made while it is made itself."""

    def __init__(self, context: ApplicationContext, drafts: Provider[Draft]) -> None:
        self.early = [drafts.get(), context.get(Draft)]

    def process[T](self, bean: T, definition: BeanDefinition) -> T:
        if isinstance(bean, Draft):
            bean.is_stamped = True
        return bean


async def test_a_post_processor_sees_prototypes_whose_factory_was_there_before_it() -> None:
    """Those that were made earlier it has not seen."""

    @Import(Draft, Stamp)
    @PyBootApplication(scan=())
    class App: ...

    async with start(App) as context:
        assert [False, False] == [draft.is_stamped for draft in context.get(Stamp).early]
        assert context.get(Draft).is_stamped
        assert context.factory(context.definition(Draft))(None).is_stamped
