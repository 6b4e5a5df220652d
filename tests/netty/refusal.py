"""A start that is refused: what the life cycle wraps is taken out."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pyboot.boot.errors import LifecycleError
from pyboot.netty.errors import AssemblyError


@contextmanager
def refusal(kind: type[AssemblyError], match: str = "") -> Iterator[list[AssemblyError]]:
    """Expect that the block starts an application, and that this fails with an error of *kind*; it is in the list afterwards."""
    found: list[AssemblyError] = []
    with pytest.raises(LifecycleError) as refused:
        yield found
    error = refused.value.__cause__
    assert isinstance(error, kind)
    assert re.search(match, str(error))
    found.append(error)
