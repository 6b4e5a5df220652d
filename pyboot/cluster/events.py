"""The events of the cluster: what happened to it, published to the application's listeners."""

from pyboot.boot.record import Record

from .state import NodeState

__all__ = [
    "ClusterEvent",
    "ClusterGap",
    "ClusterStateChanged",
    "EngineLost",
    "Kicked",
    "NodeJoined",
    "NodeLeft",
    "PresenceJoined",
    "PresenceLeft",
]


class ClusterEvent(Record):
    """Something happened to the cluster, as this node sees it."""


class ClusterStateChanged(ClusterEvent):
    """This node is now *state*; *reason* says why, where there is one."""

    state: NodeState
    reason: str = ""


class EngineLost(ClusterEvent):
    """There is no connection to the engine any more, for the *reason*: other nodes are out of reach until the state is ``UP`` again."""

    reason: str


class NodeJoined(ClusterEvent):
    """The node *node* is there now."""

    node: str


class NodeLeft(ClusterEvent):
    """The node *node* is not there any more; it had told of that many *sessions*. *is_orderly*: it said so itself."""

    node: str
    sessions: int = 0
    is_orderly: bool = False


class ClusterGap(ClusterEvent):
    """Messages of *node* to *group* did not reach this node: *missed* of them. What to do is the application's: load the state anew."""

    group: str
    node: str
    missed: int


class Kicked(ClusterEvent):
    """This node's session of *key*, the channel *channel_id*, has another owner now: the node *by*; its channel is being closed."""

    key: str
    channel_id: str
    by: str


class PresenceJoined(ClusterEvent):
    """The key *key* is there in *topic* now, with the *meta* of its first connection."""

    topic: str
    key: str
    meta: object = None


class PresenceLeft(ClusterEvent):
    """The last connection of *key* in *topic* is gone, and did not come back within the linger."""

    topic: str
    key: str
    meta: object = None
