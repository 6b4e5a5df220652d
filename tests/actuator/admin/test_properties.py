"""The settings below `management.admin.client`."""

from typing import Any

import pytest
from pydantic import ValidationError

from pyboot.actuator.admin.properties import AdminClientProperties


def test_targets_are_the_urls_with_the_path() -> None:
    """One slash between them."""
    settings = AdminClientProperties(url=["http://a:8080/", "https://b/admin"])

    assert ("http://a:8080/instances", "https://b/admin/instances") == settings.targets


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"url": ["admin:8080"]}, "no absolute URL"),
        ({"url": ["http://"]}, "no absolute URL"),
        ({"url": ["ftp://admin"]}, "no absolute URL"),
        ({"username": "ada"}, "belong together"),
        ({"password": "x"}, "belong together"),
        ({"period": "10ms"}, "less than a second"),
        ({"api_path": "/instances"}, "pattern"),
        ({"instance": {"health_url": "health"}}, "no absolute URL"),
        ({"ulr": ["http://a"]}, "Extra inputs"),
    ],
)
def test_what_means_nothing_is_refused(wrong: dict[str, Any], said: str) -> None:
    """With what is allowed."""
    with pytest.raises(ValidationError, match=said):
        AdminClientProperties.model_validate(wrong)
