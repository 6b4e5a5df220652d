"""The endpoint ``sbom``: what the application is built of: the distributions that are installed, as CycloneDX 1.6. Source: Spring Boot's.

What is read stays read: nobody installs into a process that runs.
"""

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import Message
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any, Final, cast, final
from urllib.parse import quote

from pydantic import Field

from pyboot.actuator.annotations import Endpoint, ReadOperation
from pyboot.actuator.invocation import WebEndpointResponse
from pyboot.actuator.properties import EndpointProperties
from pyboot.boot import ApplicationContext, ConfigurationProperties, Import
from pyboot.boot.discovery.entrypoints import version_of
from pyboot.netty.properties import Settings

CYCLONEDX: Final = "application/vnd.cyclonedx+json"
APPLICATION: Final = "application"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OF_AN_EXTRA: Final = re.compile(r";.*\bextra\s*==")


class SbomFileProperties(Settings):
    """`management.endpoint.sbom.additional.<id>`: a list that somebody else has made."""

    location: str = Field(min_length=1, description="Its file.")
    media_type: str = Field(default=CYCLONEDX, min_length=1, description=f"What it is. Default {CYCLONEDX}.")


@ConfigurationProperties("management.endpoint.sbom")
class SbomProperties(EndpointProperties):
    """`management.endpoint.sbom`: lists of parts."""

    additional: dict[str, SbomFileProperties] = Field(
        default={}, description="Lists by their id; one called `application` stands for what is found. Default: none."
    )


@final
@Endpoint("sbom")
@Import(SbomProperties)
class SbomEndpoint:
    """Tells what there are lists of, and answers with each."""

    def __init__(self, context: ApplicationContext, settings: SbomProperties) -> None:
        """Take the application, which is what the list is of."""
        self._name = context.environment.get("pyboot.application.name") or APPLICATION
        self._additional = settings.additional
        self._found: bytes | None = None

    @ReadOperation
    def ids(self) -> dict[str, list[str]]:
        """Answer with the ids of the lists."""
        return {"ids": list(dict.fromkeys([APPLICATION, *self._additional]))}

    @ReadOperation("{id}", produces=[CYCLONEDX, "application/json"])
    async def sbom(self, id: str) -> WebEndpointResponse | None:
        """Answer with one; None, 404, where there is none, or its file is not there."""
        if (own := self._additional.get(id)) is not None:
            content = await asyncio.to_thread(_content, own.location)
            return None if content is None else WebEndpointResponse(content, media_type=own.media_type)
        if id != APPLICATION:
            return None
        if self._found is None:
            self._found = await asyncio.to_thread(lambda: json.dumps(cyclonedx(self._name)).encode())
        return WebEndpointResponse(self._found, media_type=CYCLONEDX)


def cyclonedx(name: str) -> dict[str, Any]:
    """Return the list of the distributions that are installed, as parts of the application *name*. Source: CycloneDX 1.6, JSON."""
    found = {_uniform(each.name): each for each in reversed(list(distributions())) if each.name}  # the first on the path wins
    refs = {key: _purl(each) for key, each in sorted(found.items())}
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.now(UTC).isoformat(timespec="seconds"),
            "tools": {"components": [{"type": "framework", "name": "pyboot", "version": version_of("pyboot_framework")}]},
            "component": {"type": "application", "bom-ref": APPLICATION, "name": name},
        },
        "components": [_component(found[key], ref) for key, ref in refs.items()],
        "dependencies": [
            {"ref": APPLICATION, "dependsOn": list(refs.values())},
            *({"ref": ref, "dependsOn": sorted({refs[need] for need in _needs(found[key]) if need in refs})} for key, ref in refs.items()),
        ],
    }


def _component(distribution: Distribution, ref: str) -> dict[str, Any]:
    metadata = cast(Message, distribution.metadata)  # which it is, and typeshed's protocol has no get
    told: dict[str, Any] = {"type": "library", "bom-ref": ref, "name": distribution.name, "version": distribution.version, "purl": ref}
    if (summary := metadata.get("Summary")) and summary != "UNKNOWN":
        told["description"] = summary
    if licences := _licences(metadata):
        told["licenses"] = licences
    if (record := distribution.read_text("RECORD")) is not None and (digest := _digest_of_metadata(record)) is not None:
        told["properties"] = [{"name": "python:metadata:sha256", "value": digest}]
    return told


def _licences(metadata: Message) -> list[dict[str, Any]]:
    """Return what the licence is: an expression, else the names among the classifiers, else a text of one line."""
    if expression := metadata.get("License-Expression"):
        return [{"expression": expression}]
    classified = [each.rpartition("::")[2].strip() for each in metadata.get_all("Classifier", []) if each.startswith("License ::")]
    text = metadata.get("License", "")
    names = classified or ([text] if text and "\n" not in text and text != "UNKNOWN" else [])
    return [{"license": {"name": each}} for each in names]


def _digest_of_metadata(record: str) -> str | None:
    """Return the hash that *record* has of the metadata, in hexadecimal digits; None where it has none."""
    for line in record.splitlines():
        path, _, rest = line.partition(",")
        kind, _, digest = rest.partition(",")[0].partition("=")
        if path.endswith(".dist-info/METADATA") and kind == "sha256":
            return base64.urlsafe_b64decode(digest + "=" * (-len(digest) % 4)).hex()
    return None


def _needs(distribution: Distribution) -> Iterator[str]:
    for needed in distribution.requires or ():
        name = _NAME.match(needed)
        if name is not None and not _OF_AN_EXTRA.search(needed):
            yield _uniform(name.group())


def _purl(distribution: Distribution) -> str:
    return f"pkg:pypi/{_uniform(distribution.name)}@{quote(distribution.version, safe='')}"


def _uniform(name: str) -> str:
    """Return *name* as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _content(location: str) -> bytes | None:
    try:
        return Path(location).read_bytes()
    except OSError:
        return None
