"""Problem details as RFC 9457 has them."""

from pyboot.web import ProblemDetail, ProblemDetailError
from pyboot.web.problem import phrase


def test_what_is_not_said_is_left_out() -> None:
    """The status says the title, and the type is blank."""
    assert {"type": "about:blank", "title": "Not Found", "status": 404} == ProblemDetail(404).to_dict()


def test_all_members_in_their_order() -> None:
    """Those of the RFC first, then one's own."""
    problem = ProblemDetail(403, "too poor", title="Poor", type="https://bank/poor", instance="/accounts/1", balance=3)

    assert [("type", "https://bank/poor"), ("title", "Poor"), ("status", 403), ("detail", "too poor"), ("instance", "/accounts/1"),
            ("balance", 3)] == list(problem.to_dict().items())  # fmt: skip


def test_an_error_carries_its_problem_and_headers() -> None:
    """Whatever a problem takes."""
    error = ProblemDetailError(429, "slower", headers={"retry-after": "5"}, type="urn:slow")

    assert (429, "slower", "urn:slow", {"retry-after": "5"}) == (
        error.problem.status,
        error.problem.detail,
        error.problem.type,
        error.headers,
    )


def test_a_status_that_nobody_registered_has_a_title_too() -> None:
    """Its number."""
    assert ["Conflict", "Status 499"] == [phrase(409), phrase(499)]
