"""ClusterEvents: application events that listeners on all nodes hear."""

import inspect
import json
import logging
from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Final, Self, final, overload

from pydantic import TypeAdapter, ValidationError

from pyboot.boot import ApplicationContext, BeanDefinition, Label
from pyboot.boot.model.label import labels
from pyboot.boot.model.method import labelled_methods, refusal
from pyboot.boot.model.task import CalledLabel

from .envelope import Content
from .errors import TooLargeMessageError, UnserializableMessageError
from .events import ClusterGap
from .groups.groups import ClusterGroups
from .groups.remote import RemoteGroup
from .serializer import MOST_BYTES

__all__ = ["ClusterEventListener", "ClusterEventListenerLabel", "ClusterEvents"]

_log = logging.getLogger("pyboot.cluster")

_NAME: Final = "@events"


@final
class ClusterEventListenerLabel(CalledLabel):
    """A method called with each event of its parameter's type that any node publishes by `ClusterEvents`: ``@ClusterEventListener``.

    The event is a dataclass, a NamedTuple or a model of pydantic. It is made anew of JSON on other nodes, of a class that is listened to
    here, and of no other: nobody can have a class made by naming it.
    """

    arguments: ClassVar = 1
    called_with: ClassVar = "with the event alone"

    @overload
    def __call__(self) -> Self: ...
    @overload
    def __call__[T](self, target: T, /) -> T: ...
    def __call__(self, *targets: Any) -> Any:
        """Label a method."""
        return Label.__call__(self, *targets) if targets else self


ClusterEventListener = ClusterEventListenerLabel()


@final
class ClusterEvents:
    """Publishes events to all nodes, and calls the listeners of this one; a bean.

    Promises: listeners here hear an event at once, whatever the engine does. Those of other nodes hear it at most once, in the order of its
    sender; a loss is told by `ClusterGap` of the group ``@events``. What a listener raises is logged.
    """

    def __init__(self, context: ApplicationContext, groups: ClusterGroups) -> None:
        """Take the listeners of the beans of *context*, those that are made later included."""
        self._node = groups.node
        self._adapters: dict[type[Any], TypeAdapter[Any]] = {}
        self._heard: dict[str, tuple[type[Any], list[Callable[[Any], Any]]]] = {}
        self._remote = RemoteGroup(self._node, _NAME, lambda: len(self._heard), self._deliver, self._tell_gap, hears_itself=False)
        groups.include(self._remote)
        self._node.on_up.append(self._remote.on_members)
        for definition, bean in context.watch(self._on_bean).items():
            self._on_bean(definition, bean)

    async def publish(self, event: object) -> None:
        """Hand *event* to the listeners of this node, in the background, and to all others; done when the connection took it.

        Raises:
            TooLargeMessageError: it has more than 1 MiB.
            UnserializableMessageError: it cannot be said in JSON.
        """
        payload = self._packed(event)
        name = _name(type(event))
        if name in self._heard:
            for listen in self._heard[name][1]:
                self._node.call(self._hear, listen, event)
        self._node.call(self._remote.publish, payload, Content.SERIALIZED)
        await self._node.run(self._node.flushed())

    def _packed(self, event: object) -> bytes:
        try:
            facts = self._adapter(type(event)).dump_python(event, mode="json")
            payload = json.dumps([_name(type(event)), facts], separators=(",", ":")).encode()
        except Exception as error:  # pydantic has errors of many kinds for types that it does not know
            raise UnserializableMessageError(type(event).__name__, str(error)) from error
        if len(payload) > MOST_BYTES:
            raise TooLargeMessageError(len(payload), MOST_BYTES)
        return payload

    def _adapter(self, kind: type[Any]) -> TypeAdapter[Any]:
        if kind not in self._adapters:
            self._adapters[kind] = TypeAdapter(kind)
        return self._adapters[kind]

    def _on_bean(self, definition: BeanDefinition, bean: object) -> None:
        for name in labelled_methods(type(bean), ClusterEventListenerLabel):
            self._listen(getattr(bean, name), _type_of(getattr(type(bean), name)))

    def _listen(self, listen: Callable[[Any], Any], kind: type[Any]) -> None:
        self._heard.setdefault(_name(kind), (kind, []))[1].append(listen)
        self._node.call(self._remote.on_members)

    def _deliver(self, payload: bytes, content: Content) -> None:
        try:
            name, facts = json.loads(payload)
            kind, listeners = self._heard[name]
            event = self._adapter(kind).validate_python(facts)
        except KeyError:
            return  # nobody listens to it here
        except (ValueError, TypeError, ValidationError) as error:
            _log.warning("an event of another node cannot be read: %s", error)
            return
        for listen in listeners:
            self._hear(listen, event)

    def _hear(self, listen: Callable[[Any], Any], event: object) -> None:
        self._node.spawn(_called(listen, event), f"listener {getattr(listen, '__qualname__', listen)}")

    def _tell_gap(self, gap: ClusterGap) -> None:
        self._node.tell(gap)

    @property
    def names(self) -> Iterable[str]:
        """The events that are listened to here."""
        return self._heard.keys()


async def _called(listen: Callable[[Any], Any], event: object) -> None:
    result = listen(event)
    if inspect.isawaitable(result):
        await result


def _name(kind: type[Any]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _type_of(function: Callable[..., Any]) -> type[Any]:
    """Return the type of the one parameter behind ``self``."""
    hints = list(inspect.get_annotations(function, eval_str=True).items())
    kinds = [hint for name, hint in hints if name != "return"]
    if len(kinds) != 1 or not isinstance(kinds[0], type):
        mark = labels(function, ClusterEventListenerLabel)[0]
        raise refusal(mark, function, "it wants one parameter with the class of the event")
    return kinds[0]
