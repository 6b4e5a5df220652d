"""What is known of a request that is observed."""

from pyboot.components.netty.channel.embedded.channel import EmbeddedChannel
from pyboot.components.netty.handler.http.observer import OBSERVED, HttpObservation, HttpServerObserver, current_observation, name_route
from pyboot.components.netty.wire.http.message import FullHttpRequest


def observation() -> HttpObservation:
    """One that has begun."""
    return HttpObservation(FullHttpRequest("GET", "/users/7"), EmbeddedChannel(), 0.0)


class Place:
    """Knows what is answered."""

    current = observation()


def test_who_names_the_route_goes_before_the_router_of_an_application() -> None:
    """Which is asked when somebody wants to know, and not before."""
    seen = observation()
    assert seen.route is None
    seen.routing = lambda: "/of/the/router"
    assert "/of/the/router" == seen.route
    seen.route = "/users/{id}"
    assert "/users/{id}" == seen.route


def test_a_route_is_of_the_current_request_and_of_nobody_where_none_is_observed() -> None:
    """So a handler may name it whether or not somebody listens."""
    name_route("/users/{id}")
    assert current_observation() is None

    token = OBSERVED.set(Place())
    name_route("/users/{id}")
    OBSERVED.reset(token)
    assert "/users/{id}" == Place.current.route


def test_an_observer_hears_only_of_what_it_asks_for() -> None:
    """The methods of the class do nothing."""
    observer = HttpServerObserver()
    observer.began(observation())
    observer.ended(observation())
    observer.made_current(None)
