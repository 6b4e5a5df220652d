"""Counts what comes in, in batches, without any network: schedules, events, background work, a scope of its own."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel

from pyboot.boot import (
    ApplicationContext,
    Async,
    Component,
    ConfigurationProperties,
    Duration,
    EventListener,
    Lazy,
    PreDestroy,
    Provider,
    PyBootApplication,
    Scheduled,
    Scope,
    Service,
    Value,
    run,
)


@PyBootApplication
class App: ...


@ConfigurationProperties("batch")
class BatchProperties(BaseModel):
    """What stands below ``batch``: the names and types are checked at the start."""

    every: Duration
    size: int = 3


@Component
@Scope("batch")
class Batch:
    """One for each block of ``context.scope("batch")``, ended with it."""

    def __init__(self) -> None:
        self.rows: list[int] = []

    @PreDestroy
    def close(self) -> None:
        print(f"batch of {len(self.rows)} closed")


@dataclass
class BatchDone:
    """An event is any object."""

    total: int


@Service
class Counter:
    """Works when its time comes."""

    def __init__(self, context: ApplicationContext, properties: BatchProperties) -> None:
        self.context, self.properties, self.total = context, properties, 0

    @Scheduled(every="${batch.every}")
    async def count(self) -> None:
        async with self.context.scope("batch") as store:
            batch = self.context.get(Batch, store=store)
            batch.rows.extend(range(self.properties.size))
            self.total += len(batch.rows)
        await self.context.publish(BatchDone(self.total))


@Component
@Lazy
class Archive:
    """Made when somebody asks for it first."""

    def __init__(self, folder: Annotated[str, Value("${archive.folder:/var/archive}")]) -> None:
        self.folder = folder

    @Async
    def keep(self, total: int) -> str:
        """A plain function: it runs in a worker thread, and the caller goes on, or awaits what it gives."""
        return f"{total} kept in {self.folder}"


@Component
class Listener:
    """Hears of batches."""

    def __init__(self, archive: Provider[Archive]) -> None:
        self.archive = archive

    @EventListener
    async def on_batch(self, event: BatchDone) -> None:
        print(await self.archive.get().keep(event.total), flush=True)


if __name__ == "__main__":
    run(App)
