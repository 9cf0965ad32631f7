"""The import contracts hold, and each of them catches what it forbids."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from tests.helpers.project import ROOT, assert_passes, run, tool

#: One import that breaks each contract: contract id, file it is written to, the import.
OFFENCES = [
    ("floors", "profiler/trace/offence.py", "import profiler.analysis"),
    ("devices", "profiler/devices/sim/offence.py", "import profiler.devices.registry"),
    ("no-window", "profiler/report/offence.py", "import PySide6"),
    ("state", "gui/state/offence.py", "import PySide6"),
    ("workers", "gui/workers/tasks/offence.py", "import PySide6"),
    ("window", "gui/offence.py", "import profiler.cli"),
    ("driver", "profiler/devices/sim/offence.py", "def late():\n    from cuda.bindings import driver"),
    ("cupti", "profiler/io/offence.py", "import cupti"),
    ("plans-and-devices", "profiler/devices/offence.py", "import profiler.trace"),
    ("readers", "profiler/analysis/offence.py", "import profiler.workload"),
    ("report", "profiler/report/offence.py", "import profiler.plan"),
    ("capture", "profiler/capture/offence.py", "import profiler.timeline"),
    ("ground", "profiler/errors.py", "import numpy"),
]


def _contracts() -> dict[str, str]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return {contract["id"]: contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packages and the contracts that a test may spoil."""
    for package in ("profiler", "gui"):
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_contracts_hold() -> None:
    assert_passes(run([tool("lint-imports"), "--no-cache"]))


def test_every_contract_has_an_offence() -> None:
    assert [offence[0] for offence in OFFENCES] == list(_contracts())


@pytest.mark.parametrize(("contract", "file", "statement"), OFFENCES, ids=[offence[0] for offence in OFFENCES])
def test_an_offence_is_caught(contract: str, file: str, statement: str, copy: Path) -> None:
    registry = copy / "profiler/devices/registry.py"
    registry.touch()
    with (copy / file).open("a", encoding="utf-8") as stream:
        stream.write(f"\n{statement}\n")
    result = run([tool("lint-imports"), "--no-cache", "--contract", contract], cwd=copy)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 broken" in result.stdout


def test_a_part_on_no_floor_is_refused(copy: Path) -> None:
    (copy / "profiler" / "helpers.py").touch()
    result = run([tool("lint-imports"), "--no-cache", "--contract", "floors"], cwd=copy)
    assert result.returncode == 1
    assert "helpers" in result.stdout
