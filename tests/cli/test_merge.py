"""``lanescope merge`` as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from profiler.io import read_trace, write_trace
from tests.cli.conftest import Say
from tests.trace.test_merge import rank


@pytest.fixture(autouse=True)
def ranks(say: Say) -> None:
    """Two ranks in the folder of the command line."""
    write_trace(rank(1000, kernel=1000, copy=120), "a.parquet")
    write_trace(rank(1000, kernel=100, copy=1030), "b.json")


@pytest.mark.parametrize(
    ("options", "starts", "hidden"),
    [
        ((), [950, 1000, 120, 50, 100, 1030], [0, 0]),
        (("--one-host",), [950, 1000, 120, 50, 100, 1030], [120]),
        (("--host", "a.parquet=n", "--host", "b.json=n"), [950, 1000, 120, 50, 100, 1030], [120]),
        (("--host", "a.parquet=n", "--host", "b.json=m"), [950, 1000, 120, 50, 100, 1030], [0, 0]),
        (("--offset", "b.json=1us", "--one-host"), [950, 1000, 120, 1050, 1100, 2030], [0]),
        (("--offset", "b.json=-20", "--one-host"), [950, 1000, 120, 30, 80, 1010], [120]),
    ],
)
def test_two_ranks(options: tuple[str, ...], starts: list[int], hidden: list[int], say: Say) -> None:
    code, out, _ = say("merge", "a.parquet", "b.json", "-o", "out.parquet", *options)
    assert code == 0
    assert out == "Wrote 6 events to out.parquet (Lanescope's own, Parquet).\n"
    merged = read_trace("out.parquet")
    assert merged.ts.tolist() == starts
    result = json.loads(say("analyze", "out.parquet", "--json")[1])
    assert [device["hidden_ns"] for device in result["devices"]] == hidden


def test_what_was_merged_is_told(say: Say) -> None:
    code, out, _ = say("merge", "a.parquet", "b.json", "-o", "out.parquet", "--json")
    assert code == 0
    assert json.loads(out)["stats"] == [
        {"name": "devices_renumbered", "severity": "info", "count": 1},
        {"name": "processes_renumbered", "severity": "info", "count": 1},
    ]
    meta = json.loads(say("info", "out.parquet", "--json")[1])["meta"]
    assert [source["file"] for source in meta["sources"]] == ["a.parquet", "b.json"]


@pytest.mark.parametrize(
    ("args", "complaint"),
    [
        (("a.parquet", "b.json"), "output"),
        (("a.parquet", "b.json", "-o", "out.xyz"), "which format"),
        (("a.parquet", "b.json", "-o", "a.parquet"), "same file"),
        (("a.parquet", "c.json", "-o", "out.parquet"), "no such file"),
        (("a.parquet", "b.json", "-o", "out.parquet", "--offset", "c=1"), "no trace is called 'c'"),
        (("a.parquet", "b.json", "-o", "out.parquet", "--offset", "b.json"), "not FILE=VALUE"),
        (("a.parquet", "b.json", "-o", "out.parquet", "--offset", "b.json=soon"), "--offset: 'soon' is not a time"),
        (("a.parquet", "b.json", "-o", "out.parquet", "--offset", "b.json=1e30"), "--offset: '1e30' is out of range"),
        (("a.parquet", "c.json", "-o", "a.parquet"), "same file"),
        (("a.parquet", "b.json", "-o", "out.parquet", "--one-host", "--host", "b.json=x"), "exclude"),
    ],
)
def test_wrong_use(args: tuple[str, ...], complaint: str, say: Say, tmp_path: Path) -> None:
    code, _, err = say("merge", *args)
    assert code == 2
    assert complaint in err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "b.json"]
