"""The files that start an application anew."""

import os
from pathlib import Path

from pyboot.cli.sources import Sources


def write(folder: Path, *names: str) -> None:
    """Make empty files, with their folders."""
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def found(sources: Sources, folder: Path) -> list[str]:
    """The files that count, by their paths below *folder*."""
    return sorted(os.path.relpath(path, folder) for path in sources.state())


def test_code_and_settings_of_a_project_count(tmp_path: Path) -> None:
    """Wherever they stand in it."""
    write(
        tmp_path, "app/__init__.py", "app/deep/a.py", "application.yaml", "config/a.yml", "pyproject.toml", ".env", ".env.local", "dev.env"
    )
    write(tmp_path, "README.md", "data.json", "app.db", "app/a.pyc", "app/lib.so", "uv.lock")

    assert [
        ".env",
        ".env.local",
        "app/__init__.py",
        "app/deep/a.py",
        "application.yaml",
        "config/a.yml",
        "dev.env",
        "pyproject.toml",
    ] == found(Sources(str(tmp_path)), tmp_path)


def test_what_tools_keep_does_not_count(tmp_path: Path) -> None:
    """Nor is it looked into; a package may have the name of what is built."""
    write(tmp_path, ".git/a.py", ".venv/a.py", "env/pyvenv.cfg", "env/a.py", "__pycache__/a.py", "node_modules/a.py", "x.egg-info/a.py")
    write(tmp_path, "build/a.py", "dist/a.py", "logs/a.py", "app/log/__init__.py", "app/log/a.py")
    write(tmp_path, ".#a.py", "#a.py#", "a.py~", ".a.py.swp", "4913", "a.py___jb_tmp___", "a.py.tmp", ".env.swp")
    sources = Sources(str(tmp_path))

    assert ["app/log/__init__.py", "app/log/a.py"] == found(sources, tmp_path)
    assert [str(tmp_path), str(tmp_path / "app"), str(tmp_path / "app/log")] == sources.folders()


def test_of_a_folder_that_was_named_everything_counts(tmp_path: Path) -> None:
    """But what passes: logs, databases, the files of editors."""
    write(tmp_path, "pages/a.html", "pages/b/c.json", "pages/a.html~", "pages/a.log", "pages/a.db", "pages/a.db-wal", "pages/.git/a")
    (tmp_path / "app").mkdir()

    assert ["pages/a.html", "pages/b/c.json"] == found(Sources(str(tmp_path / "app"), [str(tmp_path / "pages")]), tmp_path)


def test_files_that_the_application_has_told_count_wherever_they_are(tmp_path: Path) -> None:
    """One that is gone is no part of the state, and its folder is watched, since it may come back."""
    write(tmp_path, "app/a.py", "etc/a.conf")
    sources = Sources(str(tmp_path / "app"))

    assert sources.add([str(tmp_path / "etc/a.conf"), str(tmp_path / "etc/b.conf"), str(tmp_path / "none/c.conf")])
    assert not sources.add([str(tmp_path / "etc/a.conf")])
    assert ["app/a.py", "etc/a.conf"] == found(sources, tmp_path)
    assert [str(tmp_path / "app"), str(tmp_path / "etc")] == sources.folders()


def test_a_file_that_was_replaced_stands_otherwise(tmp_path: Path) -> None:
    """Even by one with the same size and the same time."""
    write(tmp_path, "a.py", "b")
    before = Sources(str(tmp_path)).state()
    stat = (tmp_path / "a.py").stat()
    os.utime(tmp_path / "b", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / "b").replace(tmp_path / "a.py")

    assert before != Sources(str(tmp_path)).state()


def test_a_folder_that_cannot_be_read_and_a_link_in_a_circle_are_left_out(tmp_path: Path) -> None:
    """Neither ends the watch."""
    write(tmp_path, "a.py")
    (tmp_path / "circle").symlink_to(tmp_path)
    (tmp_path / "dangling.py").symlink_to(tmp_path / "missing")

    assert ["a.py"] == found(Sources(str(tmp_path)), tmp_path)
    assert {} == Sources(str(tmp_path / "missing")).state()


def test_the_folder_of_what_a_link_leads_to_is_worth_a_look(tmp_path: Path) -> None:
    """The file is changed there; a link that leads nowhere has none."""
    write(tmp_path, "project/a.py", "elsewhere/b.py", "elsewhere/notes.txt")
    (tmp_path / "project/b.py").symlink_to(tmp_path / "elsewhere/b.py")
    (tmp_path / "project/c.py").symlink_to(tmp_path / "nowhere/c.py")
    (tmp_path / "project/notes.txt").symlink_to(tmp_path / "nowhere")
    sources = Sources(str(tmp_path / "project"))
    assert [str(tmp_path / "elsewhere"), str(tmp_path / "project")] == sources.folders()
    assert ["a.py", "b.py"] == found(sources, tmp_path / "project")
