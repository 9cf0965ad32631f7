"""The whole check on a simulated device, as a person runs it."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from profiler.devices.sim.model import load_gpu
from profiler.experiment.gpu_check.__main__ import main
from tests.helpers.project import ROOT, run

#: Packages the check must not import, and those it must do without.
FORBIDDEN = ("typer", "rich", "msgspec", "nvtx", "click")

#: Runs the check with every import of these refused.
WITHOUT = f"""
import sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {FORBIDDEN!r}:
            raise ImportError(name + " is refused")
sys.meta_path.insert(0, Refuse())
from profiler.experiment.gpu_check.__main__ import main
sys.exit(main(sys.argv[1:]))
"""

SMALL = ["--networks", "googlenet", "--batches", "1,8", "--repeats", "2"]


@pytest.fixture(scope="module")
def checked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one run of all stages."""
    folder = tmp_path_factory.mktemp("gpu check") / "out"
    result = run([sys.executable, "-m", "profiler.experiment.gpu_check", "--out", folder, "--device", "sim:t4", *SMALL])
    assert result.returncode == 0, result.stdout + result.stderr
    return folder


def test_it_leaves_few_small_files_in_one_flat_folder(checked: Path) -> None:
    files = sorted(path.name for path in checked.iterdir())
    assert files == ["cells.parquet", "gpu.toml", "log.txt", "results.json", "table.md"]
    assert all(path.stat().st_size < 16 << 20 for path in checked.iterdir())


def test_every_stage_has_its_section(checked: Path) -> None:
    whole = json.loads((checked / "results.json").read_text())
    assert whole["simulated"] is True
    assert list(whole["stages"]) == [
        "facts", "tests", "numerics", "cells", "calibrate", "predict", "torch", "measures",
    ]  # fmt: skip
    assert {name for name, section in whole["stages"].items() if section["status"] == "skipped"} == {
        "tests", "numerics", "torch",
    }  # fmt: skip


def test_cells_are_predicted_by_the_calibrated_file(checked: Path) -> None:
    sections = json.loads((checked / "results.json").read_text())["stages"]
    cells, predicted = sections["cells"]["data"]["cells"], sections["predict"]["data"]
    assert len(cells) == len(predicted["cells"]) == 28
    assert predicted["mean_error"] < 0.01
    assert load_gpu(str(checked / "gpu.toml")).htod_gb_per_s == load_gpu("t4").htod_gb_per_s


def test_the_traces_say_which_cell_they_belong_to(checked: Path) -> None:
    import pyarrow.parquet as pq

    table = pq.read_table(checked / "cells.parquet")
    cells = json.loads((checked / "results.json").read_text())["stages"]["cells"]["data"]["cells"]
    assert set(table["cell"].unique().to_pylist()) == set(cells)
    kernels = [
        row for row in table.to_pylist() if row["cell"] == "googlenet/fp32/8/serial" and row["category"] == "kernel"
    ]
    assert sum(row["dur"] for row in kernels) == cells["googlenet/fp32/8/serial"]["overlap"]["compute_ns"]


def test_no_text_claims_a_measurement_on_a_gpu(checked: Path) -> None:
    for name in ("gpu.toml", "results.json", "table.md", "log.txt"):
        assert "measured on" not in (checked / name).read_text()
    assert "**Simulated.**" in (checked / "table.md").read_text()
    assert "fitted to the simulated t4" in (checked / "gpu.toml").read_text()


def test_measures_agree_with_what_is_simulated(checked: Path) -> None:
    found = json.loads((checked / "results.json").read_text())["stages"]["measures"]["data"]
    assert found["same_direction"]["htod"]["turns"] == pytest.approx(1, abs=0.01)
    assert found["contended_copies"]["execution_ratio"] == pytest.approx(1, abs=0.01)
    # Four streams that ask at once wait for 0, 1, 2 and 3 copies before their first, and for 3 before every other.
    assert found["contended_copies"]["event_pair_ratio"] == pytest.approx((1 + 2 + 3 + 4 + 12 * 4) / 16, rel=0.02)
    assert found["pending_operations"]["operations"] == load_gpu("t4").pending_ops
    assert found["half_gpu_kernels"]["at_once"] == pytest.approx(2, rel=0.1)
    assert 1 < found["queues"]["default"]["32"]["at_once"] <= 32


def test_one_stage_can_be_run_again(checked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "again"
    shutil.copytree(checked, folder)
    before = json.loads((folder / "results.json").read_text())["stages"]
    assert main(["--out", str(folder), "--device", "sim:t4", "--only", "predict", *SMALL]) == 0
    after = json.loads((folder / "results.json").read_text())["stages"]
    assert after["cells"] == before["cells"]
    assert after["predict"]["data"] == before["predict"]["data"]
    assert [line.split()[1] for line in capsys.readouterr().out.splitlines()[1:]] == ["predict"]


def test_another_device_does_not_inherit_results(checked: Path, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    shutil.copytree(checked, folder)
    assert main(["--out", str(folder), "--device", "sim:p40", "--only", "facts", *SMALL]) == 0
    assert list(json.loads((folder / "results.json").read_text())["stages"]) == ["facts"]
    assert not (folder / "gpu.toml").exists()


def test_it_does_without_every_package_it_does_not_need(tmp_path: Path) -> None:
    options = ["--device", "sim:t4", "--inside", "60", "--networks", "googlenet", "--batches", "1", "--repeats", "1"]
    for stage in ("facts", "cells", "measures", "calibrate", "predict"):
        result = run([sys.executable, "-c", WITHOUT, "--out", tmp_path, "--only", stage, *options])
        assert result.returncode == 0, result.stderr
    sections = json.loads((tmp_path / "results.json").read_text())["stages"]
    assert {name: section["status"] for name, section in sections.items()} == dict.fromkeys(sections, "passed")


def test_without_a_gpu_it_says_so_and_exits_4(tmp_path: Path) -> None:
    folder = tmp_path / "never"
    result = run(
        ["make", "-s", "gpu-check", f"PYTHON={sys.executable}", f"OUT={folder}"], env={"CUDA_VISIBLE_DEVICES": ""}
    )
    assert "gpu-check: " in result.stderr
    assert "Error 4" in result.stderr
    assert not folder.exists()
    assert (ROOT / "Makefile").read_text().count("gpu-check:") == 1


@pytest.mark.parametrize(
    "arguments,message",
    [
        (["--only", "cell"], "Did you mean cells"),
        (["--networks", "alexnet"], "alexnet"),
        (["--batches", "0"], "--batches"),
        (["--repeats", "many"], "--repeats"),
        (["--device", "sim:t5"], "t5"),
    ],
)
def test_wrong_use_is_told(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [
        "--out",
        str(tmp_path / "out"),
        *(["--device", "sim:t4"] if "--device" not in arguments else []),
        *arguments,
    ]
    assert main(given) == 2
    assert message in capsys.readouterr().err


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    assert main(["--out", str(tmp_path / "file" / "out"), "--device", "sim:t4"]) == 5
    assert "cannot be made" in capsys.readouterr().err
