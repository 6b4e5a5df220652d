"""Close codes: why a WebSocket ends, and which of them may stand in a frame. Source: RFC 6455, 7.4, and IANA's registry.

::

    0 - 999       never used
    1000 - 2999   the protocol's own: only those that are registered
    3000 - 3999   libraries and frameworks, registered
    4000 - 4999   private: whatever two peers agree upon
"""

from enum import IntEnum
from typing import Final

__all__ = ["WebSocketCloseStatus", "may_be_sent"]


class WebSocketCloseStatus(IntEnum):
    """The codes of the protocol itself; any other number is an ``int``. Source: Netty's class of that name."""

    NORMAL_CLOSURE = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    UNSUPPORTED_DATA = 1003
    NO_STATUS_RECEIVED = 1005
    ABNORMAL_CLOSURE = 1006
    INVALID_PAYLOAD_DATA = 1007
    POLICY_VIOLATION = 1008
    MESSAGE_TOO_BIG = 1009
    MANDATORY_EXTENSION = 1010
    INTERNAL_ERROR = 1011
    SERVICE_RESTART = 1012
    TRY_AGAIN_LATER = 1013
    BAD_GATEWAY = 1014
    TLS_HANDSHAKE_FAILED = 1015


# 7.4.1: these tell what happened where no frame did; a peer that sends one breaks the protocol.
_NEVER_SENT: Final = (
    WebSocketCloseStatus.NO_STATUS_RECEIVED,
    WebSocketCloseStatus.ABNORMAL_CLOSURE,
    WebSocketCloseStatus.TLS_HANDSHAKE_FAILED,
)
_SENT: Final = frozenset(int(status) for status in WebSocketCloseStatus if status not in _NEVER_SENT)


def may_be_sent(code: int) -> bool:
    """True if *code* may stand in a close frame."""
    return code in _SENT or 3000 <= code <= 4999
