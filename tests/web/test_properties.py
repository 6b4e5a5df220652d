"""The settings below `web`."""

import pytest
from pydantic import ValidationError

from pyboot.web import WebProperties


def test_defaults() -> None:
    """Described, and with problems."""
    properties = WebProperties()

    assert (True, "/openapi.json", "/docs", "/redoc") == (
        properties.openapi.enabled,
        properties.openapi.path,
        properties.openapi.docs_path,
        properties.openapi.redoc_path,
    )
    assert properties.problem_details


@pytest.mark.parametrize("field", ["path", "docs_path", "redoc_path"])
def test_paths_begin_with_a_slash(field: str) -> None:
    """Those of pages may be empty: there is none then."""
    with pytest.raises(ValidationError):
        WebProperties.model_validate({"openapi": {field: "docs"}})


def test_every_setting_says_what_it_is() -> None:
    """A sentence and its default."""
    for model in (WebProperties, WebProperties.model_fields["openapi"].annotation):
        assert model is not None
        assert [] == [name for name, field in model.model_fields.items() if not field.description]
