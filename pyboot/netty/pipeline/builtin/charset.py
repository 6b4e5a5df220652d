"""The encodings that options of codecs name: those of text, which make bytes of it."""

import codecs


def charset_name(name: str) -> str:
    """Return the name that Python has for the encoding *name*; raises ValueError for one that is not there, or is not of text."""
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses what makes bytes of bytes or text of text: hex, rot13
    except LookupError as error:
        raise ValueError(str(error)) from error
    return found
