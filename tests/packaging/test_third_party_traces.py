"""Third-party traces are what their facts were taken from, and their absence is never silent."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.project import run


def test_traces_are_the_ones_the_facts_describe(
    facts: dict[str, Any], third_party_trace: Callable[[str], Path]
) -> None:
    assert facts
    for name, entry in facts.items():
        assert hashlib.sha256(third_party_trace(name).read_bytes()).hexdigest() == entry["sha256"], name


@pytest.mark.parametrize(("ci", "outcome"), [("", "1 skipped"), ("true", "1 error")])
def test_absence_skips_with_the_reason_and_fails_in_ci(ci: str, outcome: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", __file__, "-k", "facts_describe"]
    result = run(command, env={"LANESCOPE_TRACES": str(tmp_path / "none"), "CI": ci})
    assert outcome in result.stdout
    assert "LANESCOPE_TRACES names another folder" in result.stdout
