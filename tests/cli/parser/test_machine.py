"""The commands about this installation and this machine, as they are called."""

from typer.testing import CliRunner

from pyboot.cli.main import app

pyboot = CliRunner()


def test_what_runs_here_is_told() -> None:
    """One fact a line."""
    told = pyboot.invoke(app, ["info"])

    assert 0 == told.exit_code
    assert "network core" in told.stdout
