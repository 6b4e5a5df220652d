"""A job without a network: it sums up the files that it is given, and ends; its exit code tells whether all of them could be read."""

from pathlib import Path

from pydantic import BaseModel

from pyboot.boot import (
    ApplicationArguments,
    ApplicationRunner,
    Component,
    ConfigurationProperties,
    PyBootApplication,
    Service,
    Shutdown,
    run,
)


@PyBootApplication
class App: ...


@ConfigurationProperties("import")
class ImportProperties(BaseModel):
    encoding: str = "utf-8"


@Service
class Ledger:
    def __init__(self, properties: ImportProperties) -> None:
        self.encoding = properties.encoding
        self.total = 0

    def add(self, file: Path) -> None:
        self.total += sum(int(line) for line in file.read_text(self.encoding).split())


@Component
class Import(ApplicationRunner):
    def __init__(self, ledger: Ledger, shutdown: Shutdown) -> None:
        self.ledger, self.shutdown = ledger, shutdown

    async def run(self, args: ApplicationArguments) -> None:
        for name in args.positional:
            try:
                self.ledger.add(Path(name))
            except (OSError, ValueError) as error:
                print(f"{name}: {error}")
                self.shutdown.request(1)
        print("total", self.ledger.total)


if __name__ == "__main__":
    run(App)
