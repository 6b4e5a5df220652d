"""The plan of making beans: what is awaited, what comes at the start, what is missing."""

from pyboot.boot import Bean, BeanPostProcessor, Component, Import, Lazy, PostConstruct, PyBootApplication, Scope, ScopeStore, prepare
from pyboot.boot.container.plan import Plan
from pyboot.boot.graph.build import Graph


class Pool: ...


@Bean
@Lazy
async def pool() -> Pool:
    """Return a bean that is awaited itself."""
    return Pool()


@Scope(Scope.PROTOTYPE)
@Component
class Session:
    """Is awaited, though its class says nothing of it."""

    @PostConstruct
    async def begin(self) -> None: ...


@Lazy
@Component
class Store:
    """Is awaited, since a prototype is made with it."""

    def __init__(self, session: Session) -> None: ...


@Lazy
@Component
class Shop:
    """Is not awaited: the singleton that it needs is there by then."""

    def __init__(self, pool: Pool) -> None: ...


@Component
class Door:
    """Is made at the start, and so is what it needs."""

    def __init__(self, shop: Shop) -> None: ...


@Component
class Guard(BeanPostProcessor):
    """Comes first."""


@Scope(Scope.CHANNEL)
@Bean
async def line(store: Store) -> int:
    """Return a bean of a connection that is awaited."""
    return 1


def checked(*targets: object) -> Graph:
    """The graph of an application of *targets*."""

    @Import(*targets)
    @PyBootApplication(scan=())
    class App: ...

    return prepare(App).graph


GRAPH = checked(pool, Session, Store, Shop, Door, Guard, line)
NAMED = GRAPH.index.by_name


def test_what_awaits_something_is_awaited_and_what_is_made_with_it() -> None:
    """A singleton that something needs is made before it, and makes it wait for nothing."""
    plan = Plan(GRAPH)

    assert ["line", "pool", "session", "store"] == sorted(entry.name for entry in GRAPH.order if entry in plan.awaited)
    assert [NAMED["line"]] == list(plan.awaited_in(Scope.CHANNEL))
    assert [True, False] == [plan.is_awaited_with_owner(NAMED[name]) for name in ("session", "pool")]


def test_the_start_makes_what_is_not_lazy_and_what_that_needs() -> None:
    """Post-processors come first, and a lazy bean that only lazy ones need is left for later."""
    names = [entry.name for entry in Plan(GRAPH).eager()]

    assert "guard" == names[0]
    assert ["pool", "shop", "door"] == [name for name in names if name in ("pool", "shop", "door", "store", "session")]


def test_what_is_missing_comes_in_the_order_of_making() -> None:
    """Singletons that are there are left out, and so is what they need."""
    plan = Plan(GRAPH)

    assert ["pool", "shop", "door"] == [entry.name for entry in plan.missing(NAMED["door"], {})]
    assert ["door"] == [entry.name for entry in plan.missing(NAMED["door"], {NAMED["shop"]: object()})]
    assert [] == plan.missing(NAMED["door"], {NAMED["door"]: object(), NAMED["shop"]: object()})


def test_awaited_beans_of_a_store_are_missing_where_it_is_given() -> None:
    """And until it has them."""
    plan, store = Plan(GRAPH), ScopeStore(Scope.CHANNEL)

    assert ["store", "line"] == [entry.name for entry in plan.missing(NAMED["line"], {}, store)]
    assert ["store"] == [entry.name for entry in plan.missing(NAMED["line"], {})]
    store.beans[NAMED["line"]] = 1
    assert ["store"] == [entry.name for entry in plan.missing(NAMED["line"], {}, store)]
