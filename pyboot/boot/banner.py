"""The banner: what stands above the log of an application that has been started by hand."""

import importlib.metadata
import platform

_ART = r"""
                  __                __
    ____  __  __ / /_  ____  ____  / /_
   / __ \/ / / // __ \/ __ \/ __ \/ __/
  / /_/ / /_/ // /_/ / /_/ / /_/ / /_
 / .___/\__, //_.___/\____/\____/\__/
/_/    /____/
"""


def banner(application: str) -> str:
    """Return the banner with the application's name, the framework's version and Python's."""
    try:
        version = importlib.metadata.version("pyboot-framework")
    except importlib.metadata.PackageNotFoundError:  # run from a checkout
        version = "(uninstalled)"
    return f"{_ART}\n :: {application} :: PyBoot {version} :: Python {platform.python_version()}\n"
