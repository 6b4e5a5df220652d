"""What this application knows how to do; nothing here knows of networks."""

from pyboot.boot import Service


@Service
class Calculator:
    """The methods that clients can call."""

    def call(self, method: str, params: list[float]) -> float:
        """Calculate; raises LookupError for what it does not know."""
        match method, params:
            case "add", _:
                return sum(params)
            case "divide", [dividend, divisor]:
                return dividend / divisor
            case _:
                raise LookupError(f"there is no method {method!r} with {len(params)} parameters")
