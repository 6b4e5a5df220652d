"""Assets: the files of the page, and what a browser is told of them. They hold no data, and need nothing from elsewhere."""

from pathlib import Path
from types import MappingProxyType
from typing import Final, NamedTuple, final

_FOLDER: Final = Path(__file__).parent / "static"
_TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}

HTML: Final = "page.html"

HEADERS: Final = MappingProxyType(
    {
        # Nothing inline, nothing from elsewhere, and no text becomes a script: what peers and logs say is shown here.
        "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
        "referrer-policy": "no-referrer",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
    }
)


@final
class Asset(NamedTuple):
    """One file: its content and its media type."""

    content: bytes
    media_type: str


def assets() -> dict[str, Asset]:
    """Return all files of the page by name."""
    return {each.name: Asset(each.read_bytes(), _TYPES[each.suffix]) for each in sorted(_FOLDER.iterdir()) if each.suffix in _TYPES}
