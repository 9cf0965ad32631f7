"""Every example runs to its end on a machine without a GPU or a display."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.helpers.project import ROOT, assert_passes, run

EXAMPLES = sorted((ROOT / "examples").glob("*.py"))

#: No GPU is visible, so that a device left to choice is a simulated one; no display either.
HEADLESS = {"CUDA_VISIBLE_DEVICES": "", "DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "offscreen"}


def test_there_are_examples() -> None:
    assert EXAMPLES


@pytest.mark.parametrize("script", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_example(script: Path, tmp_path: Path) -> None:
    result = run([sys.executable, script], cwd=tmp_path, env=HEADLESS)
    assert_passes(result)
    assert result.stdout.strip()
    assert "Traceback" not in result.stderr
