"""Registration: what an admin server is told of an application."""

import pytest

from pyboot.actuator.admin.properties import AdminInstanceProperties
from pyboot.actuator.admin.registration import Bound, Place, Registration, registration_of
from pyboot.actuator.properties import EndpointsProperties, ManagementServerProperties

ENDPOINTS = EndpointsProperties()
PLACE = Place("box", Bound(False, "10.0.0.7", 8081), None, "2026-01-02T03:04:05+00:00")


def told(place: Place = PLACE, server: ManagementServerProperties | None = None, **settings: object) -> Registration:
    """What is told."""
    instance = AdminInstanceProperties.model_validate(settings)
    return registration_of("greeter", instance, server or ManagementServerProperties(), ENDPOINTS, place)


def test_the_facts_are_those_that_the_admin_server_reads() -> None:
    """By its names, with the start, which tells it of restarts."""
    assert {
        "name": "greeter",
        "managementUrl": "http://10.0.0.7:8081/actuator",
        "healthUrl": "http://10.0.0.7:8081/actuator/health",
        "serviceUrl": None,
        "metadata": {"startup": "2026-01-02T03:04:05+00:00"},
    } == told().facts()


@pytest.mark.parametrize(
    ("bound", "expected"),
    [
        (Bound(False, "0.0.0.0", 8081), "http://box:8081"),
        (Bound(True, "::", 8443), "https://box:8443"),
        (Bound(False, "fd00::1", 80), "http://[fd00::1]:80"),
        (Bound(False, "127.0.0.1", 80), "http://127.0.0.1:80"),
    ],
)
def test_who_listens_everywhere_is_known_by_the_machine(bound: Bound, expected: str) -> None:
    """Nobody reaches 0.0.0.0."""
    assert expected == bound.url("box")


def test_paths_of_the_management_server_are_in_its_urls() -> None:
    """Of the server, and of the endpoints."""
    assert "http://10.0.0.7:8081/ops/actuator/health" == told(server=ManagementServerProperties(base_path="/ops")).health_url


def test_a_base_url_stands_for_the_address() -> None:
    """Of a container, whose address nobody else has; paths go behind it."""
    found = told(management_base_url="https://greeter.example/", service_base_url="https://www.example", service_path="/hello")

    assert ("https://greeter.example/actuator", "https://www.example/hello") == (found.management_url, found.service_url)


def test_a_url_stands_for_all_of_it() -> None:
    """And health follows the management URL unless it is said."""
    assert "http://a/b/health" == told(management_url="http://a/b").health_url
    assert ("http://a/b", "http://c/d") == told(management_url="http://a/b", health_url="http://c/d")[1:3]
    assert "http://e/f" == told(service_url="http://e/f", service_base_url="http://g").service_url


def test_the_service_is_the_first_http_server() -> None:
    """Where there is one."""
    assert "https://10.0.0.7:8443/" == told(PLACE._replace(service=Bound(True, "10.0.0.7", 8443))).service_url


def test_metadata_are_names_with_dots_and_texts() -> None:
    """However they are laid out; they win over ours."""
    metadata = {"tags": {"environment": "test", "main": True}, "sidebar": {"links": [{"label": "Page"}]}, "startup": 7}

    assert {
        "startup": "7",
        "tags.environment": "test",
        "tags.main": "true",
        "sidebar.links.0.label": "Page",
    } == told(metadata=metadata).metadata
