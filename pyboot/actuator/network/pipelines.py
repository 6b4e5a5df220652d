"""The endpoint ``pipelines``: what connections of each server and client get, in order."""

from collections.abc import Iterable
from typing import Any, final

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.netty.pipeline.steps import Step
from pyboot.netty.servers import NettyServers


@final
@Endpoint("pipelines")
class PipelinesEndpoint:
    """Tells of the pipelines as they were decided; ``channels/{id}`` tells of one that has changed since."""

    def __init__(self, servers: NettyServers) -> None:
        """Take the servers."""
        self._servers = servers

    @ReadOperation
    def pipelines(self) -> dict[str, Any]:
        """Answer with the handlers of each listener of each server, from the network on."""
        return {
            "servers": {
                name: {
                    each.key or "default": _handlers(bound.plan.pipeline.steps if each.steps is None else each.steps)
                    for each in bound.plan.listeners
                }
                for name, bound in self._servers.bound.items()
            }
        }


def _handlers(steps: Iterable[Step]) -> list[dict[str, Any]]:
    return [{"name": step.title, "codec": None if step.codec is None else step.codec.name, "types": _types(step)} for step in steps]


def _types(step: Step) -> list[str]:
    kinds = [each if isinstance(each, type) else type(each) for each in step.stands]
    return [f"{kind.__module__}.{kind.__qualname__}" for kind in kinds]
