"""Small Chrome and Kineto files of our own, each named after its quirk, with the rows they must give."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from profiler.trace.schema import Category, MemcpyKind, MemoryKind
from profiler.trace.tables import Trace


@dataclass(frozen=True)
class Case:
    """One input and what must come of it; only the keys named in a row are compared."""

    name: str
    text: str
    rows: list[dict[str, Any]]
    stats: dict[str, int] = field(default_factory=dict)
    format: str = "chrome"
    edges: list[tuple[int, int]] = field(default_factory=list)
    counters: list[tuple[int, str, float]] = field(default_factory=list)
    meta: dict[str, Any] = field(default_factory=dict)


def row_of(trace: Trace, row: int) -> dict[str, Any]:
    """Everything a row says, in words."""
    track = trace.tracks[trace["track"][row]]
    source = int(trace["source_category"][row])
    return {
        "name": trace.name_of(row),
        "ts": int(trace.ts[row]),
        "dur": int(trace.dur[row]),
        "category": Category(int(trace.category[row])).name.lower(),
        "source": trace.names[source] if source >= 0 else None,
        "track": track.name,
        "track_kind": track.kind.name.lower(),
        "pid": int(trace["pid"][row]),
        "tid": track.tid,
        "device": int(trace["device"][row]),
        "context": int(trace["context"][row]),
        "stream": int(trace["stream"][row]),
        "correlation": int(trace["correlation_id"][row]),
        "bytes": int(trace["size_bytes"][row]),
        "kind": MemcpyKind(int(trace["memcpy_kind"][row])).name.lower(),
        "from": MemoryKind(int(trace["src_kind"][row])).name.lower(),
        "to": MemoryKind(int(trace["dst_kind"][row])).name.lower(),
        "args": trace.args[row] if trace.args is not None else "",
    }


CASES = [
    Case(
        "kineto_2021_capitals_and_stream_in_thread_name",
        """{"schemaVersion": 1, "deviceProperties": [{"id": 0, "name": "Tesla V100"}], "traceEvents": [
        {"ph": "X", "cat": "Operator", "name": "aten::mm", "pid": 9, "tid": "9", "ts": 10, "dur": 30,
         "args": {"Device": 9, "External id": 4}},
        {"ph": "X", "cat": "Runtime", "name": "cudaLaunchKernel", "pid": 9, "tid": "9", "ts": 12, "dur": 3,
         "args": {"cbid": 211, "correlation": 5}},
        {"ph": "X", "cat": "Kernel", "name": "gemm", "pid": 0, "tid": "stream 7", "ts": 20, "dur": 0,
         "args": {"queued": 0, "device": 0, "context": 1, "stream": 7, "correlation": 5}},
        {"ph": "f", "id": 5, "pid": 0, "tid": "stream 7", "ts": 20, "cat": "async", "name": "launch", "bp": "e"},
        {"ph": "s", "id": 5, "pid": 9, "tid": 9, "ts": 12, "cat": "async", "name": "launch"},
        {"ph": "X", "cat": "Memcpy", "name": "Memcpy HtoD (Pageable -> Device)", "pid": 0, "tid": "stream 7",
         "ts": 21, "dur": 4, "args": {"device": 0, "context": 1, "stream": 7, "correlation": 6, "bytes": 4096}},
        {"ph": "X", "cat": "Memset", "name": "Memset (Device)", "pid": 0, "tid": "stream 7", "ts": 26, "dur": 1,
         "args": {"device": 0, "context": 1, "stream": 7, "correlation": 7, "bytes": 8}},
        {"name": "process_name", "ph": "M", "ts": 0, "pid": 9, "tid": 0, "args": {"name": "python"}},
        {"name": "thread_name", "ph": "M", "ts": 0, "pid": 9, "tid": "9", "args": {"name": "thread 9 (python)"}}]}""",
        [
            {"name": "aten::mm", "ts": 10_000, "dur": 30_000, "category": "marker", "source": "Operator", "pid": 9,
             "track": "thread 9 (python)", "track_kind": "thread", "args": '{"Device":9,"External id":4}'},
            {"name": "cudaLaunchKernel", "category": "runtime", "correlation": 5, "track": "thread 9 (python)",
             "args": '{"cbid":211}'},
            {"name": "gemm", "ts": 20_000, "dur": 0, "category": "kernel", "pid": 9, "device": 0, "context": 1,
             "stream": 7, "correlation": 5, "track": "stream 7", "track_kind": "stream", "args": '{"queued":0}'},
            {"category": "memcpy", "kind": "htod", "from": "pageable", "to": "device", "bytes": 4096},
            {"category": "memset", "bytes": 8, "stream": 7},
        ],
        format="kineto",
        edges=[(1, 2)],
        meta={"resolution_ns": 1000, "gpus": {"0": {"id": 0, "name": "Tesla V100"}}, "events": 9,
              "processes": {"9": {"name": "python"}}},
    ),
    Case(
        "kineto_2020_bare_list",
        """[{"ph": "X", "cat": "Kernel", "name": "k", "pid": 1, "tid": "stream 16", "ts": 1.5, "dur": 2,
             "args": {"device": 1, "context": 3, "stream": 16, "correlation": 1}},
            {"ph": "X", "cat": "Operator", "name": "op", "pid": 8, "tid": 8, "ts": 1, "dur": 9}]""",
        [{"category": "kernel", "device": 1, "stream": 16, "context": 3, "ts": 1500}, {"category": "marker"}],
        format="kineto",
        meta={"resolution_ns": 1},
    ),
    Case(
        "kineto_2024_sync_records_make_no_stream",
        """{"traceEvents": [
        {"ph": "X", "cat": "cuda_sync", "name": "Event Sync", "pid": 0, "tid": -1, "ts": 5, "dur": 4,
         "args": {"wait_on_stream": -1, "stream": -1, "correlation": 24, "device": 0, "context": 1}},
        {"ph": "X", "cat": "cuda_sync", "name": "Stream Wait Event", "pid": 0, "tid": 24, "ts": 5, "dur": 2,
         "args": {"stream": 24, "correlation": 25, "device": 0, "context": 1}},
        {"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 24, "ts": 8, "dur": 2,
         "args": {"device": 0, "context": 1, "stream": 24, "correlation": 26}}]}""",
        [
            {"category": "sync", "track_kind": "sync", "track": "device 0 waits", "stream": -1},
            {"category": "sync", "track_kind": "sync", "track": "stream 24 waits"},
            {"category": "kernel", "track_kind": "stream", "track": "stream 24"},
        ],
    ),
    Case(
        "kineto_projected_annotation_is_no_work",
        """{"traceEvents": [
        {"ph": "X", "cat": "gpu_user_annotation", "name": "step", "pid": 2, "tid": 0, "ts": 1, "dur": 9},
        {"ph": "X", "cat": "kernel", "name": "k", "pid": 2, "tid": 0, "ts": 1, "dur": 9,
         "args": {"device": 2, "stream": 0, "correlation": 4, "kind": "Dispatch Kernel"}}]}""",
        [
            {"category": "marker", "track_kind": "nvtx", "device": 2, "stream": 0, "track": "stream 0 ranges"},
            {"category": "kernel", "track_kind": "stream", "context": -1, "args": '{"kind":"Dispatch Kernel"}'},
        ],
    ),
    Case(
        "rocm_hip_calls_are_runtime_and_copies_may_lack_bytes",
        """{"traceEvents": [
        {"ph": "X", "cat": "cuda_runtime", "name": "hipMemcpyWithStream", "pid": 5, "tid": 6, "ts": 1, "dur": 1,
         "args": {"correlation": 9}},
        {"ph": "X", "cat": "gpu_memcpy", "name": "Memcpy DtoD (Device -> Device)", "pid": 2, "tid": 0, "ts": 3,
         "dur": 1, "args": {"device": 2, "stream": 0, "correlation": 9, "kind": "DtoD"}},
        {"ph": "X", "cat": "gpu_memcpy", "name": "CopyBuffer", "pid": 2, "tid": 0, "ts": 5,
         "dur": 1, "args": {"device": 2, "stream": 0, "correlation": 10, "kind": "HtoD", "bytes": 12}}]}""",
        [
            {"category": "runtime", "pid": 5, "correlation": 9},
            {"category": "memcpy", "kind": "dtod", "bytes": -1, "pid": 5},
            {"category": "memcpy", "kind": "htod", "bytes": 12, "from": "unknown"},
        ],
        format="kineto",
    ),
    Case(
        "nsightful_kernels_are_called_cuda",
        """[{"name": "gemv", "ph": "X", "cat": "cuda", "ts": 15057.495, "dur": 1.312, "tid": "CUDA API 7",
             "pid": "Device 0", "args": {"NVTXRegions": [null]}},
            {"name": "cudaLaunchKernel", "ph": "X", "cat": "cuda_api", "ts": 15050.001, "dur": 2,
             "tid": "CUDA API 99", "pid": "Host 0", "args": {"correlationId": 3}},
            {"name": "solve", "ph": "X", "cat": "nvtx-kernel", "ts": 15057, "dur": 2, "tid": "NVTX 99",
             "pid": "Device 0", "args": {}},
            {"name": "solve", "ph": "X", "cat": "nvtx", "ts": 15000, "dur": 2, "tid": "NVTX 99", "pid": "Host 0"}]""",
        [
            {"category": "kernel", "ts": 15_057_495, "dur": 1312, "device": 0, "stream": 7, "track_kind": "stream"},
            {"category": "runtime", "track_kind": "thread", "device": -1, "stream": -1},
            {"category": "marker", "track_kind": "nvtx", "device": 0, "stream": -1},
            {"category": "marker", "track_kind": "nvtx", "device": -1},
        ],
    ),
    Case(
        "times_in_every_notation",
        """{"traceEvents": [
        {"ph": "X", "cat": "a", "name": "whole", "ts": 1682725898236567, "dur": 68.0},
        {"ph": "X", "cat": "a", "name": "one decimal", "ts": 1365627949869.7, "dur": 1.6},
        {"ph": "X", "cat": "a", "name": "three decimals", "ts": 3743411222894.405, "dur": 3.679},
        {"ph": "X", "cat": "a", "name": "epoch with ns", "ts": 1623143093549984.123, "dur": 0.001},
        {"ph": "X", "cat": "a", "name": "in quotes", "ts": "12.5", "dur": "3"},
        {"ph": "X", "cat": "a", "name": "exponents", "ts": 1.2345e3, "dur": 5E-1},
        {"ph": "X", "cat": "a", "name": "negative", "ts": -1.5, "dur": 2},
        {"ph": "X", "cat": "a", "name": "half to even", "ts": 0.0005, "dur": 0.0015}]}""",
        [
            {"ts": 1_682_725_898_236_567_000, "dur": 68_000},
            {"ts": 1_365_627_949_869_700, "dur": 1600},
            {"ts": 3_743_411_222_894_405, "dur": 3679},
            {"ts": 1_623_143_093_549_984_123, "dur": 1},
            {"ts": 12_500, "dur": 3000},
            {"ts": 1_234_500, "dur": 500},
            {"ts": -1500, "dur": 2000},
            {"ts": 0, "dur": 2},
        ],
        {"sub_ns_rounded": 2},
    ),
    Case(
        "times_that_are_none_are_counted_and_kept_out",
        """{"traceEvents": [
        {"ph": "X", "cat": "a", "name": "kept", "ts": 1, "dur": 1},
        {"ph": "X", "cat": "a", "name": "no start", "dur": 1},
        {"ph": "X", "cat": "a", "name": "null", "ts": null, "dur": 1},
        {"ph": "X", "cat": "a", "name": "a word", "ts": "soon", "dur": 1},
        {"ph": "X", "cat": "a", "name": "huge", "ts": 1e400, "dur": 1},
        {"ph": "X", "cat": "a", "name": "beyond int64", "ts": 99999999999999999999, "dur": 1},
        {"ph": "X", "cat": "a", "name": "not a number", "ts": NaN, "dur": 1},
        {"ph": "X", "cat": "a", "name": "list", "ts": [1], "dur": 1}]}""",
        [{"name": "kept"}],
        {"chrome_bad_time": 7, "non_finite_number": 1},
    ),
    Case(
        "never_completed_and_negative_are_kept_and_counted",
        """{"traceEvents": [
        {"ph": "X", "cat": "kernel", "name": "never", "pid": 0, "tid": 7, "ts": 0, "dur": 0},
        {"ph": "X", "cat": "kernel", "name": "no length", "pid": 0, "tid": 7, "ts": 5},
        {"ph": "X", "cat": "kernel", "name": "backwards", "pid": 0, "tid": 7, "ts": 5, "dur": -2},
        {"ph": "X", "cat": "kernel", "name": "zero", "pid": 0, "tid": 7, "ts": 5, "dur": 0},
        {"ph": "X", "cat": "cpu_op", "name": "host at zero", "pid": 3, "tid": 3, "ts": 0, "dur": 0}]}""",
        [
            {"name": "never", "ts": 0, "dur": 0},
            {"name": "no length", "dur": -1},
            {"name": "backwards", "dur": -2000},
            {"name": "zero", "dur": 0},
            {"name": "host at zero", "dur": 0},
        ],
        {"never_completed": 2, "negative_duration": 1},
        format="kineto",
    ),
    Case(
        "begin_and_end_nest_on_a_thread",
        """[{"ph": "B", "name": "outer", "pid": 1, "tid": 1, "ts": 1, "args": {"a": 1}},
            {"ph": "B", "name": "inner", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "B", "name": "other", "pid": 1, "tid": 2, "ts": 2},
            {"ph": "E", "pid": 1, "tid": 1, "ts": 3},
            {"ph": "E", "name": "outer", "pid": 1, "tid": 1, "ts": 9, "args": {"result": 2}},
            {"ph": "E", "pid": 1, "tid": 1, "ts": 10},
            {"ph": "E", "pid": 1, "tid": 2, "ts": 5}]""",
        [
            {"name": "outer", "ts": 1000, "dur": 8000, "args": '{"a":1}'},
            {"name": "inner", "dur": 1000},
            {"name": "other", "dur": 3000, "tid": 2},
        ],
        {"chrome_unmatched_end": 1, "chrome_args_dropped": 1},
    ),
    Case(
        "begin_and_end_out_of_order_in_the_file",
        """[{"ph": "E", "pid": 1, "tid": 1, "ts": 9}, {"ph": "B", "name": "late", "pid": 1, "tid": 1, "ts": 4},
            {"ph": "B", "name": "open", "pid": 1, "tid": 1, "ts": 20}]""",
        [{"name": "late", "dur": 5000}, {"name": "open", "dur": -1}],
        {"never_completed": 1},
    ),
    Case(
        "async_pairs_join_by_id_and_overlap",
        """[{"ph": "b", "cat": "io", "id": "0x1", "name": "a", "pid": 1, "tid": 1, "ts": 1},
            {"ph": "b", "cat": "io", "id": "0x2", "name": "b", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "n", "cat": "io", "id": "0x1", "name": "half", "pid": 1, "tid": 1, "ts": 3},
            {"ph": "e", "cat": "io", "id": "0x1", "name": "a", "pid": 1, "tid": 9, "ts": 4},
            {"ph": "e", "cat": "io", "id": "0x2", "name": "b", "pid": 1, "tid": 1, "ts": 6},
            {"ph": "b", "cat": "io", "id2": {"local": "0x1"}, "name": "c", "pid": 1, "tid": 1, "ts": 7},
            {"ph": "e", "cat": "io", "id2": {"local": "0x1"}, "name": "c", "pid": 2, "tid": 1, "ts": 8}]""",
        [
            {"name": "a", "dur": 3000, "track_kind": "other"},
            {"name": "b", "dur": 4000},
            {"name": "half", "dur": 0},
            {"name": "c", "dur": -1},
        ],
        {"never_completed": 1, "chrome_unmatched_end": 1},
    ),
    Case(
        "instants_of_every_age",
        """[{"ph": "i", "name": "new", "s": "t", "pid": 1, "tid": 1, "ts": 1},
            {"ph": "I", "name": "old", "s": "g", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "R", "name": "mark", "pid": 1, "tid": 1, "ts": 3}]""",
        [{"name": "new", "dur": 0}, {"name": "old", "dur": 0}, {"name": "mark", "dur": 0, "category": "marker"}],
    ),
    Case(
        "counters_become_samples",
        """[{"ph": "X", "name": "x", "pid": 1, "tid": 1, "ts": 0, "dur": 1},
            {"ph": "C", "name": "memory", "pid": 1, "ts": 1, "args": {"used": 5, "free": 2.5}},
            {"ph": "C", "name": "memory", "pid": 1, "ts": 2, "args": {"used": "6"}},
            {"ph": "C", "name": "bytes", "pid": 1, "ts": 2, "args": {"bytes": 7, "device": null}}]""",
        [{"name": "x"}],
        {"bad_counter_value": 1},
        counters=[
            (1000, "memory used", 5.0), (1000, "memory free", 2.5), (2000, "memory used", 6.0), (2000, "bytes", 7.0),
        ],
    ),
    Case(
        "flows_bind_by_time",
        """[{"ph": "X", "name": "outer", "pid": 1, "tid": 1, "ts": 0, "dur": 100},
            {"ph": "X", "name": "inner", "pid": 1, "tid": 1, "ts": 10, "dur": 10},
            {"ph": "X", "name": "sibling", "pid": 1, "tid": 1, "ts": 30, "dur": 10},
            {"ph": "X", "name": "target", "pid": 1, "tid": 2, "ts": 50, "dur": 10},
            {"ph": "X", "name": "later", "pid": 1, "tid": 2, "ts": 70, "dur": 10},
            {"ph": "s", "cat": "f", "name": "f", "id": 1, "pid": 1, "tid": 1, "ts": 15},
            {"ph": "f", "cat": "f", "name": "f", "id": 1, "pid": 1, "tid": 2, "ts": 55, "bp": "e"},
            {"ph": "s", "cat": "f", "name": "f", "id": 2, "pid": 1, "tid": 1, "ts": 45},
            {"ph": "t", "cat": "f", "name": "f", "id": 2, "pid": 1, "tid": 2, "ts": 55},
            {"ph": "f", "cat": "f", "name": "f", "id": 2, "pid": 1, "tid": 2, "ts": 65},
            {"ph": "f", "cat": "f", "name": "f", "id": 3, "pid": 1, "tid": 2, "ts": 55},
            {"ph": "s", "cat": "f", "name": "f", "id": 4, "pid": 1, "tid": 1, "ts": 500},
            {"ph": "f", "cat": "f", "name": "f", "id": 4, "pid": 1, "tid": 2, "ts": 501, "bp": "e"},
            {"ph": "s", "cat": "other", "name": "f", "id": 3, "pid": 1, "tid": 1, "ts": 1}]""",
        [{"name": "outer"}, {"name": "inner"}, {"name": "sibling"}, {"name": "target"}, {"name": "later"}],
        {"chrome_flow_without_start": 1, "chrome_unbound_flow": 1},
        edges=[(1, 3), (0, 3), (3, 4)],
    ),
    Case(
        "flows_on_threads_without_slices",
        """[{"ph": "s", "cat": "f", "id": 1, "pid": 1, "tid": 1, "ts": 15},
            {"ph": "f", "cat": "f", "id": 1, "pid": 1, "tid": 2, "ts": 55, "bp": "e"}]""",
        [],
        {"chrome_unbound_flow": 1},
    ),
    Case(
        "one_launch_starts_many_kernels",
        """{"traceEvents": [
        {"ph": "X", "cat": "cuda_runtime", "name": "cudaGraphLaunch", "pid": 4, "tid": 4, "ts": 1, "dur": 5,
         "args": {"correlation": 8}},
        {"ph": "X", "cat": "kernel", "name": "a", "pid": 0, "tid": 7, "ts": 9, "dur": 1,
         "args": {"device": 0, "stream": 7, "correlation": 8}},
        {"ph": "X", "cat": "kernel", "name": "b", "pid": 0, "tid": 7, "ts": 10, "dur": 1,
         "args": {"device": 0, "stream": 7, "correlation": 8}},
        {"ph": "s", "cat": "ac2g", "name": "ac2g", "id": 8, "pid": 4, "tid": 4, "ts": 1},
        {"ph": "f", "cat": "ac2g", "name": "ac2g", "id": 8, "pid": 0, "tid": 7, "ts": 9, "bp": "e"},
        {"ph": "f", "cat": "ac2g", "name": "ac2g", "id": 8, "pid": 0, "tid": 7, "ts": 10, "bp": "e"}]}""",
        [{"name": "cudaGraphLaunch"}, {"name": "a"}, {"name": "b"}],
        format="kineto",
        edges=[(0, 1), (0, 2)],
    ),
    Case(
        "two_processes_use_the_same_correlation_ids",
        """{"traceEvents": [
        {"ph": "X", "cat": "cuda_runtime", "name": "l", "pid": 4, "tid": 4, "ts": 1, "dur": 1,
         "args": {"correlation": 8}},
        {"ph": "X", "cat": "cuda_runtime", "name": "l", "pid": 5, "tid": 5, "ts": 1, "dur": 1,
         "args": {"correlation": 8}},
        {"ph": "X", "cat": "cuda_runtime", "name": "l", "pid": 5, "tid": 5, "ts": 3, "dur": 1,
         "args": {"correlation": 9}},
        {"ph": "X", "cat": "kernel", "name": "a", "pid": 0, "tid": 7, "ts": 9, "dur": 1,
         "args": {"device": 0, "stream": 7, "correlation": 8}},
        {"ph": "X", "cat": "kernel", "name": "b", "pid": 1, "tid": 7, "ts": 9, "dur": 1,
         "args": {"device": 1, "stream": 7, "correlation": 9}}]}""",
        [{}, {}, {}, {"name": "a", "pid": -1}, {"name": "b", "pid": 5}],
        {"process_unknown": 1},
        format="kineto",
    ),
    Case(
        "known_arguments_that_do_not_fit_stay_text",
        """[{"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
             "args": {"device": "gpu", "stream": 7.5, "correlation": 1e30, "bytes": [1], "context": "3"}},
            {"ph": "X", "cat": "kernel", "name": "k", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
             "args": {"device": 99999999999, "note": {"device": 4, "s": "a \\"stream\\": 5, b"}}}]""",
        [
            {"device": 0, "stream": 7, "correlation": -1, "bytes": -1, "context": 3,
             "args": '{"correlation":1e30,"device":"gpu","stream":7.5,"bytes":[1]}'},
            {"device": 0, "args": '{"note":{"device": 4, "s": "a \\"stream\\": 5, b"},"device":99999999999}'},
        ],
    ),
    Case(
        "fields_of_odd_types",
        """[{"ph": "X", "cat": 5, "name": 7, "pid": [1], "tid": true, "ts": 1, "dur": 1, "args": "text"},
            {"ph": "X", "cat": null, "name": null, "pid": null, "ts": 2, "dur": 1, "args": null},
            {"ph": "X", "name": "fine", "pid": 1.0, "tid": 2.0, "ts": 3, "dur": 1, "args": []}]""",
        [
            {"name": "7", "source": "5", "args": '{"args":"text"}'},
            {"name": "", "source": None, "args": ""},
            {"name": "fine", "tid": 2, "args": '{"args":[]}'},
        ],
    ),
    Case(
        "numbers_that_are_no_json",
        """{"traceEvents": [
        {"ph": "X", "cat": "kernel", "name": "nan in a name", "pid": 0, "tid": 7, "ts": 1, "dur": 1,
         "args": {"memory bandwidth (GB/s)": inf, "occupancy": -nan, "x": NaN, "y": -Infinity, "z": "inf, nan"}},
        {"ph": "X", "cat": "kernel", "name": "next", "pid": 0, "tid": 7, "ts": 3, "dur": 1}]}""",
        [
            {"name": "nan in a name",
             "args": '{"memory bandwidth (GB/s)":null,"occupancy":null,"x":null,"y":null,"z":"inf, nan"}'},
            {"name": "next"},
        ],
        {"non_finite_number": 4},
    ),
    Case(
        "strings_that_are_no_json",
        '[{"ph": "X", "name": "C:\\dir\tx", "pid": 1, "tid": 1, "ts": 1, "dur": 1},'
        ' {"ph": "X", "name": "half \\ud83d pair", "pid": 1, "tid": 1, "ts": 2, "dur": 1},'
        ' {"ph": "X", "name": "whole \\ud83d\\ude00", "pid": 1, "tid": 1, "ts": 3, "dur": 1}]',
        [{"name": "C:\\dir\tx"}, {"name": "half \ufffd pair"}, {"name": "whole \U0001f600"}],
        {"invalid_string": 2},
    ),
    Case(
        "brackets_and_commas_inside_strings",
        """[{"ph": "X", "name": "a}, {b", "pid": 1, "tid": 1, "ts": 1, "dur": 1, "args": {"t": "x\\"}, {\\\\"}},
            {"ph": "X", "name": "]}", "pid": 1, "tid": 1, "ts": 2, "dur": 1, "args": {"l": [{"a": 1}, {"b": 2}]}}]""",
        [{"name": "a}, {b"}, {"name": "]}", "args": '{"l":[{"a": 1}, {"b": 2}]}'}],
    ),
    Case(
        "unknown_phases_are_counted",
        """[{"ph": "N", "name": "o", "id": 1, "pid": 1, "tid": 1, "ts": 1},
            {"ph": "D", "name": "o", "id": 1, "pid": 1, "tid": 1, "ts": 2},
            {"ph": "P", "name": "sample", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "XX", "name": "odd", "pid": 1, "tid": 1, "ts": 2},
            {"name": "none", "pid": 1, "tid": 1, "ts": 2},
            {"ph": "M", "name": "process_uptime", "pid": 1, "args": {"s": 1}},
            {"ph": "X", "name": "kept", "pid": 1, "tid": 1, "ts": 2, "dur": 1}]""",
        [{"name": "kept"}],
        {"chrome_ignored_object": 2, "chrome_ignored_sample": 1, "chrome_ignored_phase": 2,
         "chrome_ignored_metadata": 1},
    ),
    Case(
        "list_without_its_bracket",
        '[\n{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n'
        '{"ph": "X", "name": "b", "pid": 1, "tid": 1, "ts": 2, "dur": 1},\n',
        [{"name": "a"}, {"name": "b"}],
        {"chrome_unclosed_array": 1},
    ),
    Case(
        "cut_within_an_event",
        '{"traceEvents": [{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n'
        '{"ph": "X", "name": "b", "pi',
        [{"name": "a"}],
        {"truncated": 1},
    ),
    Case(
        "cut_after_the_events",
        '{"traceEvents": [{"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1}], "traceName": "x',
        [{"name": "a"}],
        {"truncated": 1},
    ),
    Case(
        "byte_order_mark_trailing_comma_and_null",
        '\ufeff  [null, {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1},\n]\n',
        [{"name": "a"}],
        {"chrome_bad_event": 1},
    ),
    Case(
        "traceevents_inside_the_header_is_not_the_list",
        """{"otherData": {"traceEvents": [1, 2], "text": "\\"traceEvents\\": [3"}, "displayTimeUnit": "ms",
            "traceEvents" : [ {"ph": "X", "name": "a", "pid": 1, "tid": 1, "ts": 1, "dur": 1} ],
            "baseTimeNanoseconds": 1767189312000000000, "stackFrames": {"1": {"name": "f"}, "2": {"name": "g"}}}""",
        [{"name": "a"}],
        meta={"clock": {"base_ns": 1767189312000000000}},
    ),
    Case("no_events_at_all", '{"traceEvents": []}', [], meta={"events": 0}),
]  # fmt: skip
