"""`pyboot conditions`."""

from pyboot.boot import ConditionalOnProperty, Import, PyBootApplication, Service, prepare
from pyboot.boot.config.load import Given
from pyboot.cli.commands import conditions


@Service
@ConditionalOnProperty("mail.on")
class Mailer:
    """Only where it is wanted."""


@Import(Mailer)
@PyBootApplication(scan=())
class App:
    """Mails, perhaps."""


def test_each_decision_has_its_reasons() -> None:
    """And the excluded auto-configurations are named."""
    blueprint = prepare(App, Given(properties={"pyboot.autoconfigure.exclude": ["x.y:Z"]}))
    report = blueprint.registry.report
    told = conditions.facts(report)

    message = "@ConditionalOnProperty: 'mail.on' is not set"
    (decision,) = [decision for decision in told["decisions"] if decision["bean"] == "mailer"]
    assert (False, [{"matched": False, "message": message}]) == (decision["matched"], decision["outcomes"])
    assert ["x.y:Z"] == told["exclusions"]
    assert message in str(report)
