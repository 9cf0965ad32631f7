"""Perfetto files made with Perfetto's own messages, of every kind that is read."""

from __future__ import annotations

import json
from pathlib import Path

from profiler.trace.schema import Category, EdgeKind, MemcpyKind, TrackKind
from tests.io.perfetto_made import BEGIN, CLEARED, COUNTER, END, INSTANT, NEEDS, Made, shape


def test_slices_instants_and_tracks(tmp_path: Path) -> None:
    made = Made()
    process = made.track(1).process
    process.pid, process.process_name = 10, "python"
    thread = made.track(2).thread
    thread.pid, thread.tid, thread.thread_name = 10, 11, "worker"
    made.track(3, "lane", parent_uuid=2)
    base = 2**53 + 1
    made.event(base, BEGIN, "outer", 2, categories=["cpu_op"])
    made.event(base + 1, BEGIN, "inner", 2)
    made.event(base + 3, END, track=2)
    made.event(base + 4, INSTANT, "mark", 3)
    made.event(base + 9, END, track=2)
    made.event(base + 20, BEGIN, "open", 3)
    made.event(base + 30, END, track=99)
    trace = made.read(tmp_path)
    assert shape(trace) == [
        ("outer", base, 9, "worker"), ("inner", base + 1, 2, "worker"), ("mark", base + 4, 0, "lane"),
        ("open", base + 20, -1, "lane"),
    ]  # fmt: skip
    assert [(track.kind, track.pid, track.tid) for track in trace.tracks] == [
        (TrackKind.THREAD, 10, 11), (TrackKind.OTHER, 10, 11),
    ]  # fmt: skip
    assert trace.meta["format"] == "perfetto"
    assert trace.meta["processes"] == {"10": {"name": "python"}}
    assert trace["pid"].tolist() == [10] * 4
    assert trace.stats.count("perfetto_unmatched_end") == 1
    assert trace.stats.count("never_completed") == 1


def test_device_work_gets_its_columns(tmp_path: Path) -> None:
    made = Made()
    made.track(5, "stream 7")
    for ts, category, name, values in (
        (1, "kernel", "k", {"device": 1, "stream": 7, "correlation": 2**40, "grid": 3}),
        (9, "gpu_memcpy", "Memcpy HtoD (Pinned -> Device)", {"bytes": 4096, "stream": "seven"}),
    ):
        event = made.event(ts, BEGIN, name, 5, categories=["other", category]).track_event
        for key, value in values.items():
            annotation = event.debug_annotations.add()
            annotation.name = key
            if isinstance(value, int):
                annotation.int_value = value
            else:
                annotation.string_value = value
        made.event(ts + 5, END, track=5)
    trace = made.read(tmp_path)
    assert trace.category.tolist() == [Category.KERNEL, Category.MEMCPY]
    assert (trace["device"].tolist(), trace["stream"].tolist()) == ([1, -1], [7, -1])
    assert (trace["correlation_id"].tolist(), trace["size_bytes"].tolist()) == ([2**40, -1], [-1, 4096])
    assert trace["memcpy_kind"].tolist() == [0, MemcpyKind.HTOD]
    assert trace.args is not None
    assert [json.loads(trace.args[row]) for row in range(2)] == [{"grid": 3}, {"stream": "seven"}]
    assert {track.kind for track in trace.tracks} == {TrackKind.STREAM}


def test_interned_texts_belong_to_their_sequence(tmp_path: Path) -> None:
    made = Made()
    for sequence, names in ((1, ["a", "b"]), (2, ["x", "y"])):
        packet = made.packet(sequence=sequence, flags=CLEARED)
        packet.trace_packet_defaults.track_event_defaults.track_uuid = 40 + sequence
        for iid, name in enumerate(names, 1):
            packet.interned_data.event_names.add(iid=iid, name=name)
            packet.interned_data.event_categories.add(iid=iid, name=f"cat {name}")
    for ts, sequence, iid in ((1, 1, 1), (2, 2, 1), (3, 1, 2), (4, 2, 2), (5, 1, 77)):
        packet = made.packet(ts, sequence, NEEDS)
        packet.track_event.type = INSTANT
        packet.track_event.name_iid = iid
        packet.track_event.category_iids.append(iid)
    again = made.packet(6, 1, CLEARED)
    again.interned_data.event_names.add(iid=1, name="new")
    again.track_event.type = INSTANT
    again.track_event.name_iid = 1
    trace = made.read(tmp_path)
    assert [name for name, *_ in shape(trace)] == ["a", "x", "b", "y", "interned 77", "new"]
    assert [name for *_, name in shape(trace)] == [
        "track 41", "track 42", "track 41", "track 42", "track 41", "track 0",
    ]  # fmt: skip
    assert trace.names[trace["source_category"][1]] == "cat x"


def test_packets_whose_state_was_lost_are_counted(tmp_path: Path) -> None:
    made = Made()
    made.packet(sequence=1, flags=CLEARED).interned_data.event_names.add(iid=1, name="a")
    lost = made.packet(5, 1, NEEDS)
    lost.previous_packet_dropped = 1
    lost.track_event.type, lost.track_event.name_iid = INSTANT, 1
    never = made.packet(6, 9, NEEDS)
    never.track_event.type, never.track_event.name_iid = INSTANT, 1
    made.event(7, INSTANT, "plain")
    trace = made.read(tmp_path)
    assert [name for name, *_ in shape(trace)] == ["plain"]
    assert trace.stats.count("perfetto_state_lost") == 2
    assert trace.stats.count("perfetto_packets_lost") == 1


def test_events_in_any_order_are_paired_by_time(tmp_path: Path) -> None:
    made = Made()
    made.event(9, END, track=1, sequence=2)
    made.event(3, BEGIN, "late", 1, sequence=3)
    made.event(5, INSTANT, "between", 1)
    assert [row[:3] for row in shape(made.read(tmp_path))] == [("late", 3, 6), ("between", 5, 0)]


def test_clocks_are_brought_together(tmp_path: Path) -> None:
    made = Made()
    for at in (0, 1000):
        snapshot = made.packet().clock_snapshot
        snapshot.clocks.add(clock_id=6, timestamp=10_000 + at)
        snapshot.clocks.add(clock_id=3, timestamp=500 + at + at // 100)
        snapshot.clocks.add(clock_id=64, timestamp=7 + at // 10, is_incremental=True, unit_multiplier_ns=10)
    made.packet(flags=CLEARED).trace_packet_defaults.timestamp_clock_id = 64
    for clock, ts, name in ((3, 600, "early"), (3, 1600, "late"), (0, 5, "step"), (0, 5, "next"), (99, 5, "nowhere")):
        packet = made.event(ts, INSTANT, name)
        if clock:
            packet.timestamp_clock_id = clock
    found = {name: ts for name, ts, *_ in shape(made.read(tmp_path))}
    assert found == {"early": 10_100, "late": 11_090, "step": 11_050, "next": 11_100}


def test_one_clock_without_snapshots_is_the_clock(tmp_path: Path) -> None:
    made = Made()
    made.event(5, INSTANT, "a").timestamp_clock_id = 3
    made.event(6, INSTANT, "b").timestamp_clock_id = 3
    made.event(7, INSTANT, "c").timestamp_clock_id = 1
    trace = made.read(tmp_path)
    assert [row[:2] for row in shape(trace)] == [("a", 5), ("b", 6)]
    assert trace.stats.count("perfetto_unknown_clock") == 1


def test_counters_and_flows(tmp_path: Path) -> None:
    made = Made()
    made.track(8, "load").counter.unit = 2
    made.event(3, COUNTER, track=8, double_counter_value=1.5)
    made.event(1, COUNTER, track=8, counter_value=-4)
    made.event(1, BEGIN, "cudaLaunchKernel", 1, categories=["cuda_runtime"], flow_ids=[2**63 + 1])
    made.event(2, END, track=1)
    made.event(3, BEGIN, "k", 2, categories=["kernel"], flow_ids=[2**63 + 1])
    made.event(4, END, track=2)
    made.event(5, INSTANT, "done", 1, terminating_flow_ids=[2**63 + 1])
    made.event(6, INSTANT, "after", 1, flow_ids=[2**63 + 1])
    trace = made.read(tmp_path)
    assert list(zip(trace.counters.ts.tolist(), trace.counters.value.tolist(), strict=True)) == [(1, -4.0), (3, 1.5)]
    assert trace.tracks[trace.counters.track[0]].kind == TrackKind.COUNTER
    edges = trace.edges
    assert list(zip(edges.source.tolist(), edges.target.tolist(), edges.kind.tolist(), strict=True)) == [
        (0, 1, EdgeKind.LAUNCH), (1, 2, EdgeKind.FLOW),
    ]  # fmt: skip


def test_annotations_of_every_kind(tmp_path: Path) -> None:
    made = Made()
    event = made.event(1, BEGIN, "a").track_event
    values = (
        ("bool_value", True, True), ("uint_value", 2**64 - 1, 2**64 - 1), ("int_value", -5, -5),
        ("double_value", 0.1, 0.1),
        ("pointer_value", 255, "0xff"), ("string_value", "größe\0", "größe\0"),
        ("legacy_json_value", '{"a": [1, null]}', {"a": [1, None]}), ("legacy_json_value", "no json", "no json"),
    )  # fmt: skip
    for place, (kind, value, _) in enumerate(values):
        setattr(event.debug_annotations.add(name=f"n{place}"), kind, value)
    event.debug_annotations.add(name="nan").double_value = float("nan")
    outer = event.debug_annotations.add(name="dict")
    outer.dict_entries.add(name="x").int_value = 1
    outer.dict_entries.add(name="list").array_values.add().string_value = "y"
    made.event(2, END).track_event.debug_annotations.add(name="at end").int_value = 7
    trace = made.read(tmp_path)
    assert trace.args is not None
    assert json.loads(trace.args[0]) == {
        **{f"n{place}": value for place, (_, _, value) in enumerate(values)},
        "nan": None, "dict": {"x": 1, "list": ["y"]}, "at end": 7,
    }  # fmt: skip


def test_gpu_render_stages(tmp_path: Path) -> None:
    made = Made()
    packet = made.packet(100, flags=CLEARED)
    packet.interned_data.gpu_specifications.add(iid=1, name="Compute queue")
    packet.interned_data.gpu_specifications.add(iid=2, name="Fragment")
    stage = packet.gpu_render_stage_event
    stage.event_id, stage.duration, stage.hw_queue_iid, stage.stage_iid, stage.gpu_id, stage.context = 1, 50, 1, 2, 3, 9
    stage.extra_data.add(name="size", value="big")
    kernel = made.packet(200, flags=NEEDS).gpu_render_stage_event
    kernel.duration, kernel.hw_queue_iid, kernel.name = 2**40, 1, "sgemm"
    kernel.launch.grid_size.x = 5
    old = made.packet(300).gpu_render_stage_event
    old.duration, old.hw_queue_id, old.stage_id = 7, 1, 0
    for name in ("q0", "q1"):
        old.specifications.hw_queue.add(name=name)
    old.specifications.stage.add(name="Binning")
    trace = made.read(tmp_path)
    assert shape(trace) == [
        ("Fragment", 100, 50, "Compute queue"), ("sgemm", 200, 2**40, "Compute queue"), ("Binning", 300, 7, "q1"),
    ]  # fmt: skip
    assert trace.category.tolist() == [Category.STAGE, Category.KERNEL, Category.STAGE]
    assert (trace["device"].tolist(), trace["context"].tolist()) == ([3, 0, 0], [9, -1, -1])
    assert trace.args is not None
    assert json.loads(trace.args[1]) == {"grid": [5, 1, 1]}


def test_old_notation(tmp_path: Path) -> None:
    made = Made()
    thread = made.packet(sequence=4, flags=CLEARED).thread_descriptor
    thread.pid, thread.tid, thread.thread_name, thread.reference_timestamp_us = 7, 8, "old", 1000
    for delta, phase, dur in ((5, "X", 3), (1, "B", None), (4, "E", None), (0, "I", None), (0, "S", None)):
        event = made.packet(sequence=4).track_event
        event.timestamp_delta_us = delta
        event.name = phase
        event.legacy_event.phase = ord(phase)
        if dur is not None:
            event.legacy_event.duration_us = dur
    trace = made.read(tmp_path)
    assert shape(trace) == [
        ("X", 1_005_000, 3000, "old"), ("B", 1_006_000, 4000, "old"), ("I", 1_010_000, 0, "old"),
    ]  # fmt: skip
    assert trace.stats.count("perfetto_ignored_event") == 1
