"""Importing the library, and asking the command for help, loads neither Qt, nor the driver, nor pyarrow."""

from __future__ import annotations

import json
import sys

import pytest

from tests.helpers.project import assert_passes, run

#: Not ``cuda`` itself: a path file of cuda-bindings 12.9 imports that namespace at every start of the interpreter.
HEAVY = ("PySide6", "shiboken6", "pyqtgraph", "cuda.bindings", "cuda.core", "cupti", "pyarrow")

PRINT_LOADED = "import json, sys; print(json.dumps(sorted(sys.modules)))"

#: Every module but the one package whose business is the driver.
IMPORT_ALL = """
import importlib, pkgutil, profiler
for info in pkgutil.walk_packages(profiler.__path__, "profiler."):
    if not info.name.startswith("profiler.devices.cuda"):
        importlib.import_module(info.name)
"""

ASK_FOR_HELP = """
import sys
from profiler.cli import main
sys.argv = ["lanescope", "--help"]
try:
    status = main()
except SystemExit as stop:
    status = stop.code
assert not status, status
"""

IMPORT_TOP = "import profiler, profiler.cli"


def _heavy(loaded: list[str]) -> list[str]:
    return [name for name in loaded if any(f"{name}.".startswith(f"{heavy}.") for heavy in HEAVY)]


@pytest.mark.parametrize("code", [IMPORT_TOP, IMPORT_ALL, ASK_FOR_HELP], ids=["top", "all", "help"])
def test_nothing_heavy_is_loaded(code: str) -> None:
    result = run([sys.executable, "-c", f"{code}\n{PRINT_LOADED}"])
    assert_passes(result)
    loaded = json.loads(result.stdout.splitlines()[-1])
    assert "profiler" in loaded
    assert _heavy(loaded) == []


def test_a_heavy_import_would_be_seen() -> None:
    result = run([sys.executable, "-c", f"import pyarrow, cuda.bindings\n{PRINT_LOADED}"])
    assert_passes(result)
    assert {"pyarrow", "cuda.bindings"} <= set(_heavy(json.loads(result.stdout)))
