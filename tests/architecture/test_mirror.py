"""Every source file has its test file, and every test file its source: where a test stands is never a question."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "pyboot"
TESTS = ROOT / "tests"
MIRRORED = ("boot", "components", "netty", "web", "actuator", "cluster", "supervisor", "cli", "testing")

NOT_MIRRORED = ("__init__", "__main__")  # surfaces: test_surface.py; entry scripts: run as programs by tests/interop
ACROSS_FILES = "semantics_"  # test_semantics_<topic>.py holds what several files promise together


def sources() -> set[str]:
    """Each source file that must have a test, as `netty/assembly`."""
    found = (path.relative_to(SOURCES).with_suffix("") for path in SOURCES.rglob("*.py"))
    return {name.as_posix() for name in found if name.stem not in NOT_MIRRORED}


def mirrored_tests() -> set[str]:
    """Each test file that must have a source, by the name its source has."""
    found = (path.relative_to(TESTS) for folder in MIRRORED for path in (TESTS / folder).rglob("test_*.py"))
    named = (path.parent / path.stem.removeprefix("test_") for path in found)
    return {path.as_posix() for path in named if not path.name.startswith(ACROSS_FILES)}


def test_every_source_file_has_its_test_file() -> None:
    """A file nobody tests is named here."""
    assert [] == sorted(sources() - mirrored_tests())


def test_every_test_file_has_its_source_file() -> None:
    """A test whose source moved away is named here."""
    assert [] == sorted(mirrored_tests() - sources())
