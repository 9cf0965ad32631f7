"""Weights kept between processes are those that would be made, and nothing is kept unasked."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from profiler.devices.cuda.kept_weights import WEIGHTS_VARIABLE, kept_weights
from profiler.workload.networks.packing import PackedWeights

MADE = PackedWeights(np.arange(1000, dtype=np.uint8), {"ingest": {"scale": 1 / 3, "inverse_step": 0.1}})


def never() -> PackedWeights:
    raise AssertionError("made again")


def test_what_was_kept_is_what_was_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(tmp_path))
    assert kept_weights("net-int8-fp32-0", lambda: MADE) is MADE
    again = kept_weights("net-int8-fp32-0", never)
    assert (again.content == MADE.content).all()
    assert again.scalars == MADE.scalars
    assert sorted(path.name for path in tmp_path.iterdir()) == ["net-int8-fp32-0.json", "net-int8-fp32-0.npy"]


def test_nothing_is_kept_where_no_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(WEIGHTS_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    assert kept_weights("net", lambda: MADE) is MADE
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("damage", ["no folder", "no content", "half a content", "no JSON"])
def test_what_is_not_whole_is_made_again(damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    monkeypatch.setenv(WEIGHTS_VARIABLE, str(folder))
    if damage != "no folder":
        folder.mkdir()
        kept_weights("net", lambda: MADE)
    if damage == "no content":
        (folder / "net.npy").unlink()
    elif damage == "half a content":
        (folder / "net.npy").write_bytes((folder / "net.npy").read_bytes()[:300])
    elif damage == "no JSON":
        (folder / "net.json").write_text("{")
    assert kept_weights("net", lambda: MADE) is MADE
