"""The settings of health."""

from pyboot.actuator.health.properties import HealthProperties, StatusProperties, codes_of, order_of


def test_statuses_are_spelled_as_in_settings() -> None:
    """In lower case with dashes, or as they are."""
    assert ("DOWN", "OUT_OF_SERVICE", "FATAL") == order_of(StatusProperties(order=["down", "out-of-service", "FATAL"]))
    assert {"OUT_OF_SERVICE": 200} == codes_of(StatusProperties(http_mapping={"out-of-service": 200}))


def test_what_is_not_said_is_as_above() -> None:
    """Else the default."""
    above = StatusProperties(order=["UP"], http_mapping={"UP": 201})

    assert (("UP",), {"UP": 201}) == (order_of(StatusProperties(), above), codes_of(StatusProperties(), above))
    assert {"DOWN": 503, "OUT_OF_SERVICE": 503} == codes_of(StatusProperties())
    assert "never" == HealthProperties().show_details
