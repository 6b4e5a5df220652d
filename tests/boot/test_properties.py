"""The container's own settings."""

from pathlib import Path

import pytest
from pydantic import BaseModel

from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.errors import BindError
from pyboot.boot.properties import PyBootSettings


def test_everything_has_a_default(tmp_path: Path) -> None:
    """An application without settings starts."""
    settings = load_environment(Given(variables={}, directory=tmp_path)).bind("pyboot", PyBootSettings)

    assert PyBootSettings() == settings


def test_every_field_is_described() -> None:
    """The description is what editors and the reference show."""

    def undescribed(model: type[BaseModel]) -> list[str]:
        found = []
        for name, field in model.model_fields.items():
            if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
                found += undescribed(field.annotation)
            elif not field.description:
                found.append(f"{model.__name__}.{name}")
        return found

    assert [] == undescribed(PyBootSettings)


def test_a_typing_error_below_pyboot_is_an_error(tmp_path: Path) -> None:
    """With the nearest name."""
    given = Given({"pyboot.main.banner-mod": "off"}, variables={}, directory=tmp_path)
    with pytest.raises(BindError, match="did you mean 'banner-mode'"):
        load_environment(given).bind("pyboot", PyBootSettings)
