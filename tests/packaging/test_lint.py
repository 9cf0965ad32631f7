"""The whole tree passes ruff."""

from __future__ import annotations

import pytest

from tests.helpers.project import assert_passes, run, tool


@pytest.mark.parametrize("arguments", [("check",), ("format", "--check")], ids=["check", "format"])
def test_ruff(arguments: tuple[str, ...]) -> None:
    assert_passes(run([tool("ruff"), *arguments, "."]))
