"""The program that watches an application's files, a child of the reloader: ``python -m pyboot.cli.watch PROJECT [FOLDER ...]``.

Theory of operation. watchfiles only wakes it up; what has changed is what differs from how the files stood before. So neither a look at a
file nor one that an editor writes and removes again counts, and nothing is lost between two watches: each begins with a look.
Folders are watched one by one, not with everything below, because a project may hold a hundred thousand folders that do not count. A new
folder is no exception: whatever happens, the next watch is of those that are there then.
"""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Final, final

from pyboot.cli.sources import Sources, State
from pyboot.supervisor.channel import Channel
from pyboot.supervisor.watcher import DESCRIPTOR

__all__ = ["main"]

_STEP_MILLISECONDS: Final = 20  # what comes so close together is one change: a checkout, a rename after a write
_DEBOUNCE_MILLISECONDS: Final = 400
_LOOK_MILLISECONDS: Final = 50  # until the first look of a watch
_MOST_NAMES: Final = 20


@final
class Watch:
    """Tells the reloader what has changed."""

    def __init__(self, channel: Channel, sources: Sources) -> None:
        """Take how the files stand now for what the application has read."""
        self._channel = channel
        self._sources = sources
        self._state = sources.state()
        self._lock = threading.Lock()  # files are added by the thread that listens to the reloader
        self._again = threading.Event()
        self._polls = False

    def listen(self) -> None:
        """Take what the reloader tells, until it is gone."""
        while (message := self._channel.receive()) is not None:
            if message.kind == "also":
                with self._lock:
                    added = self._sources.add(message.fields["files"])
                    if added:  # as they stand now they were read; all others stay as they were seen, or a change would be lost
                        state = self._sources.state()
                        self._state = {**{file: state[file] for file in added if file in state}, **self._state}
                        self._again.set()
        os._exit(0)

    def run(self) -> None:
        """Watch for ever."""
        self._tell_what_is_watched()
        while True:
            self._again.clear()
            try:
                for _ in self._events():
                    self._look()
            except FileNotFoundError:  # a folder has gone before it could be watched
                self._look()
                self._again.wait(_LOOK_MILLISECONDS / 1000)
            except ConnectionError:
                return
            except (OSError, RuntimeError) as error:  # there are more folders than the system watches for one user, for example
                if self._polls:
                    raise
                self._polls = True
                self._news(f"the system does not watch these files ({error}): they are looked at several times a second instead")

    def _events(self) -> Iterator[object]:
        """Iterate over the moments to look: one at the beginning, then one for whatever happens, until folders have changed."""
        from watchfiles import watch  # takes a moment, in which the first look has been taken already

        folders = self._folders()
        events = watch(
            *folders,
            watch_filter=None,
            debounce=_DEBOUNCE_MILLISECONDS,
            step=_STEP_MILLISECONDS,
            rust_timeout=_LOOK_MILLISECONDS,
            yield_on_timeout=True,
            stop_event=self._again,
            recursive=False,
            force_polling=self._polls or None,
            ignore_permission_denied=True,
        )
        is_first = True
        for happened in events:
            if happened or is_first:
                yield happened
            is_elsewhere = any(path in folders or os.path.isdir(path) or os.path.islink(path) for _, path in happened)
            if is_elsewhere or (is_first and self._folders() != folders):
                return
            is_first = False

    def _folders(self) -> list[str]:
        with self._lock:
            return self._sources.folders()

    def _look(self) -> None:
        with self._lock:
            state = self._sources.state()
            changed = different(self._state, state)
            if changed:
                try:
                    self._channel.send("changed", {"files": changed[:_MOST_NAMES], "total": len(changed)})
                except BlockingIOError:  # the reloader has been stopped for long; the next look tells it
                    return
            self._state = state

    def _tell_what_is_watched(self) -> None:
        self._news(
            f"a change below {self._sources.project} starts the application anew; where none is seen, as in some containers, "
            "WATCHFILES_FORCE_POLLING=1 helps"
        )

    def _news(self, text: str) -> None:
        self._channel.send("news", {"text": text})


def different(before: State, after: State) -> list[str]:
    """Return the files that have come, gone or changed."""
    return sorted(path for path in {*before, *after} if before.get(path) != after.get(path))


def main(arguments: Sequence[str]) -> None:
    """Watch the project and the folders that are the *arguments*, until the reloader is gone."""
    for number in (signal.SIGINT, signal.SIGHUP):  # of the terminal, and the affair of the reloader
        signal.signal(number, signal.SIG_IGN)
    watch = Watch(Channel.inherited(int(os.environ.pop(DESCRIPTOR))), Sources(arguments[0], arguments[1:]))
    threading.Thread(target=watch.listen, daemon=True).start()
    watch.run()


if __name__ == "__main__":
    main(sys.argv[1:])
