"""Every Chrome and Kineto file of others gives exactly the figures that two independent programs found in it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from profiler.io import chrome, parquet, read_trace
from profiler.trace.schema import COLUMNS, Category, MemcpyKind, MemoryKind, TrackKind
from profiler.trace.select import copies, devices, kernels, launches, memsets, of_category, stream_count, work
from profiler.trace.tables import Trace
from profiler.trace.validate import validate

KINETO = [
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "hta-a100-trace_diff-control.json.gz",
    "hta-sampled_rank-0.json.gz",
    "hta-a100-event_sync_multi_stream.json.gz",
    "tracelens-b200-eager_trace.json.gz",
    "tracelens-mi300-resnet_act_checkpoint.json.gz",
]
NSIGHTFUL = "nsightful-t4-power_iteration.chrome.json"
_KINDS = {"HtoD": MemcpyKind.HTOD, "DtoH": MemcpyKind.DTOH, "DtoD": MemcpyKind.DTOD}

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def loaded(third_party_trace: Find) -> Callable[[str], Trace]:
    """Traces by file name, each read once."""
    known: dict[str, Trace] = {}

    def load(name: str) -> Trace:
        if name not in known:
            known[name] = read_trace(third_party_trace(name))
        return known[name]

    return load


@pytest.mark.parametrize("name", KINETO)
def test_figures(name: str, loaded: Callable[[str], Trace], facts: dict[str, Any]) -> None:
    trace, known = loaded(name), facts[name]["facts"]
    rows = work(trace)
    found = {
        "events": trace.meta["events"],
        "cats": {key if key[2:] else f"{key}None": count for key, count in trace.meta["event_kinds"].items()},
        "kernels": len(kernels(trace)),
        "memcpy_kinds": {key: len(copies(trace, kind)) for key, kind in _KINDS.items() if len(copies(trace, kind))},
        "memsets": len(memsets(trace)),
        "kernel_time_sum_ns": int(trace.dur[kernels(trace)].sum()),
        "hd_sum_ns": int(trace.dur[copies(trace, MemcpyKind.HTOD, MemcpyKind.DTOH)].sum()),
        "HtoD_sum_ns": int(trace.dur[copies(trace, MemcpyKind.HTOD)].sum()),
        "DtoH_sum_ns": int(trace.dur[copies(trace, MemcpyKind.DTOH)].sum()),
        "gpu_first_ns": int(trace.ts[rows].min()),
        "gpu_span_ns": int((trace.ts[rows] + trace.dur[rows]).max() - trace.ts[rows].min()),
        "gpu_streams": stream_count(trace, rows),
        "streams": sorted({f"{trace['device'][row]}:{trace['stream'][row]}" for row in rows.tolist()}),
        "devices": [str(number) for number in devices(trace)],
        "runtime_calls": len(of_category(trace, Category.RUNTIME, Category.DRIVER)),
        "nccl_kernels": communication(trace),
        "bytes_by_kind": bytes_by_kind(trace),
        "zero_or_neg_dur": int((trace.dur[rows] <= 0).sum()),
        "flow_events": sum(count for key, count in trace.meta["event_kinds"].items() if key[0] in "stf"),
    }
    wanted = {key: known.get(key, [] if key == "flow_events" else None) for key in found}
    assert found == wanted


def communication(trace: Trace) -> int:
    names = np.array(["nccl" in name.lower() or "rccl" in name.lower() for name in trace.names], np.bool_)
    return int(names[trace["name"][kernels(trace)]].sum())


def bytes_by_kind(trace: Trace) -> dict[str, int]:
    found = {}
    for key, kind in _KINDS.items():
        sizes = trace["size_bytes"][copies(trace, kind)]
        if len(sizes):
            found[key] = int(sizes[sizes >= 0].sum())
    return found


@pytest.mark.parametrize("name", [*KINETO, NSIGHTFUL])
def test_nothing_is_lost_or_wrong(name: str, loaded: Callable[[str], Trace]) -> None:
    trace = loaded(name)
    assert validate(trace) == []
    assert {row["severity"] for row in trace.stats.to_json()} <= {"info"}
    assert trace.meta["format"] == ("chrome" if name == NSIGHTFUL else "kineto")


def test_nsightful(loaded: Callable[[str], Trace], facts: dict[str, Any]) -> None:
    trace, known = loaded(NSIGHTFUL), facts[NSIGHTFUL]["facts"]
    assert trace.meta["events"] == known["events"]
    assert {key[2:]: count for key, count in trace.meta["event_kinds"].items()} == known["cats"]
    assert len(kernels(trace)) == known["kernels"]
    assert int(trace.dur[kernels(trace)].sum()) == known["kernel_time_sum_ns"]
    assert (devices(trace), stream_count(trace, work(trace))) == ([0], 1)


@pytest.mark.parametrize("name", KINETO)
def test_gpu_names(name: str, loaded: Callable[[str], Trace], facts: dict[str, Any]) -> None:
    named = facts[name]["facts"].get("gpus", [])
    gpus = loaded(name).meta.get("gpus", {})
    assert {entry["name"] for entry in gpus.values()} == set(named)
    assert not named or {str(number) for number in devices(loaded(name))} <= set(gpus)


def test_sync_records_make_no_stream(loaded: Callable[[str], Trace]) -> None:
    trace = loaded("hta-a100-event_sync_multi_stream.json.gz")
    waits = of_category(trace, Category.SYNC)
    assert len(waits) == 5
    assert {trace.tracks[number].kind for number in trace["track"][waits].tolist()} == {TrackKind.SYNC}


def test_base_time_is_kept_and_not_added(loaded: Callable[[str], Trace]) -> None:
    trace = loaded("tracelens-b200-eager_trace.json.gz")
    assert trace.meta["clock"] == {"base_ns": 1767189312000000000}
    assert trace.meta["resolution_ns"] == 1


@pytest.mark.parametrize("name", [KINETO[0], KINETO[1], KINETO[2], KINETO[3]])
def test_whole_microseconds_stay_whole(name: str, loaded: Callable[[str], Trace]) -> None:
    """As float64, microseconds since 1970 times 1000 are off by up to 128 ns."""
    trace = loaded(name)
    assert trace.meta["resolution_ns"] == 1000
    assert not (trace.ts % 1000).any()


def test_records_of_no_length_count(loaded: Callable[[str], Trace]) -> None:
    trace = loaded(KINETO[0])
    assert int((trace.dur[work(trace)] == 0).sum()) == 639


def test_pinned_copies_lie_on_a_side_stream(loaded: Callable[[str], Trace]) -> None:
    trace = loaded(KINETO[1])
    rows = copies(trace, MemcpyKind.HTOD, MemcpyKind.DTOH)
    pinned = rows[(trace["src_kind"][rows] == MemoryKind.PINNED) | (trace["dst_kind"][rows] == MemoryKind.PINNED)]
    assert np.bincount(trace["stream"][kernels(trace)]).argmax() == 7
    assert np.bincount(trace["stream"][pinned]).argmax() == 22


def test_copies_without_a_size(loaded: Callable[[str], Trace]) -> None:
    trace = loaded(KINETO[5])
    rows = of_category(trace, Category.MEMCPY)
    assert len(rows) == 550
    assert int((trace["size_bytes"][rows] >= 0).sum()) == 366
    assert set(trace["memcpy_kind"][rows].tolist()) == {MemcpyKind.DTOD}
    assert set(trace["stream"][rows].tolist()) == {0}
    assert any(trace.name_of(row).startswith("hip") for row in of_category(trace, Category.RUNTIME).tolist())


@pytest.mark.parametrize(
    ("name", "launched", "arrows"),
    [
        ("kineto-v100-resnet50-w0.pt.trace.json.gz", 9096, 9096),
        ("hta-a100-trace_diff-control.json.gz", 9450, 9450),
        ("hta-sampled_rank-0.json.gz", 1204, 0),
    ],
)
def test_launches(name: str, launched: int, arrows: int, loaded: Callable[[str], Trace]) -> None:
    trace = loaded(name)
    device, host = launches(trace)
    assert len(device) == launched == len(work(trace))
    assert (trace.ts[host] <= trace.ts[device]).all()
    assert len(trace.edges) == arrows
    if arrows:
        pairs = set(zip(host.tolist(), device.tolist(), strict=True))
        assert set(zip(trace.edges.source.tolist(), trace.edges.target.tolist(), strict=True)) == pairs


@pytest.mark.parametrize("name", [KINETO[0], KINETO[5], NSIGHTFUL])
@pytest.mark.parametrize("module", [chrome, parquet])
def test_converted_files_are_the_same_trace(
    name: str, module: Any, loaded: Callable[[str], Trace], tmp_path: Path
) -> None:
    trace = loaded(name)
    module.write(trace, tmp_path / "copy")
    back = read_trace(tmp_path / "copy")
    for column in COLUMNS:
        if column != "source_category":
            if column == "name":
                assert [back.names[number] for number in back[column]] == [
                    trace.names[number] for number in trace[column]
                ]
            else:
                assert (back[column] == trace[column]).all(), column
    assert back.tracks == trace.tracks
    assert (back.edges.source == trace.edges.source).all()
    assert trace.args is not None
    assert back.args is not None
    assert bytes(back.args.data) == bytes(trace.args.data)
