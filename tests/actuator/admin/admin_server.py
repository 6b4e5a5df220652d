"""A server with the rules of Spring Boot Admin 3.x, as its sources say them; the real one needs Java, and packages out of reach here.

What is from where: `Registration` (names and URLs are judged), `HashingInstanceUrlIdGenerator` (ids), `InstancesController` (201 and a body
with the id; 404 for an instance that is not there), `QueryIndexEndpointStrategy` and `ProbeEndpointsStrategy` (how endpoints are found),
`StatusUpdater` (what counts as UP), `InfoUpdater`. It shares no line with the code under test: HTTP is read by hand here, and asked with
httpx.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import httpx2

VENDOR: Final = ("application/vnd.spring-boot.actuator.v3+json", "application/vnd.spring-boot.actuator.v2+json")
OF_THE_UI: Final = ",".join((*VENDOR, "application/vnd.spring-boot.actuator.v1+json", "application/json"))
PROBED: Final = ("health", "env", "metrics", "info", "loggers", "beans", "startup")  # of `spring.boot.admin.probed-endpoints`


@dataclass
class Instance:
    """What is known of an application."""

    id: str
    registration: dict[str, Any]
    times: int = 1


@dataclass
class AdminServer:
    """Takes registrations; *answers* says what else it answers the next ones with."""

    port: int = 0
    credentials: str | None = None
    instances: dict[str, Instance] = field(default_factory=dict)
    gone: list[str] = field(default_factory=list)
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self.port}"

    def answer(self, method: str, path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
        """What it says, and what it knows afterwards."""
        self.seen.append(f"{method} {path}")
        if self.answers:
            return self.answers.pop(0)
        if self.credentials is not None and headers.get("authorization") != self.credentials:
            return 401, b""
        if method == "POST" and path == "/instances":
            registration = json.loads(body)
            if headers.get("content-type") != "application/json" or not is_valid(registration):
                return 400, b""
            id = hashlib.sha1(registration["healthUrl"].encode()).hexdigest()[:12]
            known = self.instances.get(id)
            self.instances[id] = Instance(id, registration, 1 if known is None else known.times + 1)
            return 201, json.dumps({"id": id}).encode()
        if method == "DELETE" and path.startswith("/instances/"):
            id = path.rpartition("/")[2]
            self.gone.append(id)
            return (404, b"") if self.instances.pop(id, None) is None else (204, b"")
        return 404, b""

    async def until(self, count: int) -> None:
        """Wait for so many requests."""
        async with asyncio.timeout(20):
            while len(self.seen) < count:
                self.changed.clear()
                await self.changed.wait()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while line := await reader.readline():
                method, path, _ = line.decode().split()
                headers: dict[str, str] = {}
                while (entry := (await reader.readline()).decode().strip()) != "":
                    name, _, value = entry.partition(":")
                    headers[name.lower()] = value.strip()
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                status, content = self.answer(method, path, headers, body)
                head = f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
                writer.write((head.encode() if status != 204 else b"HTTP/1.1 204 X\r\n\r\n") + content)
                self.changed.set()
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def is_valid(registration: dict[str, Any]) -> bool:
    """``Registration``: the name and the health URL are not empty, URLs are absolute, metadata are texts."""
    management, service = registration.get("managementUrl"), registration.get("serviceUrl")
    return (
        bool((registration.get("name") or "").strip())
        and is_absolute(registration.get("healthUrl") or "")
        and (not management or is_absolute(management))
        and (not service or is_absolute(service))
        and all(isinstance(value, str) for value in registration.get("metadata", {}).values())
    )


def is_absolute(url: str) -> bool:
    """As ``URI.isAbsolute``: it has a scheme."""
    return bool(urlsplit(url).scheme and urlsplit(url).netloc)


@asynccontextmanager
async def admin_server(**known: Any) -> AsyncIterator[AdminServer]:
    """Serve on a free port."""
    admin = AdminServer(**known)
    listening = await asyncio.start_server(admin.serve, "127.0.0.1", known.get("port", 0))
    admin.port = listening.sockets[0].getsockname()[1]
    async with listening:
        yield admin
        listening.close_clients()


async def endpoints_of(instance: Instance, client: httpx2.AsyncClient) -> dict[str, str]:
    """``ChainingStrategy``: the index where it is one, else those probed that answer OPTIONS."""
    management, service = instance.registration["managementUrl"], instance.registration["serviceUrl"]
    if management != service:
        index = await client.get(management)
        if index.is_success and index.headers["content-type"].partition(";")[0] in VENDOR:
            links = index.json()["_links"]
            return {name: link["href"] for name, link in links.items() if name != "self" and not link["templated"]}
    found = {}
    for id in PROBED:
        if (await client.options(f"{management}/{id}")).is_success:
            found[id] = f"{management}/{id}"
    return found


async def status_of(instance: Instance, client: httpx2.AsyncClient) -> str:
    """``StatusUpdater``: what the body says where it is JSON, else what the status code means; OFFLINE without an answer."""
    try:
        answer = await client.get(instance.registration["healthUrl"], timeout=9)
    except httpx2.HTTPError:
        return "OFFLINE"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if kind in (*VENDOR, "application/json") and isinstance(answer.json().get("status"), str):
        return str(answer.json()["status"])
    return "UP" if answer.is_success else "DOWN"
