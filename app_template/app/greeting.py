"""What this application knows how to do; nothing here knows of networks."""

from pyboot.boot import Service


@Service
class Greeter:
    """Greets people by name."""

    def greet(self, name: str) -> str:
        """Say hello to *name*."""
        return f"hello {name}"
