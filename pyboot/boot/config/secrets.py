"""Which settings are secret, judged by name, so that no report, log line or listing shows them."""

import re

MASK = "******"

_TELLING = r"password|passwd|secret|token|credential|private|passphrase|(^|[-_.])key$|api-?_?key"


def is_secret(path: tuple[str | int, ...]) -> bool:
    """Tell whether the setting at *path* is a secret: any part of its name says so."""
    return any(isinstance(part, str) and re.search(_TELLING, part, re.IGNORECASE) for part in path)
