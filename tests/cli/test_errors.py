"""What the command line refuses."""

from pyboot.cli.errors import CommandError


def test_both_parts_are_told() -> None:
    """What happened, and what to do."""
    error = CommandError("The cup is empty.", "Fill it.")

    assert "Description:\n\nThe cup is empty.\n\nAction:\n\nFill it." == str(error)
