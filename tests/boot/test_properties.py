"""The container's own settings."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import BaseModel

from pyboot.boot.config.load import Given, load_environment
from pyboot.boot.errors import BindError
from pyboot.boot.properties import PyBootSettings, WorkersSettings


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


TIMES = [
    "pyboot.lifecycle.start-timeout",
    "pyboot.lifecycle.timeout-per-shutdown-phase",
    "pyboot.startup.budget",
    "pyboot.task.shutdown-timeout",
    *(
        f"pyboot.workers.{name.replace('_', '-')}"
        for name, field in WorkersSettings.model_fields.items()
        if isinstance(field.default, timedelta)
    ),
    *(f"pyboot.workers.restart.{name}" for name in ("initial", "max", "reset-after")),
]


@pytest.mark.parametrize("name", TIMES)
@pytest.mark.parametrize("value", ["-1s", "40000d"])
def test_a_time_that_no_clock_can_wait_for_is_refused(name: str, value: str, tmp_path: Path) -> None:
    """Below nothing, or for more than a hundred years."""
    with pytest.raises(BindError, match=r"greater than|less than"):
        load_environment(Given({name: value}, variables={}, directory=tmp_path)).bind("pyboot", PyBootSettings)


@pytest.mark.parametrize("name", ["boot-timeout", "restart.initial"])
def test_a_time_in_which_no_worker_could_start_is_refused(name: str, tmp_path: Path) -> None:
    """It would be ended at once, or be started again without a pause."""
    with pytest.raises(BindError, match="greater than"):
        load_environment(Given({f"pyboot.workers.{name}": "0s"}, variables={}, directory=tmp_path)).bind("pyboot", PyBootSettings)
