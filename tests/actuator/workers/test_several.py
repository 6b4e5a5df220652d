"""Whom a request means, where there are several workers; `test_fleet` has the way over HTTP."""

from typing import Any

import pytest

from pyboot.actuator.annotations import OperationKind
from pyboot.actuator.errors import InvalidEndpointRequestError
from pyboot.actuator.invocation import InvocationContext
from pyboot.actuator.operation import Operation
from pyboot.actuator.web.refusal import RefusedRequestError
from pyboot.actuator.workers.several import Several
from pyboot.components.netty.wire.http.message import FullHttpRequest

READ = Operation(OperationKind.READ, "all", (), (), ())
GET = FullHttpRequest("GET", "/actuator/x")


class Away:
    """Siblings whose supervisor is gone."""

    slot = 0

    @property
    def asking(self) -> Any:
        """As theirs."""
        return self

    async def ask(self, *_: object, **__: object) -> None:
        """As theirs."""
        raise OSError("it is gone")


async def test_what_is_the_same_in_all_is_answered_by_who_was_asked() -> None:
    """And what is asked of this worker by its number."""
    several: Any = Several(Away())  # type: ignore[arg-type]  # nobody is asked
    assert await several.answer(GET, "beans", READ, {}, InvocationContext()) is None
    assert await several.answer(GET, "servers", READ, {"worker": ["0"]}, InvocationContext()) is None


async def test_the_page_asks_the_workers_itself() -> None:
    """Whichever was asked answers, and who is to be shown is a parameter of its stream."""
    several: Any = Several(Away())  # type: ignore[arg-type]  # nobody is asked
    assert await several.answer(GET, "page", READ, {"worker": ["1"]}, InvocationContext()) is None


async def test_a_supervisor_that_is_gone_is_told() -> None:
    """503: it will be back, or nobody will."""
    several: Any = Several(Away())  # type: ignore[arg-type]  # as above
    with pytest.raises(RefusedRequestError, match="cannot be asked: it is gone"):
        await several.answer(GET, "health", READ, {}, InvocationContext())


async def test_a_worker_is_a_number() -> None:
    """Anything else is refused."""
    several: Any = Several(Away())  # type: ignore[arg-type]  # as above
    with pytest.raises(InvalidEndpointRequestError, match="worker=one"):
        await several.answer(GET, "servers", READ, {"worker": ["one"]}, InvocationContext())
