"""The job: it runs once, and the application ends with it."""

import logging
from pathlib import Path

from pyboot.boot import ApplicationArguments, ApplicationRunner, Component, Shutdown

from .counting import WordCounter

_log = logging.getLogger(__name__)


@Component
class CountJob(ApplicationRunner):
    """Counts the words of each file that the command line names."""

    def __init__(self, counter: WordCounter, shutdown: Shutdown) -> None:
        """Take the service that the container hands in."""
        self.counter = counter
        self.shutdown = shutdown

    async def run(self, arguments: ApplicationArguments) -> None:
        """Print one line a file; a file that cannot be read is told, and the exit code is 2."""
        for name in arguments.positional:
            try:
                words = self.counter.count(Path(name).read_text(encoding="utf-8"))
            except (OSError, UnicodeDecodeError) as error:
                _log.error("%s cannot be read: %s", name, error)
                self.shutdown.request(2)
            else:
                print(f"{name}: {', '.join(f'{word} {times}' for word, times in words)}")
