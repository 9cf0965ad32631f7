"""The library passes mypy in strict mode."""

from __future__ import annotations

from tests.helpers.project import assert_passes, run, tool


def test_mypy_strict() -> None:
    assert_passes(run([tool("mypy")]))
