"""A pipeline as Netty has it, in a hundred lines and without any shortcut: what the real one is compared with.

Two links a context and a mark that it was removed, nothing else: no masks, no cached links, no kinds. Source: Netty's
``DefaultChannelPipeline`` and ``AbstractChannelHandlerContext``.
"""

from collections.abc import Callable
from typing import Any

INBOUND = ("channel_read", "channel_read_complete", "user_event_triggered", "channel_writability_changed")
OUTBOUND = ("write", "flush", "read", "connect", "disconnect", "deregister")


class ModelContext:
    """A handler in its place."""

    def __init__(self, pipeline: "ModelPipeline", handler: Any) -> None:
        self.pipeline = pipeline
        self.handler = handler
        self.is_removed = False
        self.next = self.prev = self

    def inbound(self, name: str, *arguments: Any) -> None:
        """Hand an event on to the next handler that overrides its callback."""
        after = self.next
        while after is not self.pipeline.tail and not after.handles(name):
            after = after.next
        self.pipeline.invoke(after, name, arguments)

    def outbound(self, name: str, *arguments: Any) -> None:
        """Hand an operation on to the handler before this one that overrides it."""
        before = self.prev
        while before is not self.pipeline.head and not before.handles(name):
            before = before.prev
        self.pipeline.invoke(before, name, arguments)

    def handles(self, name: str) -> bool:
        """Whether the handler stands in the pipeline and overrides that callback."""
        return not self.is_removed and name in type(self.handler).__dict__


class ModelPipeline:
    """The chain, and what came out at its ends."""

    def __init__(self, end: Callable[[str, str, tuple[Any, ...]], None]) -> None:
        self.end = end
        self.head, self.tail = ModelContext(self, None), ModelContext(self, None)
        self.head.next, self.tail.prev = self.tail, self.head

    def invoke(self, ctx: ModelContext, name: str, arguments: tuple[Any, ...]) -> None:
        """Call a handler, or let an event come out at an end."""
        if ctx is self.head or ctx is self.tail:
            self.end("head" if ctx is self.head else "tail", name, arguments)
        else:
            getattr(ctx.handler, name)(ctx, *arguments)

    def contexts(self) -> list[ModelContext]:
        """Head to tail."""
        found, ctx = [], self.head.next
        while ctx is not self.tail:
            found.append(ctx)
            ctx = ctx.next
        return found

    def context(self, handler: Any) -> ModelContext:
        """That of a handler."""
        return next(ctx for ctx in self.contexts() if ctx.handler is handler)

    def add_first(self, handler: Any) -> None:
        """Behind the head."""
        self._add(self.head, self.head.next, handler)

    def add_last(self, handler: Any) -> None:
        """Before the tail."""
        self._add(self.tail.prev, self.tail, handler)

    def add_before(self, base: Any, handler: Any) -> None:
        """Nearer to the network than *base*."""
        ctx = self.context(base)
        self._add(ctx.prev, ctx, handler)

    def add_after(self, base: Any, handler: Any) -> None:
        """Behind *base*."""
        ctx = self.context(base)
        self._add(ctx, ctx.next, handler)

    def _add(self, before: ModelContext, after: ModelContext, handler: Any) -> None:
        ctx = ModelContext(self, handler)
        ctx.prev, ctx.next = before, after
        before.next = after.prev = ctx
        handler.handler_added(ctx)

    def remove(self, handler: Any) -> None:
        """Take out, then tell."""
        ctx = self.context(handler)
        ctx.prev.next, ctx.next.prev = ctx.next, ctx.prev
        ctx.is_removed = True
        handler.handler_removed(ctx)

    def replace(self, old: Any, new: Any) -> None:
        """The new one takes the place; what the old one still forwards, either way, goes to it; then both are told."""
        was, ctx = self.context(old), ModelContext(self, new)
        ctx.prev, ctx.next = was.prev, was.next
        was.prev.next = was.next.prev = ctx
        was.prev = was.next = ctx
        was.is_removed = True
        new.handler_added(ctx)
        old.handler_removed(was)

    def destroy(self) -> None:
        """The channel is gone: last to first."""
        while self.tail.prev is not self.head:
            self.remove(self.tail.prev.handler)
