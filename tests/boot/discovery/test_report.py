"""The condition report as text."""

from pyboot.boot.discovery.condition import Outcome
from pyboot.boot.discovery.report import ConditionReport, Decision
from pyboot.boot.model.definition import BeanDefinition

BEAN = BeanDefinition(name="cache", provides=int, factory=int, target=5)


def test_an_empty_report_says_none() -> None:
    """Three headings, nothing below them."""
    text = str(ConditionReport())

    assert 3 == text.count("none")


def test_a_bean_is_there_if_all_its_conditions_hold() -> None:
    """One that does not is enough."""
    held, failed = Outcome(True, "yes"), Outcome(False, "no")
    report = ConditionReport([Decision(BEAN, (held, held)), Decision(BEAN, (held, failed))], ("a:B",))

    assert [Decision(BEAN, (held, failed))] == list(report.withheld())
    assert "      + yes\n      - no" in str(report)
    assert "Exclusions:\n   a:B" in str(report)
