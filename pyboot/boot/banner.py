"""The banner: the lines above the log of an application that was started by hand."""

import sys

from .discovery.entrypoints import version_of

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
    version = version_of("pyboot_framework") or "(run from its sources)"
    return f"{_ART}\n :: {application} :: PyBoot {version} :: Python {sys.version.partition(' ')[0]}\n"
