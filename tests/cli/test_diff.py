"""``lanescope diff`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from profiler.io import write_trace
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track
from tests.cli.conftest import Say


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    for file, names, dur in (
        ("a.parquet", ["k\x1b[1m", "old", "l", "call"], 10),
        ("b.json", ["k\x1b[1m", "new", "l", "call"], 13),
    ):
        size = len(names)
        trace = Trace(
            {
                "ts": np.arange(size) * 100 + 1,
                "dur": np.array([dur, 5, 5, 5]),
                "category": np.array([Category.KERNEL] * 3 + [Category.RUNTIME], np.uint8),
                "name": np.arange(size, dtype=np.int32),
                "device": np.array([0, 0, 0, -1], np.int32),
            },
            names=names,
            tracks=[Track(TrackKind.STREAM, "s", device=0, stream=7)],
        )
        write_trace(trace, tmp_path / file)
    return str(tmp_path / "a.parquet"), str(tmp_path / "b.json")


def test_json(say: Say, files: tuple[str, str]) -> None:
    code, out, err = say("diff", *files, "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert list(found) == ["matched", "only_a", "only_b", "rows"]
    assert (found["matched"], found["only_a"], found["only_b"]) == (2, 1, 1)
    assert {(row["name"], row["a_ns"], row["b_ns"], row["delta_ns"], row["change"]) for row in found["rows"]} == {
        ("k\x1b[1m", 10, 13, 3, "changed"),
        ("old", 5, 0, -5, "renamed"),
        ("new", 0, 5, 5, "renamed"),
        ("l", 5, 5, 0, "same"),
    }
    assert json.loads(say("diff", *files, "--json", "--host")[1])["matched"] == 3


def test_a_file_does_not_differ_from_itself(say: Say, files: tuple[str, str]) -> None:
    found = json.loads(say("diff", files[0], files[0], "--json")[1])
    assert (found["matched"], found["only_a"], found["only_b"]) == (3, 0, 0)
    assert all(row["delta_ns"] == 0 and row["change"] == "same" for row in found["rows"])
    assert "No operation differs." in say("diff", files[0], files[0])[1]


def test_text(say: Say, files: tuple[str, str]) -> None:
    code, out, _ = say("diff", *files)
    assert code == 0
    assert out.replace("\n", "").isprintable()
    assert "k\\x1b[1m" in out
    assert "old (now new)" in out
    assert "2 operations are matched, 1 are only in A, 1 only in B." in out


def test_a_trace_that_is_not_there(say: Say, files: tuple[str, str]) -> None:
    code, out, err = say("diff", files[0], "nowhere.json")
    assert (code, out, err.count("\n")) == (2, "", 1)
