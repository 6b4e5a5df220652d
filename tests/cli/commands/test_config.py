"""`pyboot config schema`."""

import json
from pathlib import Path

from pydantic import BaseModel, Field

from pyboot.boot import ConfigurationProperties, Import, PyBootApplication, prepare
from pyboot.cli.commands import config


@ConfigurationProperties("mail")
class Mail(BaseModel):
    """Settings of the application."""

    host_name: str = Field(default="localhost", description="Where the mail goes.")


@Import(Mail)
@PyBootApplication(scan=())
class App:
    """Mails."""


def test_the_schema_knows_the_applications_settings_and_the_containers() -> None:
    """In the spelling of documents."""
    known = json.loads(config.schema(prepare(App)))["properties"]

    assert "Where the mail goes." == known["mail"]["properties"]["host-name"]["description"]
    assert "loop" in known["pyboot"]["properties"]["main"]["properties"]


def test_without_an_application_nothing_of_the_place_is_read() -> None:
    """The container's own settings, and those of what is installed."""
    known = json.loads(config.schema(config.application_without_beans()))["properties"]

    assert {"pyboot", "logging"} <= set(known)
    assert "mail" not in known


def test_the_file_is_written_and_how_an_editor_is_told_of_it(tmp_path: Path) -> None:
    """One comment at the top of the settings."""
    file = tmp_path / "settings.schema.json"

    said = config.write_schema("{}", file)

    assert "{}\n" == file.read_text()
    assert f"# yaml-language-server: $schema={file}" in said
