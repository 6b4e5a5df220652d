"""The endpoint sbom."""

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from pyboot.actuator.files.sbom import cyclonedx
from tests.actuator.management_client import managed


async def test_there_is_a_list_of_the_application() -> None:
    """It is CycloneDX, also for who accepts JSON alone."""
    async with managed(properties={"pyboot.application.name": "shop"}) as (client, _):
        ids = (await client.get("/sbom")).json()
        answer = await client.get("/sbom/application", headers={"accept": "application/json"})
        assert 404 == (await client.get("/sbom/other")).status_code

    assert {"ids": ["application"]} == ids
    told = answer.json()
    assert "application/vnd.cyclonedx+json" == answer.headers["content-type"]
    assert ("CycloneDX", "1.6", 1) == (told["bomFormat"], told["specVersion"], told["version"])
    assert {"type": "application", "bom-ref": "application", "name": "shop"} == told["metadata"]["component"]


def component(told: dict[str, Any], name: str) -> dict[str, Any]:
    """The part called *name*."""
    (found,) = [each for each in told["components"] if each["name"].lower() == name]
    return dict(found)


def test_what_is_installed_is_told_with_its_version_and_its_needs() -> None:
    """Each once, by a package URL that others know it by."""
    told = cyclonedx("shop")
    pydantic, core = (f"pkg:pypi/{name}@{version(name)}" for name in ("pydantic", "pydantic-core"))

    found = component(told, "pydantic")
    assert ("library", pydantic, version("pydantic")) == (found["type"], found["purl"], found["version"])
    assert found["licenses"]
    needs = {each["ref"]: each["dependsOn"] for each in told["dependencies"]}
    assert core in needs[pydantic]
    refs = [each["bom-ref"] for each in told["components"]]
    assert len(set(refs)) == len(refs)
    assert refs == needs["application"]
    assert {"application", *refs} == set(needs)
    assert [] == [need for each in needs.values() for need in each if need not in refs]


def installed(folder: Path, name: str, *lines: str, record: str = "") -> None:
    """Make a distribution *name* in *folder*."""
    place = folder / f"{name}-1.0+a.dist-info"
    place.mkdir()
    (place / "METADATA").write_text("\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1.0+a", *lines, "", "text"]))
    (place / "RECORD").write_text(record)


@pytest.mark.parametrize(
    ("lines", "licences"),
    [
        (["License-Expression: MIT OR Apache-2.0", "License: old"], [{"expression": "MIT OR Apache-2.0"}]),
        (["Classifier: License :: OSI Approved :: MIT License"], [{"license": {"name": "MIT License"}}]),
        (["License: BSD"], [{"license": {"name": "BSD"}}]),
        (["License: UNKNOWN"], None),
        ([], None),
    ],
)
def test_a_licence_is_told_as_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lines: list[str], licences: list[Any] | None
) -> None:
    """An expression, names, or one line of text."""
    installed(tmp_path, "Shop.Till", *lines)
    monkeypatch.syspath_prepend(str(tmp_path))

    found = component(cyclonedx("shop"), "shop.till")
    assert ("pkg:pypi/shop-till@1.0%2Ba", licences) == (found["purl"], found.get("licenses"))


def test_what_only_an_extra_needs_is_no_need(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the hash of its metadata is told where it has one."""
    needs = ["Requires-Dist: pydantic>=2", "Requires-Dist: pytest; extra == 'test'", "Requires-Dist: absent"]
    installed(tmp_path, "till", *needs, record="till-1.0+a.dist-info/METADATA,sha256=AAEC_w,9\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    told = cyclonedx("shop")

    (needs,) = [each["dependsOn"] for each in told["dependencies"] if each["ref"] == "pkg:pypi/till@1.0%2Ba"]
    assert [f"pkg:pypi/pydantic@{version('pydantic')}"] == needs
    assert [{"name": "python:metadata:sha256", "value": "000102ff"}] == component(told, "till")["properties"]


async def test_lists_of_others_are_told_beside_it(tmp_path: Path) -> None:
    """With the type that settings say; one whose file is not there is 404."""
    (tmp_path / "os.json").write_text(json.dumps({"of": "the system"}))
    prefix = "management.endpoint.sbom.additional"
    properties = {
        f"{prefix}.system.location": str(tmp_path / "os.json"),
        f"{prefix}.system.media-type": "application/json",
        f"{prefix}.gone.location": str(tmp_path / "gone.json"),
    }
    async with managed(properties=properties) as (client, _):
        assert {"ids": ["application", "gone", "system"]} == {"ids": sorted((await client.get("/sbom")).json()["ids"])}
        answer = await client.get("/sbom/system")
        assert 404 == (await client.get("/sbom/gone")).status_code

    assert ({"of": "the system"}, "application/json") == (answer.json(), answer.headers["content-type"])
