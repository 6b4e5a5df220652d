"""Refusals."""

from pyboot.actuator.web.refusal import RefusedRequestError


def test_a_refusal_says_its_status() -> None:
    """And the reason, which may be none."""
    assert (404, "", {}) == (RefusedRequestError(404).status, RefusedRequestError(404).reason, dict(RefusedRequestError(404).headers))
