"""The steps of all observers at the ends of pipelines; what no application uses is not imported."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple, final

from pyboot.boot import ApplicationContext, BeanDefinition, Scope
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods
from pyboot.netty.annotations import ChannelGroupBean, ChannelListenerLabel
from pyboot.netty.pipeline.belonging import Owners
from pyboot.netty.pipeline.steps import NO_EDGES, Edges
from pyboot.netty.refusals import Refusals


@final
class ObservingEdges(NamedTuple):
    """The steps of observers for each server and each client that has some, by name."""

    servers: Mapping[str, Edges]
    clients: Mapping[str, Edges]


def edges_of(context: ApplicationContext, owners: Owners) -> ObservingEdges:
    """Return the steps of the observers among the beans of *context*; those that are lazy are made.

    Raises:
        AssemblyError: one does not say to which of *owners* it belongs, or says it of one that is not there.
        DefinitionError: one hears of events that have no type.
    """
    servers, clients = dict[str, Edges](), dict[str, Edges]()
    methods = list(listening(context.graph.index.definitions, context.singletons))
    if methods:
        from .listeners import listening_edges

        servers, clients = listening_edges(context, methods, owners)
    if context.definitions(ChannelGroupBean):
        from .groups import feeding_steps

        for server, step in feeding_steps(context).items():
            edges = servers.get(server, NO_EDGES)
            servers[server] = edges._replace(first=(step, *edges.first))
    return ObservingEdges(servers, clients)


def check_observers(definitions: Iterable[BeanDefinition], owners: Owners, refusals: Refusals) -> Collection[str]:
    """Return the servers whose channels somebody hears of; note in *refusals* what `edges_of` would refuse, as far as it is known.

    Whoever hears of a channel may speak on it. Of a listener that is refused nobody knows whose it was meant to be: that counts for all.
    """
    met, heard = refusals.count, set[str]()
    for _, kind, name in listening(definitions, {}):
        from .listeners import listens_to

        function = getattr(kind, name)
        for label in labels(function, ChannelListenerLabel):
            with refusals.noting():
                is_client, owner = listens_to(label, function, owners)
                heard |= set() if is_client else {owner}
    return heard if refusals.count == met else owners.servers


def listening(definitions: Iterable[BeanDefinition], made: Mapping[BeanDefinition, object]) -> Iterator[tuple[BeanDefinition, type, str]]:
    """Iterate over the methods that hear of channels: the bean, its class, as far as it is known, and the name."""
    for definition in definitions:
        if definition.inherited is not None or definition.scope != Scope.SINGLETON:
            continue
        kind: object = type(made[definition]) if definition in made else definition.bean_class
        if not isinstance(kind, type):  # a union, or another hint
            continue
        for name in labelled_methods(kind, ChannelListenerLabel):
            yield definition, kind, name
