"""The client, an application of its own: this package is searched for its beans, client.yaml has its settings."""

from pyboot.boot import PyBootApplication


@PyBootApplication(config_name="client")
class App:
    """Where the search starts."""
