"""``run``, ``compare``, ``sweep``, ``analyze`` and ``render`` as a person uses them, in this process."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.cli.conftest import GOOD, TOY, Say

SCENARIO_KEYS = [
    "workload", "precision", "input", "batch", "strategy", "base", "streams", "chunks", "buffers", "memory", "requests",
    "issue_threads", "samples", "device", "simulated", "seed", "repeats", "repeat", "resolution_ns", "timing_source",
    "instrumentation_factor", "throughput_per_s", "makespan_ns", "network_latency_ns", "hardware_latency_ns",
    "enqueue_ns", "overlap", "bounds", "causes",
]  # fmt: skip
OVERLAP_KEYS = [
    "span_ns", "compute_ns", "copy_ns", "htod_ns", "dtoh_ns", "hidden_ns", "exposed_ns", "covered_ns",
    "hidden_fraction", "duplex_ns", "idle_ns", "mapped_bytes", "mapped_ns",
]  # fmt: skip


def test_run_json_has_the_documented_keys_and_exact_figures(say: Say, toy: str, ideal: str) -> None:
    code, out, _ = say("run", toy, "--batch", "8", "--strategy", "three-stream", "--device", ideal, "--json")
    row = json.loads(out)
    assert code == 0
    assert list(row) == SCENARIO_KEYS
    assert list(row["overlap"]) == OVERLAP_KEYS
    # 10 us in, 20 us compute, 10 us out, for each of 8 chunks: a + b + c + 7 * max(a, b, c)
    assert row["makespan_ns"] == 10_000 + 20_000 + 10_000 + 7 * 20_000
    assert row["overlap"]["copy_ns"] == 2 * 80_000 - row["overlap"]["duplex_ns"]
    assert row["overlap"]["exposed_ns"] == 20_000
    assert row["causes"] == {"fill-or-drain": 20_000}
    assert row["bounds"] == {"serial_ns": 320_000, "overlap_ns": 180_000, "achieved": 1.0}


def test_run_prints_figures_timeline_causes_and_sentences(say: Say, toy: str, ideal: str) -> None:
    code, out, err = say("run", toy, "--batch", "8", "--device", ideal)
    assert code == 0
    assert "toy fp32, batch 8: serial" in out
    assert "throughput" in out
    assert "HtoD" in out
    assert "Exposed copy time by cause" in out
    assert "none of the 160.0 µs of copies runs under a kernel" in out
    assert all(line.startswith("lanescope: note:") for line in err.splitlines())


def test_auto_says_plainly_that_it_simulates_and_which_gpu(say: Say, toy: str) -> None:
    code, out, err = say("run", toy)
    assert code == 0
    assert "simulate" in err
    assert "h100-sxm" in err + out


@pytest.mark.parametrize("name", ["run.parquet", "run.json", "run.json.gz"])
def test_a_saved_trace_is_analysed_to_the_same_figures(say: Say, toy: str, ideal: str, name: str) -> None:
    _, out, err = say("run", toy, "--batch", "8", "--strategy", "depth-first", "--device", ideal, "-o", name, "--json")
    row = json.loads(out)
    assert err == ""
    code, out, _ = say("analyze", name, "--json")
    result = json.loads(out)
    (device,) = result["devices"]
    assert code == 0
    assert result["file"] == name
    for key in ("span_ns", "compute_ns", "copy_ns", "hidden_ns", "exposed_ns", "duplex_ns", "idle_ns"):
        assert device[key] == row["overlap"][key], key
    assert (device["kernels"], device["htod"], device["dtoh"]) == (8, 8, 8)


def test_all_repeats_are_saved_when_asked_for(say: Say, toy: str, ideal: str) -> None:
    say("run", toy, "--device", ideal, "--repeats", "3", "--all-repeats", "-o", "all.parquet")
    _, out, _ = say("analyze", "all.parquet", "--json")
    assert json.loads(out)["devices"][0]["kernels"] == 3


def test_compare_ranks_and_says_what_the_figures_mean(say: Say, toy: str, ideal: str) -> None:
    code, out, _ = say("compare", toy, "--batch", "1,8", "--device", ideal, "--json")
    result = json.loads(out)
    assert code == 0
    assert len(result["scenarios"]) == 14
    assert [list(row) for row in result["scenarios"]] == [SCENARIO_KEYS] * 14
    best = result["ranking"][1]["order"][0]
    assert best["strategy"] in ("in-flight", "depth-first", "breadth-first", "three-stream", "graph")
    # zero-copy has no copies to fill and drain the pipeline with, so its bound is the compute alone
    assert result["best_overlap_ns"][1]["best_overlap_ns"] == 160_000
    code, text, _ = say("compare", toy, "--batch", "1,8", "--device", ideal)
    assert code == 0
    assert "toy fp32, batch 8" in text
    assert all(name in text for name in ("serial", "in-flight", "zero-copy"))


@pytest.mark.parametrize("ending", ["json", "md", "csv", "svg"])
def test_a_comparison_is_saved_in_the_kind_its_name_says(say: Say, toy: str, ideal: str, ending: str) -> None:
    path = Path(f"out.{ending}")
    code, _, _ = say(
        "compare", toy, "--batch", "8", "--strategy", "serial,depth-first", "--device", ideal, "-o", str(path)
    )
    text = path.read_text()
    assert code == 0
    if ending == "json":
        assert len(json.loads(text)["scenarios"]) == 2
    elif ending == "md":
        assert "| depth-first |" in text
    elif ending == "csv":
        assert [row["strategy"] for row in csv.DictReader(text.splitlines())] == ["serial", "depth-first"]
    else:
        assert ElementTree.fromstring(text).tag.endswith("svg")


def test_a_gate_that_holds_exits_1_and_names_the_scenario(say: Say, toy: str, ideal: str) -> None:
    args = ("compare", toy, "--batch", "8", "--strategy", "serial,depth-first", "--device", ideal)
    code, _, err = say(*args, "--fail-if", "hidden_fraction < 0.5")
    assert code == 1
    assert "serial" in err
    assert "1 of 2" in err
    assert say(*args, "--fail-if", "hidden_fraction > 1")[0] == 0


def test_traces_are_set_side_by_side(say: Say, toy: str, ideal: str) -> None:
    for strategy in ("serial", "depth-first"):
        say("run", toy, "--batch", "8", "--strategy", strategy, "--device", ideal, "-o", f"{strategy}.parquet")
    code, out, _ = say("compare", "serial.parquet", "depth-first.parquet")
    assert code == 0
    assert "serial.parquet" in out
    assert "depth-first.parquet" in out
    code, _, err = say("compare", "serial.parquet", "depth-first.parquet", "--fail-if", "hidden_ns == 0")
    assert code == 1
    assert "serial.parquet" in err


def test_sweep_prints_rows_and_the_crossover_and_saves_tables(say: Say, toy: str, ideal: str) -> None:
    code, out, _ = say("sweep", toy, "--batch", "1,4,16", "--device", ideal, "-o", "table.csv")
    assert code == 0
    assert "is hidden from batch" in out
    assert "not below serial's" in out
    with Path("table.csv").open() as file:
        rows = [(row["batch"], row["strategy"]) for row in csv.DictReader(file)]
    assert rows == [(batch, strategy) for batch in ("1", "4", "16") for strategy in ("serial", "depth-first")]
    args = ("sweep", toy, "--batch", "1,4", "--strategy", "three-stream", "--device", ideal)
    code, out, _ = say(*args, "-o", "table.parquet", "--json")
    assert code == 0
    assert [row["batch"] for row in json.loads(out)] == [1, 4]
    import pyarrow.parquet as pq

    assert pq.read_table("table.parquet").column("batch").to_pylist() == [1, 4]


def test_analyze_takes_windows_groups_and_several_files(say: Say, toy: str, ideal: str) -> None:
    say("run", toy, "--batch", "8", "--strategy", "depth-first", "--device", ideal, "-o", "a.parquet")
    _, whole, _ = say("analyze", "a.parquet", "--json")
    parts = [json.loads(say("analyze", "a.parquet", "--json", "--window", w)[1]) for w in (":50us", "50us:")]
    total = json.loads(whole)["devices"][0]
    for key in ("compute_ns", "copy_ns", "hidden_ns", "exposed_ns"):
        assert sum(part["devices"][0][key] for part in parts) == total[key], key
    _, out, _ = say("analyze", "a.parquet", "--by", "name", "--json")
    groups = {group["key"]: group for group in json.loads(out)["devices"][0]["groups"]}
    assert groups["stage"]["count"] == 8
    assert groups["stage"]["sum_ns"] == 160_000
    _, out, _ = say("analyze", "a.parquet", "a.parquet", "--json")
    assert len(json.loads(out)) == 2
    code, out, _ = say("analyze", "a.parquet", "--by", "engine")
    assert code == 0
    assert "hidden under kernels" in out


def test_a_trace_without_gpu_activity_is_valid_and_says_so(say: Say, tmp_path: Path) -> None:
    (tmp_path / "cpu.json").write_text(
        '{"traceEvents":[{"ph":"X","name":"f","cat":"cpu_op","pid":1,"tid":1,"ts":1,"dur":2}]}'
    )
    code, out, _ = say("analyze", "cpu.json")
    assert code == 0
    assert "no GPU activity" in out
    assert json.loads(say("analyze", "cpu.json", "--json")[1])["devices"] == []


def test_render_draws_one_or_more_traces(say: Say, toy: str, ideal: str) -> None:
    say("run", toy, "--batch", "8", "--device", ideal, "-o", "a.parquet")
    for args in (("a.parquet",), ("a.parquet", "a.parquet", "--theme", "dark", "--window", "10us:90us")):
        code, _, _ = say("render", *args, "-o", "out.svg")
        assert code == 0
        assert ElementTree.fromstring(Path("out.svg").read_text()).tag.endswith("svg")


def test_a_scale_makes_the_whole_picture_larger(say: Say, toy: str, ideal: str) -> None:
    say("run", toy, "--device", ideal, "-o", "a.parquet")
    sizes = []
    for scale in ("1", "2", "0.5"):
        assert say("render", "a.parquet", "-o", "out.svg", "--width", "600", "--scale", scale)[0] == 0
        root = ElementTree.parse("out.svg").getroot()
        assert root.get("viewBox").split()[2] == "600"
        sizes.append((float(root.get("width")), float(root.get("height"))))
    assert [width for width, _ in sizes] == [600, 1200, 300]
    assert sizes[1][1] == pytest.approx(2 * sizes[0][1], abs=8)


def test_a_batch_that_does_not_divide_makes_a_smaller_last_chunk(say: Say, toy: str, ideal: str) -> None:
    code, out, _ = say(
        "run", toy, "--batch", "10", "--chunks", "4", "--strategy", "depth-first", "--device", ideal, "-o", "a.parquet",
        "--json",
    )  # fmt: skip
    assert code == 0
    assert json.loads(out)["chunks"] == 4
    _, out, _ = say("analyze", "a.parquet", "--by", "name", "--json")
    groups = {group["key"]: group for group in json.loads(out)["devices"][0]["groups"]}
    assert (groups["stage"]["min_ns"], groups["stage"]["max_ns"]) == (20_000, 60_000)


def test_what_is_whole_of_a_cut_off_trace_is_read_when_asked_for(say: Say, tmp_path: Path) -> None:
    (tmp_path / "half.json").write_text(GOOD[:-2] + ',{"ph":"X","na')
    code, out, _ = say("analyze", "half.json", "--partial", "--json")
    assert code == 0
    result = json.loads(out)
    assert result["devices"][0]["kernels"] == 1
    assert ("cut_off", "data_loss") in {(row["name"], row["severity"]) for row in result["stats"]}
    assert say("convert", "half.json", "whole.json", "--partial")[0] == 0
    code, out, _ = say("analyze", "whole.json", "--json")
    assert code == 0
    assert any(row["name"] == "cut_off" for row in json.loads(out)["stats"])


@pytest.mark.parametrize(
    "verb",
    [["query", "half.json", "select count(*) as n from kernels"], ["diff", "half.json", "whole.json"],
     ["compare", "half.json", "whole.json"]],
)  # fmt: skip
def test_every_verb_that_reads_traces_takes_what_is_whole_of_them(say: Say, tmp_path: Path, verb: list[str]) -> None:
    (tmp_path / "whole.json").write_text(GOOD)
    (tmp_path / "half.json").write_text(GOOD[:-2] + ',{"ph":"X","na')
    code, _, err = say(*verb)
    assert code == 3
    assert "--partial" in err
    code, out, _ = say(*verb, "--partial", "--json")
    assert code == 0
    found = json.loads(out)
    if verb[0] == "query":
        assert found == [{"n": 1}]
    elif verb[0] == "diff":
        assert (found["matched"], found["only_a"], found["only_b"]) == (1, 0, 0)
    else:
        assert [trace["devices"][0]["kernels"] for trace in found["traces"]] == [1, 1]


def test_a_workload_that_takes_no_time_is_compared_all_the_same(say: Say, tmp_path: Path, ideal: str) -> None:
    text = TOY.replace("250000", "0").replace("20.0", "0.0")
    (tmp_path / "nothing.toml").write_text(text)
    assert say("compare", "nothing.toml", "--device", ideal)[0] == 0


@pytest.mark.parametrize("verb", ["compare", "sweep"])
def test_what_was_finished_before_an_interruption_is_kept(
    say: Say, toy: str, ideal: str, verb: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from profiler.devices.sim.device import SimDevice

    runs = []
    execute = SimDevice.execute

    def interrupted(self: SimDevice, *args: object, **options: object) -> object:
        runs.append(1)
        if len(runs) == 3:
            raise KeyboardInterrupt
        return execute(self, *args, **options)

    monkeypatch.setattr(SimDevice, "execute", interrupted)
    args = (verb, toy, "--batch", "1,2,4", "--strategy", "serial", "--device", ideal, "-o", "kept.csv")
    code, out, _ = say(*args)
    assert code == 130
    assert "serial" in out
    assert [row["batch"] for row in csv.DictReader(Path("kept.csv").read_text().splitlines())] == ["1", "2"]
