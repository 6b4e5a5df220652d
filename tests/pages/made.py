"""All pages that are made of the code."""

from pyboot.actuator.meters import dashboard, table
from tests import endpoints_page
from tests.pages import api, channel_life, events, exceptions, names, settings


def made() -> dict[str, str]:
    """Return the text of each file that is made, by its name below ``docs/reference``."""
    return {
        "all-settings.md": settings.page(),
        "codecs/names.md": names.page(),
        "endpoints.md": endpoints_page.page(),
        "events.md": events.page(),
        "exceptions.md": exceptions.page(),
        "grafana.json": dashboard.page(),
        "meters.md": table.page(),
        "../topics/channel-life.md": channel_life.page(),
        **api.pages(),
    }
