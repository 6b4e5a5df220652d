"""A device, an application of its own: this package is searched for its beans, device.yaml has its settings."""

from pyboot.boot import PyBootApplication


@PyBootApplication(config_name="device")
class App:
    """Where the search starts."""
