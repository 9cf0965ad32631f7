"""``lanescope convert`` as a person uses it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from profiler.io import read_trace, write_trace
from profiler.trace.schema import EdgeKind, TrackKind
from profiler.trace.tables import Counters, Edges, Trace, Track
from tests.cli.conftest import Say


@pytest.fixture
def file(tmp_path: Path) -> str:
    trace = Trace(
        {"ts": np.array([2**61 + 1, 5]), "dur": np.array([3, 4]), "category": np.zeros(2, np.uint8)},
        names=["=1+1"],
        tracks=[Track(TrackKind.STREAM, "stream 7", device=0, stream=7)],
        edges=Edges(np.array([0]), np.array([1]), np.array([EdgeKind.FLOW], np.uint8)),
        counters=Counters(np.array([1]), np.array([0], np.int32), np.array([np.inf])),
    )
    write_trace(trace, tmp_path / "t.parquet")
    return str(tmp_path / "t.parquet")


ENDINGS = [".parquet", ".json", ".json.gz", ".json.zst", ".pftrace", ".sqlite"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_there_and_back(ending: str, say: Say, file: str, tmp_path: Path) -> None:
    code, out, _ = say("convert", file, f"out{ending}")
    assert code == 0
    assert out.startswith(f"Wrote 2 events to out{ending} (")
    back = read_trace(tmp_path / f"out{ending}")
    assert back.ts.tolist() == [2**61 + 1, 5]
    assert back.name_of(0) == "=1+1"
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([f"out{ending}", "t.parquet"])


def test_what_the_target_cannot_hold_is_said(say: Say, file: str, tmp_path: Path) -> None:
    code, out, err = say("convert", file, "out.csv")
    assert code == 0
    assert err.splitlines() == [
        "lanescope: note: CSV table cannot hold 1 flows between slices",
        "lanescope: note: CSV table cannot hold 1 counter samples",
    ]
    assert "'=1+1" in (tmp_path / "out.csv").read_text()
    assert "infinite" not in out
    assert "1 counter samples that are no finite number" in say("convert", file, "out.json")[2]
    assert say("convert", file, "out.parquet")[2] == ""
    assert say("convert", file, "out.sqlite")[2].splitlines() == [
        f"lanescope: note: Nsight Systems export, SQLite cannot hold {what}, except in tables that only Lanescope reads"
        for what in ("1 flows between slices", "1 counter samples")
    ]
    found = json.loads(say("convert", file, "again.csv", "--json")[1])
    assert (found["events"], found["output_format"], len(found["losses"])) == (2, "csv", 2)


def test_kept_texts(say: Say, file: str, tmp_path: Path) -> None:
    assert say("convert", file, "out.csv", "--keep-text")[0] == 0
    assert "'=1+1" not in (tmp_path / "out.csv").read_text()
    assert say("convert", file, "out.json", "--keep-text")[0] == 2


@pytest.mark.parametrize("link", [None, os.symlink, os.link])
def test_the_input_is_never_written_over(
    link: Callable[[str, str], None] | None, say: Say, file: str, tmp_path: Path
) -> None:
    target = file
    if link is not None:
        target = str(tmp_path / "other.parquet")
        link(file, target)
    before = Path(file).read_bytes()
    code, out, err = say("convert", file, target)
    assert (code, out) == (2, "")
    assert "IN and OUT are the same file" in err
    assert Path(file).read_bytes() == before


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [
        ("t.parquet", "out.doc", 2),
        ("t.parquet", "out", 2),
        ("none.parquet", "out.json", 2),
        ("bad.json", "out.parquet", 3),
        ("t.parquet", "none/out.json", 5),
        ("t.parquet", "folder.json", 5),
    ],
)
def test_what_cannot_be_done_is_one_line_and_leaves_no_file(
    source: str, target: str, code: int, say: Say, file: str, tmp_path: Path
) -> None:
    (tmp_path / "bad.json").write_text("neither")
    (tmp_path / "folder.json").mkdir()
    before = sorted(tmp_path.iterdir())
    found, out, err = say("convert", source, target)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert sorted(tmp_path.iterdir()) == before
