"""The interface of engines: what it asks for is what the contract suite tests."""

import inspect

from pyboot.cluster.engine import ClusterEngine
from pyboot.testing import cluster


def test_the_contract_asks_for_every_method() -> None:
    """A promise that no test looks at is none."""
    suite = inspect.getsource(cluster)
    names = {name for name in vars(ClusterEngine) if not name.startswith("_")} - {"create", "name", "properties"}

    assert [] == sorted(name for name in names if f"engine.{name}" not in suite)
