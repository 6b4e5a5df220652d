"""The banner."""

import platform

from pyboot.boot.banner import banner


def test_it_names_the_application_and_python() -> None:
    """On its last line."""
    last = banner("Echo").strip().splitlines()[-1].strip()

    assert last.startswith(":: Echo :: PyBoot ")
    assert last.endswith(f"Python {platform.python_version()}")
