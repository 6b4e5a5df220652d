"""The application: pyboot looks for beans in this package."""

from pyboot.boot import PyBootApplication


@PyBootApplication
class App:
    """Where the search starts."""
