"""The errors of the command line itself, in the two parts of a failed start's report: what happened, and what to do."""


class CommandError(Exception):
    """A command cannot do what was asked of it; the process ends with exit code 1."""

    def __init__(self, description: str, action: str) -> None:
        """Keep *description*, what happened, and *action*, what the user can do about it."""
        super().__init__(description, action)
        self.description = description
        self.action = action

    def __str__(self) -> str:
        """Both parts, as they are printed."""
        return f"Description:\n\n{self.description}\n\nAction:\n\n{self.action}"
