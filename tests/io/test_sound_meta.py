"""Metadata of files that Lanescope wrote and somebody changed: what is odd is left out, counted, and ends no verb."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from profiler.cli import app
from profiler.io import read_trace, write_trace
from profiler.io.capture_stream import CaptureStream
from profiler.io.sound_meta import sound
from profiler.trace.tables import Trace
from tests.analysis.timelines import Timeline
from tests.io.test_parquet_hostile import reforged

SOUND: dict[str, Any] = {
    "format": "lanescope",
    "gpus": {"0": {"name": "AAAA"}},
    "processes": {"1": {"name": "python"}},
    "threads": {"1/1": {"name": "main"}},
    "clock": {"base_ns": 5, "more": "x"},
    "kernel_gap_ns": 700,
    "resolution_ns": 1,
    "requests": 1,
    "chunks": None,
    "complete": False,
    "default_streams": [0, 7],
    "default_streams_of": {"1": [7]},
    "latencies_ns": [1, 2],
    "host": "node",
    "mine": {"anything": [1, None, "x"]},
}


def trace() -> Trace:
    timeline = Timeline()
    timeline.host(0, 10)
    timeline.htod(20, 60)
    timeline.kernel(50, 90)
    return timeline.trace().with_meta(**SOUND)


@pytest.mark.parametrize(
    ("key", "odd"),
    [
        ("gpus", [[1, 2], {"0": 5}, {"0": {"name": 5}}, {"²": {}}, "x", None]),
        ("processes", [[1], {"1": 5}]),
        ("clock", ["x", {"base_ns": 1.5}, {"base_ns": 2**62}]),
        ("kernel_gap_ns", ["x", -5, 1.5, True, [1]]),
        ("resolution_ns", ["x", [2], -1]),
        ("requests", ["q", -1, 2.5]),
        ("complete", ["x", 0]),
        ("default_streams", ["abc", 5, [None], ["x"]]),
        ("default_streams_of", [5, {"x": [1]}, {"1": 5}, {"1": ["x"]}]),
        ("latencies_ns", [{"1": 1}, [0.5]]),
        ("format", [5, None]),
    ],
)
def test_entries_of_another_shape_are_left_out(key: str, odd: list[Any]) -> None:
    assert sound(SOUND) == (SOUND, 0)
    for value in odd:
        assert sound({**SOUND, key: value}) == ({name: SOUND[name] for name in SOUND if name != key}, 1), value


def test_numbers_that_json_has_no_word_for_are_null() -> None:
    assert sound({"mine": float("nan"), "resolution_ns": float("inf")}) == ({"mine": None, "resolution_ns": None}, 0)


@pytest.fixture(params=["odd.json", "odd.pftrace", "odd.sqlite", "odd.parquet", "odd.arrows"])
def odd(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A file of each format whose own metadata was changed."""
    path = tmp_path / str(request.param)
    if path.suffix == ".parquet":
        write_trace(trace(), path)
        reforged(path, lambda header: header["meta"].update(gpus=["0", ["name", "AAAA"]]))
        return path
    if path.suffix == ".arrows":
        with CaptureStream(path) as stream:
            stream.append(trace())
    else:
        write_trace(trace(), path)
    written = path.read_bytes()
    changed = written.replace(b'{"0": {"name": "AAAA"}}', b'["0", ["name", "AAAA"]]')
    if changed == written:
        changed = written.replace(b'{"0":{"name":"AAAA"}}', b'["0",["name","AAAA"]]')
    assert changed != written
    path.write_bytes(changed)
    return path


def test_every_verb_goes_on_without_it(
    odd: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    found = read_trace(odd)
    assert "gpus" not in found.meta
    assert found.stats.count("metadata_lost") == 1
    assert found.meta["processes"] == SOUND["processes"]
    name = odd.name
    for args in (
        ("info", name, "--json"),
        ("analyze", name, "--json", "--by", "stream"),
        ("convert", name, "again.json"),
        ("convert", name, "again.pftrace"),
        ("merge", name, name, "-o", "both.parquet"),
        ("render", name, "-o", "picture.svg"),
        ("compare", name, name),
    ):
        assert app.run(list(args)) == 0, (args, capsys.readouterr().err)
        if "--json" in args:
            lost = {row["name"]: row["count"] for row in json.loads(capsys.readouterr().out)["stats"]}
            assert lost["metadata_lost"] == 1
        capsys.readouterr()
