"""Who may import whom: each contract of import-linter in pyproject.toml, whose name says the reason, is a test."""

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parents[2]
PROJECT = ROOT / "pyproject.toml"
CONTRACTS = tomllib.loads(PROJECT.read_text())["tool"]["importlinter"]["contracts"]


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_contract_is_kept(
    contract: dict[str, object],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """No import breaks the contract; a break is printed with the chain of files that leads to it."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("logging.config.dictConfig", lambda settings: None)  # or it silences the loggers of every test after it
    cache = tmp_path_factory.getbasetemp() / "import_linter_cache"

    broken = lint_imports(config_filename=str(PROJECT), limit_to_contracts=(str(contract["id"]),), cache_dir=str(cache))

    assert 0 == broken, capsys.readouterr().out


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract["id"])
def test_contract_gives_its_reason(contract: dict[str, object]) -> None:
    """A rule without a reason cannot be weighed when somebody wants to break it."""
    assert ", because " in str(contract["name"])
