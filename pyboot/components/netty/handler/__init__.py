"""Ready-made handlers: timers, filters, logs, flow."""

from .flow import FlowControlHandler
from .flush import FlushConsolidationHandler
from .idle import IdleState, IdleStateEvent, IdleStateHandler
from .log import LoggingHandler
from .timeout import ReadTimeoutHandler, WriteTimeoutHandler

__all__ = [
    "FlowControlHandler",
    "FlushConsolidationHandler",
    "IdleState",
    "IdleStateEvent",
    "IdleStateHandler",
    "LoggingHandler",
    "ReadTimeoutHandler",
    "WriteTimeoutHandler",
]
