"""The program that watches: what is told of changes to real files."""

import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pyboot.cli.watch import different
from pyboot.supervisor.watcher import Changes, Watcher
from tests.supervisor.running import ROOT, wait_until


class Watched:
    """A folder that is watched, and what has been told."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.changed: list[str] = []
        self.news: list[str] = []
        self.watcher = Watcher.start([sys.executable, "-m", "pyboot.cli.watch", str(folder)], str(ROOT))
        self.wait_for_news("a change below")

    def _note(self, changes: Changes) -> None:
        self.changed += [Path(file).relative_to(self.folder).as_posix() for file in changes.files]

    def look(self) -> None:
        """Read what it has told."""
        assert self.watcher.read(self._note, self.news.append), "the watcher is gone"

    def wait_for_news(self, text: str) -> None:
        """Wait until it says something."""
        wait_until(lambda: (self.look(), any(text in each for each in self.news))[1])

    def wait(self, *files: str) -> None:
        """Wait until these have been told of, and forget them."""
        wait_until(lambda: (self.look(), {*files} <= {*self.changed})[1])
        self.changed.clear()


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    """An empty folder that is watched."""
    made = Watched(tmp_path)
    yield made
    made.watcher.close()


pytestmark = pytest.mark.slow


def test_files_that_come_change_and_go_are_told(watched: Watched) -> None:
    """Each at once, and a second change of the same file as well."""
    file = watched.folder / "a.py"
    for content in ("1", "2", "3"):
        file.write_text(content)
        watched.wait("a.py")
    file.unlink()
    watched.wait("a.py")


def test_a_file_that_is_written_beside_and_renamed_is_a_change(watched: Watched) -> None:
    """As editors and checkouts do."""
    for number in range(3):
        (watched.folder / "new.tmp").write_text(str(number))
        (watched.folder / "new.tmp").replace(watched.folder / "a.py")
        watched.wait("a.py")


def test_folders_are_watched_as_they_come_and_when_they_come_back(watched: Watched) -> None:
    """With all below them, and with what was written into them before they were watched."""
    for _ in range(2):
        (watched.folder / "app/deep").mkdir(parents=True)
        (watched.folder / "app/deep/a.py").write_text("1")
        watched.wait("app/deep/a.py")
        (watched.folder / "app/deep/a.py").write_text("22")
        watched.wait("app/deep/a.py")
        (watched.folder / "app").rename(watched.folder / ".away")
        watched.wait("app/deep/a.py")
        (watched.folder / ".away/deep/a.py").unlink()
        (watched.folder / ".away/deep").rmdir()
        (watched.folder / ".away").rmdir()


def test_many_changes_at_once_are_all_told(watched: Watched) -> None:
    """By several threads, in folders that come at the same time; in the end the last state is known."""

    def work(name: str) -> None:
        for number in range(20):
            (watched.folder / name).mkdir(exist_ok=True)
            (watched.folder / name / f"{number}.py").write_text(str(number))

    threads = [threading.Thread(target=work, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    (watched.folder / "a/0.py").write_text("last")
    watched.wait("a/0.py")
    (watched.folder / "c/19.py").write_text("last")
    watched.wait("c/19.py")


def test_files_elsewhere_count_once_they_were_told(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> None:
    """As they stand then: telling is no change."""
    elsewhere = tmp_path_factory.mktemp("etc") / "settings.conf"
    elsewhere.write_text("a: 1")
    watched.watcher.also([str(elsewhere)])
    (watched.folder / "a.py").touch()
    watched.wait("a.py")
    told: list[Changes] = []
    wait_until(lambda: (elsewhere.write_text(f"a: {len(told)}"), watched.watcher.read(told.append, print), told)[2])
    assert (str(elsewhere),) == told[0].files


def test_what_differs_is_what_has_come_gone_or_changed() -> None:
    """In order."""
    assert ["a", "b", "c"] == different({"a": (1, 1, 1), "b": (1, 1, 1), "d": (1, 1, 1)}, {"b": (2, 1, 1), "c": (1, 1, 1), "d": (1, 1, 1)})


def test_a_link_is_as_good_as_the_file_that_it_leads_to(watched: Watched, tmp_path_factory: pytest.TempPathFactory) -> None:
    """It is changed somewhere else, where nothing else counts."""
    shared = tmp_path_factory.mktemp("shared") / "shared.py"
    shared.write_text("1")
    (watched.folder / "a.py").symlink_to(shared)
    watched.wait("a.py")
    for content in ("22", "333"):
        shared.write_text(content)
        watched.wait("a.py")
