"""Write all pages that are made of the code: ``uv run python -m tests.pages``."""

from tests.pages import api
from tests.pages.made import made
from tests.pages.sources import REFERENCE

if __name__ == "__main__":
    for stale in set((REFERENCE / "api").glob("*.md")):
        stale.unlink()
    for name, text in made().items():
        (REFERENCE / name).parent.mkdir(exist_ok=True)
        (REFERENCE / name).write_text(text, encoding="utf-8")
    api.CONFIGURATION.write_text(api.navigation(api.CONFIGURATION.read_text("utf-8")), encoding="utf-8")
