"""The cluster room, and what an application imports: groups, sessions, events and errors; and the interface of engines."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .application_events import ClusterEventListener as ClusterEventListener, ClusterEvents as ClusterEvents
    from .engine import (
        ClusterEngine as ClusterEngine,
        EngineListener as EngineListener,
        EngineSetup as EngineSetup,
        EngineState as EngineState,
    )
    from .errors import ClusterError as ClusterError, EngineLostError as EngineLostError
    from .events import (
        ClusterEvent as ClusterEvent,
        ClusterGap as ClusterGap,
        ClusterStateChanged as ClusterStateChanged,
        EngineLost as EngineLost,
        Kicked as Kicked,
        NodeJoined as NodeJoined,
        NodeLeft as NodeLeft,
        PresenceJoined as PresenceJoined,
        PresenceLeft as PresenceLeft,
    )
    from .groups.group import ClusterChannelGroup as ClusterChannelGroup
    from .groups.groups import ClusterGroups as ClusterGroups
    from .limiter import ClusterRateLimiter as ClusterRateLimiter
    from .member import Member as Member
    from .node import ClusterNode as ClusterNode
    from .presence.presence import Presence as Presence
    from .presence.topic import Present as Present
    from .properties import ClusterProperties as ClusterProperties
    from .rate import Rate as Rate, Taken as Taken
    from .serializer import Serializer as Serializer
    from .sessions.registry import SessionRegistry as SessionRegistry
    from .sessions.session import SendOutcome as SendOutcome, Session as Session
    from .state import NodeState as NodeState
    from .table import Claim as Claim, Claimed as Claimed, ClaimPolicy as ClaimPolicy, Entry as Entry, Table as Table
else:
    from pyboot.components.netty.surface import load_when_asked

    __getattr__, __dir__, __all__ = load_when_asked()
