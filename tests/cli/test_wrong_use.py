"""Wrong use of every verb: one message with the place and the remedy, the exit code of its kind, no file left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import GOOD, TOY, Say


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["run", "resnet5"], 2, "resnet50"),
        (["run", "resnet50", "--strategy", "srial"], 2, "serial"),
        (["run", "resnet50", "--precision", "int4"], 2, "int8"),
        (["run", "resnet50", "--device", "sim:h200x"], 2, "h100-sxm"),
        (["run", "resnet50", "--device", "tpu:0"], 2, "sim:"),
        (["run", "resnet50", "--device", "sim:none.toml"], 2, "none.toml"),
        (["run", "resnet50", "--batch", "0"], 2, "--batch"),
        (["run", "resnet50", "--batch", "-3"], 2, "--batch"),
        (["run", "resnet50", "--batch", "99999999999"], 2, "--batch"),
        (["run", "resnet50", "--batch", "two"], 2, "--batch"),
        (["run", "resnet50", "--streams", "0"], 2, "--streams"),
        (["run", "resnet50", "--strategy", "in-flight", "--requests", "1"], 2, "requests"),
        (["run", "resnet50", "--strategy", "graph", "--memory", "pageable"], 2, "pageable"),
        (["run", "sum-int32", "--precision", "int8"], 2, "precision"),
        (["run", "no.toml"], 2, "no.toml"),
        (["run", "no_such_module:build"], 2, "no_such_module"),
        (["run", "."], 2, "directory"),
        (["compare", "resnet50", "--fail-if", "import os"], 2, "--fail-if"),
        (["compare", "resnet50", "--batch", "1", "--strategy", "serial", "-o", "x.bmp"], 2, "x.bmp"),
        (["sweep", "resnet50", "-o", "x.json"], 2, ".csv"),
        (["sweep", "resnet50", "--executor", "slurm"], 2, "local"),
        (["analyze", "missing.json"], 2, "missing.json"),
        (["analyze", "."], 2, "directory"),
        (["analyze", "empty.json"], 3, "empty"),
        (["analyze", "cut.json.gz"], 3, "cut.json.gz"),
        (["analyze", "text.json"], 3, "text.json"),
        (["analyze", "half.json"], 3, "--partial"),
        (["compare", "resnet50", "--partial"], 2, "--partial"),
        (["analyze", "name.json.gz"], 3, "compressed"),
        (["analyze", ""], 2, "empty"),
        (["compare", "good.json", "resnet50"], 2, "not both"),
        (["compare", "good.json", "good.json", "--batch", "4"], 2, "--batch: this is how a workload is run"),
        (["compare", "good.json", "good.json", "--gate"], 2, "--gate: this is how a workload is run"),
        (["compare", "good.json", "half.json", "-o", "x.csv"], 2, "'x.csv' names no kind"),
        (["run", "gemm", "--all-repeats"], 2, "--all-repeats: repeats are kept in a trace"),
        (["compare", "gemm", "--all-repeats", "-o", "x.json"], 2, "--all-repeats: repeats are kept in a trace"),
        (["sweep", "gemm", "--all-repeats", "-o", "x.csv"], 2, "--all-repeats: repeats are kept in a trace"),
        (["view", "--screenshot", ""], 2, "--screenshot: the file name is empty"),
        (["view", "--state", ""], 2, "--state: the file name is empty"),
        (
            ["compare", "resnet50", "--batch", "1", "--strategy", "serial", "--json", "--fail-if", "nosuch > 1"],
            2,
            "nosuch",
        ),
        (["run", "sum-int8", "--strategy", "in-flight", "--requests", "100000", "--streams", "100000"], 2, "--streams"),
        (["run", "sum-int8", "--strategy", "depth-first", "--batch", "100000", "--chunks", "100000"], 2, "--chunks"),
        (["analyze", "good.json", "--by", "colour"], 2, "--by"),
        (["analyze", "good.json", "--window", "5:1"], 2, "window"),
        (["analyze", "good.json", "--communication", "("], 2, "communication"),
        (["render", "good.json", "-o", "x.bmp"], 2, ".svg"),
        (["render", "good.json", "-o", "no/such/x.svg"], 5, "x.svg"),
        (["run", "sum-int32", "-o", "no/such/x.parquet"], 5, "x.parquet"),
        (["run", "sum-int32", "-o", "x.foo"], 2, "which format"),
        (["compare", "sum-int32", "-o", "no/such/x.json"], 5, "no folder 'no/such'"),
        (["sweep", "sum-int32", "-o", "no/such/x.csv"], 5, "no folder 'no/such'"),
        (["view", "--state", "no/such/x.json"], 5, "no folder 'no/such'"),
    ],
)
def test_wrong_use_is_one_message_with_the_place_and_no_file_left(
    say: Say, tmp_path: Path, args: list[str], code: int, words: str
) -> None:
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "text.json").write_text("this is no trace\n" * 3)
    (tmp_path / "cut.json.gz").write_bytes(b"\x1f\x8b\x08\x00nonsense")
    (tmp_path / "name.json.gz").write_text("not compressed at all")
    (tmp_path / "half.json").write_text(GOOD[:-2] + ',{"ph":"X","na')
    (tmp_path / "good.json").write_text(GOOD)
    before = sorted(tmp_path.iterdir())
    found, out, err = say(*args)
    assert (found, out) == (code, "")
    lines = [line for line in err.splitlines() if not line.startswith("lanescope: note:")]
    assert len(lines) == 1
    assert lines[0].startswith("lanescope: error: ")
    assert words in lines[0]
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (("run", "sum-int32"), "x.parquet"),
        (("compare", "sum-int32", "--batch", "1", "--strategy", "serial"), "x.json"),
        (("sweep", "sum-int32", "--batch", "1", "--strategy", "serial"), "x.csv"),
    ],
)
def test_results_are_printed_also_where_the_file_cannot_be_written(
    say: Say, tmp_path: Path, args: tuple[str, ...], name: str
) -> None:
    (tmp_path / name).mkdir()
    code, out, err = say(*args, "-o", name, "--json")
    assert (code, name in err) == (5, True)
    found = json.loads(out)
    row = found[0] if args[0] == "sweep" else found.get("scenarios", [found])[0]
    assert row["workload"] == "sum-int32"


def test_a_misspelt_key_of_a_workload_or_gpu_file_is_named(say: Say, tmp_path: Path, toy: str, ideal: str) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(TOY.replace("input_bytes", "input_byts"))
    code, _, err = say("run", str(bad))
    assert code == 2
    assert "input_byts" in err
    assert "input_bytes" in err
    gpu = tmp_path / "gpu.toml"
    gpu.write_text(Path(ideal.removeprefix("sim:")).read_text().replace("sm_count = 100", ""))
    code, _, err = say("run", toy, "--device", f"sim:{gpu}")
    assert code == 2
    assert "sm_count" in err
