"""``lanescope calibrate`` as a person calls it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from profiler.cli import main
from profiler.devices.sim.model import load_gpu


def test_a_file_comes_out_that_simulates_the_device(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gpu.toml"
    assert main(["calibrate", "--device", "sim:p40", "-o", str(path), "--repeats", "1"]) == 0
    assert f"Use it: --device sim:{path}" in capsys.readouterr().out
    assert load_gpu(str(path)).dtoh_gb_per_s == load_gpu("p40").dtoh_gb_per_s
    assert main(["run", "googlenet", "--device", f"sim:{path}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["simulated"] is True


def test_json_says_what_was_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--device", "sim:p40", "--json", "--repeats", "1"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["simulated"] is True
    assert {(sweep["direction"], sweep["memory"]) for sweep in found["sweeps"]} == {
        (direction, memory) for direction in ("htod", "dtoh") for memory in ("pinned", "pageable")
    }


def test_without_a_gpu_nothing_is_calibrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("profiler.devices.registry.count_gpus", lambda: 0)
    path = tmp_path / "gpu.toml"
    assert main(["calibrate", "-o", str(path)]) == 4
    assert "there is no GPU to measure" in capsys.readouterr().err
    assert not path.exists()


@pytest.mark.parametrize(
    "arguments,code,message",
    [
        ([], 2, "-o"),
        (["-o", "gpu.json"], 2, ".toml"),
        (["-o", "gpu.toml", "--repeats", "0"], 2, "--repeats"),
        (["-o", "gpu.toml", "--device", "sim:none"], 2, "none"),
        (["-o", "no/such/folder/gpu.toml", "--device", "sim:p40", "--repeats", "1"], 5, "folder"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str],
    code: int,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["calibrate", *arguments]) == code
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
