"""Who gets what: the trees of subscriptions and of retained messages. Both walk a level at a time, and never call themselves."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pyboot.components.netty.codec.mqtt import MqttPublishMessage, MqttTopicSubscription

if TYPE_CHECKING:
    from session import Session

SHARED = "$share/"
MOST_ROUTES = 1024  # topics whose routes are remembered until a subscription changes


@dataclass(slots=True)
class Subscription:
    """A filter of one session, with what it asked for."""

    wanted: MqttTopicSubscription
    identifier: int = 0


@dataclass(slots=True)
class Route:
    """What one session gets of messages under one topic: several filters may fit, and one message is sent."""

    session: "Session"
    qos: int = 0
    identifiers: tuple[int, ...] = ()
    retain_as_published: bool = False
    no_local: bool = True

    def join(self, subscription: Subscription) -> None:
        """Let *subscription* fit, too."""
        self.qos = max(self.qos, subscription.wanted.qos)
        self.retain_as_published |= subscription.wanted.retain_as_published
        self.no_local &= subscription.wanted.no_local
        if subscription.identifier:
            self.identifiers += (subscription.identifier,)


@dataclass(slots=True)
class Share:
    """The sessions that share one subscription: each message goes to one of them, in turn, and to one that is there if any is."""

    members: "dict[Session, Subscription]" = field(default_factory=dict)
    turn: int = 0

    def next_route(self) -> Route:
        """The route of the one whose turn it is."""
        members = list(self.members.items())
        self.turn += 1
        order = members[self.turn % len(members) :] + members[: self.turn % len(members)]
        session, subscription = next((each for each in order if each[0].can_take), order[0])
        route = Route(session)
        route.join(subscription)
        return route


@dataclass(slots=True)
class Node:
    """A level of filters, and who ends there."""

    children: "dict[str, Node]" = field(default_factory=dict)
    sessions: "dict[Session, Subscription]" = field(default_factory=dict)
    shares: dict[str, Share] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True if nobody would miss it."""
        return not (self.children or self.sessions or self.shares)


@dataclass(slots=True)
class Routes:
    """Who gets the messages under one topic."""

    sessions: list[Route]
    shares: list[Share]


class SubscriptionTree:
    """Filters level by level; ``+`` and ``#`` are children like any other name."""

    def __init__(self) -> None:
        self._root = Node()
        self._routes: dict[str, Routes] = {}
        self.count = 0

    def add(self, session: "Session", wanted: MqttTopicSubscription, identifier: int = 0) -> bool:
        """Subscribe *session*; tell whether the filter is new to it."""
        self._routes.clear()
        share, topic_filter = split_share(wanted.topic_filter)
        node = self._root
        for level in topic_filter.split("/"):
            node = node.children.setdefault(level, Node())
        owners = node.sessions if share is None else node.shares.setdefault(share, Share()).members
        is_new = session not in owners
        owners[session] = Subscription(wanted, identifier)
        self.count += is_new
        return is_new

    def remove(self, session: "Session", topic_filter: str) -> bool:
        """End a subscription of *session*; tell whether there was one. Levels that nobody needs any more go with it."""
        self._routes.clear()
        share, plain = split_share(topic_filter)
        path: list[tuple[Node, str]] = []
        node = self._root
        for level in plain.split("/"):
            path.append((node, level))
            child = node.children.get(level)
            if child is None:
                return False
            node = child
        owners = node.sessions if share is None else node.shares.get(share, Share()).members
        removed = owners.pop(session, None) is not None
        if share is not None and not owners:
            node.shares.pop(share, None)
        for parent, level in reversed(path):
            if parent.children[level].is_empty:
                del parent.children[level]
        self.count -= removed
        return removed

    def routes(self, topic: str) -> Routes:
        """Who gets messages under *topic*."""
        found = self._routes.get(topic)
        if found is None:
            if len(self._routes) >= MOST_ROUTES:
                self._routes.clear()
            found = self._routes[topic] = self._find(topic)
        return found

    def _find(self, topic: str) -> Routes:
        by_session: dict[Session, Route] = {}
        shares: list[Share] = []
        for node in self._matching(topic):
            for session, subscription in node.sessions.items():
                by_session.setdefault(session, Route(session)).join(subscription)
            shares.extend(node.shares.values())
        return Routes(list(by_session.values()), shares)

    def _matching(self, topic: str) -> list[Node]:
        ends: list[Node] = []
        nodes = [self._root]
        for depth, level in enumerate(topic.split("/")):
            # MQTT-4.7.2-1: a wildcard in front fits no topic that begins with $.
            takes_wildcards = depth > 0 or not level.startswith("$")
            names = (level, "+") if takes_wildcards else (level,)
            if takes_wildcards:
                ends += [node.children["#"] for node in nodes if "#" in node.children]
            nodes = [node.children[name] for node in nodes for name in names if name in node.children]
        ends += nodes
        ends += [node.children["#"] for node in nodes if "#" in node.children]  # a/# fits a as well
        return ends


def split_share(topic_filter: str) -> tuple[str | None, str]:
    """The name of the share and the filter behind it; None for the name of a filter that is not shared."""
    if not topic_filter.startswith(SHARED):
        return None, topic_filter
    name, _, plain = topic_filter[len(SHARED) :].partition("/")
    return name, plain


@dataclass(slots=True)
class Kept:
    """A level of topics, and the message that is retained there, with the time when it is worth nothing any more."""

    children: "dict[str, Kept]" = field(default_factory=dict)
    message: MqttPublishMessage | None = None
    expires_at: float | None = None


class RetainedMessages:
    """The last message of each topic that was published to be kept."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self._root = Kept()
        self._most = most
        self._most_bytes = most_bytes
        self.count = 0
        self.bytes = 0

    def put(self, message: MqttPublishMessage) -> bool:
        """Keep *message* in place of the one before, or forget that where this one says nothing; False if there is no room."""
        path: list[tuple[Kept, str]] = []
        node: Kept | None = self._root
        for level in message.topic.split("/"):
            assert node is not None
            path.append((node, level))
            node = node.children.get(level)
            if node is None:
                break
        before = node.message if node is not None else None
        if not message.payload:
            if node is not None and before is not None:
                self._forget(node, path)
            return True
        grows = len(message.payload) - (0 if before is None else len(before.payload))
        if (before is None and self.count >= self._most) or self.bytes + grows > self._most_bytes:
            return False
        self.count += before is None
        self.bytes += grows
        node = self._root
        for level in message.topic.split("/"):
            node = node.children.setdefault(level, Kept())
        lasts = message.properties.message_expiry_interval
        node.message, node.expires_at = message, None if lasts is None else time.monotonic() + lasts
        return True

    def _forget(self, node: Kept, path: list[tuple[Kept, str]]) -> None:
        assert node.message is not None
        self.count -= 1
        self.bytes -= len(node.message.payload)
        node.message = None
        for parent, level in reversed(path):
            child = parent.children[level]
            if child.children or child.message is not None:
                return
            del parent.children[level]

    def fitting(self, topic_filter: str) -> Iterator[tuple[MqttPublishMessage, float | None]]:
        """The messages that fit *topic_filter*, and when each expires."""
        nodes = [self._root]
        for depth, level in enumerate(topic_filter.split("/")):
            if level == "#":
                nodes = self._all_below(nodes, depth == 0)
                break
            if level == "+":
                nodes = [child for node in nodes for name, child in node.children.items() if depth > 0 or not name.startswith("$")]
            else:
                nodes = [node.children[level] for node in nodes if level in node.children]
        now = time.monotonic()
        for node in nodes:
            if node.message is not None and (node.expires_at is None or node.expires_at > now):
                yield node.message, node.expires_at

    @staticmethod
    def _all_below(nodes: list[Kept], is_first: bool) -> list[Kept]:
        found = [] if is_first else list(nodes)
        left = [child for node in nodes for name, child in node.children.items() if not (is_first and name.startswith("$"))]
        while left:
            node = left.pop()
            found.append(node)
            left.extend(node.children.values())
        return found
