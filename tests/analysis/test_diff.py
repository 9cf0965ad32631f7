"""Matching the operations of two traces: by hand, and against a slow and obvious matcher."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.analysis.diff import HOST_CATEGORIES, Diff, DiffRow, diff
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import DEVICE_CATEGORIES, Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.io.traces import traces

K, C = Category.KERNEL, Category.MEMCPY

#: name, start, length, stream, category
Op = tuple[str, int, int, int, Category]


def made(ops: Sequence[Op], **columns: Sequence[int]) -> Trace:
    builder = TraceBuilder()
    for number, (name, ts, dur, stream, category) in enumerate(ops):
        more = {key: values[number] for key, values in columns.items()}
        track = Track(TrackKind.STREAM, f"stream {stream}", pid=1, device=0, stream=stream)
        kind = MemcpyKind.HTOD if category == C else MemcpyKind.NONE
        more |= {"pid": 1, "device": 0, "stream": stream, "memcpy_kind": kind}
        builder.add(ts=ts, dur=dur, category=category, name=name, track=track, **more)
    return builder.build()


def line(*names: str, stream: int = 7, first: int = 1000, length: int = 10) -> list[Op]:
    """Kernels one after another."""
    return [(name, first + 100 * place, length, stream, K) for place, name in enumerate(names)]


def counts(found: Diff) -> tuple[int, int, int]:
    return found.matched, found.only_a, found.only_b


def row(found: Diff, name: str) -> DiffRow:
    return next(one for one in found.rows if one.name == name)


def test_lengths_are_compared_by_name() -> None:
    a = made([("k", 100, 10, 7, K), ("k", 200, 20, 7, K), ("HtoD", 50, 5, 7, C)])
    b = made([("k", 100, 11, 7, K), ("k", 200, 23, 7, K), ("HtoD", 50, 5, 7, C)])
    found = diff(a, b)
    assert counts(found) == (3, 0, 0)
    assert found.to_json()["rows"] == [
        {
            "name": "k", "category": "kernel", "a_ns": 30, "b_ns": 34, "delta_ns": 4, "a_count": 2, "b_count": 2,
            "matched": 2, "change": "changed", "other_name": None,
        },
        {
            "name": "HtoD", "category": "memcpy", "a_ns": 5, "b_ns": 5, "delta_ns": 0, "a_count": 1, "b_count": 1,
            "matched": 1, "change": "same", "other_name": None,
        },
    ]  # fmt: skip


def test_lengths_that_make_up_for_each_other_are_a_change() -> None:
    found = diff(made([("k", 100, 10, 7, K), ("k", 200, 20, 7, K)]), made([("k", 100, 20, 7, K), ("k", 200, 10, 7, K)]))
    assert (row(found, "k").change, row(found, "k").to_json()["delta_ns"]) == ("changed", 0)


def test_added_removed_and_renamed_appear_as_such() -> None:
    a = made(line("first", "old", "gone", "last"))
    b = made(line("first", "new", "last", "more"))
    found = diff(a, b)
    assert counts(found) == (2, 2, 2)
    assert {one.name: one.change for one in found.rows} == {
        "first": "same", "last": "same", "old": "removed", "gone": "removed", "new": "added", "more": "added",
    }  # fmt: skip

    b = made(line("first", "new", "gone", "last", "more"))
    found = diff(a, b)
    assert counts(found) == (3, 1, 2)
    assert {one.name: (one.change, one.other_name) for one in found.rows} == {
        "first": ("same", None), "gone": ("same", None), "last": ("same", None), "more": ("added", None),
        "old": ("renamed", "new"), "new": ("renamed", "old"),
    }  # fmt: skip
    assert (row(found, "old").a_ns, row(found, "old").b_ns) == (10, 0)
    assert (row(found, "new").a_ns, row(found, "new").b_ns) == (0, 10)
    assert (row(found, "more").a_ns, row(found, "more").b_ns, row(found, "more").to_json()["delta_ns"]) == (0, 10, 10)


@pytest.mark.parametrize(
    ("before", "after", "pairs"),
    [
        ("m x m", "m y m", {"x": "y"}),
        ("x m x", "y m y", {"x": "y"}),
        ("x m", "y m", {"x": "y"}),
        ("m x", "m y", {"x": "y"}),
        ("m x1 x2 m", "m y1 y2 m", {"x1": "y1", "x2": "y2"}),
        ("m x1 x2 m x1", "m y1 y2 m y1", {"x1": "y1", "x2": "y2"}),
        ("m x m m", "m m y m", {}),
        ("m x m x", "m y m", {}),
        ("x", "y", {}),
        ("m x m", "m x y m", {}),
    ],
)
def test_what_counts_as_renamed(before: str, after: str, pairs: dict[str, str]) -> None:
    found = diff(made(line(*before.split())), made(line(*after.split())))
    assert {one.name: one.other_name for one in found.rows if one.change == "renamed" and one.a_count} == pairs
    assert {one.other_name: one.name for one in found.rows if one.change == "renamed" and one.b_count} == pairs


def test_a_rename_is_seen_on_its_own_stream_whatever_the_others_do() -> None:
    a = made(line("m", "x", "n", stream=7) + line("p", "q", stream=9, first=1050))
    b = made(line("m", "y", "n", stream=7, first=5000) + line("p", "q", stream=9, first=10))
    assert row(diff(a, b), "x").other_name == "y"


def test_streams_and_devices_do_not_matter() -> None:
    a = made(line("k", "l", "k", stream=7))
    b = made([("k", 1, 10, 3, K), ("k", 9000, 12, 4, K), ("l", 2, 10, 5, K)])
    found = diff(a, b)
    assert counts(found) == (3, 0, 0)
    assert [(a.name_of(i), b.name_of(j)) for i, j in zip(found.a_rows, found.b_rows, strict=True)] == [
        ("k", "k"), ("l", "l"), ("k", "k"),
    ]  # fmt: skip
    assert row(found, "k").to_json()["delta_ns"] == 2


def test_request_and_chunk_say_which_is_which() -> None:
    ops = [("k", 100, 1, 7, K), ("k", 200, 2, 7, K), ("k", 300, 3, 7, K)]
    a = made(ops, request=[0, 0, 1], chunk=[0, 1, 0])
    b = made([("k", 10, 3, 7, K), ("k", 20, 2, 7, K), ("k", 30, 1, 7, K)], request=[1, 0, 0], chunk=[0, 1, 0])
    found = diff(a, b)
    assert (counts(found), row(found, "k").change) == ((3, 0, 0), "same")
    assert [(int(i), int(j)) for i, j in zip(found.a_rows, found.b_rows, strict=True)] == [(0, 2), (1, 1), (2, 0)]
    without = made([("k", 10, 3, 7, K), ("k", 20, 2, 7, K), ("k", 30, 1, 7, K)])
    assert counts(diff(a, without)) == (3, 0, 0)


def test_what_never_completed_is_not_compared() -> None:
    a = made([("k", 0, 0, 7, K), ("k", 5, -1, 7, K), ("k", 9, -3, 7, K), ("k", 10, 0, 7, K)])
    assert counts(diff(a, a)) == (1, 0, 0)


def test_host_calls_are_compared_when_asked_for() -> None:
    a = made([("k", 1, 2, 7, K), ("call", 1, 2, 7, Category.RUNTIME), ("range", 1, 2, 7, Category.MARKER)])
    assert counts(diff(a, a)) == (1, 0, 0)
    assert counts(diff(a, a, categories=(*DEVICE_CATEGORIES, *HOST_CATEGORIES))) == (3, 0, 0)
    assert set(DEVICE_CATEGORIES) | set(HOST_CATEGORIES) == set(Category)


def test_traces_without_operations() -> None:
    assert diff(Trace({}), Trace({})).to_json() == {"matched": 0, "only_a": 0, "only_b": 0, "rows": []}
    found = diff(Trace({}), made(line("k")))
    assert (counts(found), found.rows[0].change) == ((0, 0, 1), "added")


@given(traces())
def test_a_trace_does_not_differ_from_itself(trace: Trace) -> None:
    found = diff(trace, trace, categories=tuple(Category))
    assert (found.only_a, found.only_b) == (0, 0)
    assert found.a_rows.tolist() == found.b_rows.tolist()
    assert all(one.change == "same" and one.a_ns == one.b_ns for one in found.rows)


names = st.sampled_from("abcd")
ops = st.lists(
    st.tuples(names, st.integers(1, 40), st.integers(0, 9), st.sampled_from([7, 8]), st.sampled_from([K, C])),
    max_size=14,
)
Choice = tuple[Op, int, int]


@st.composite
def operations(draw: st.DrawFn) -> list[Choice]:
    return [(op, draw(st.integers(-1, 1)), draw(st.integers(-1, 1))) for op in draw(ops)]


def trace_of(chosen: list[Choice]) -> Trace:
    return made(
        [op for op, _, _ in chosen],
        request=[request for _, request, _ in chosen],
        chunk=[chunk for _, _, chunk in chosen],
    )


def matched_slowly(a: list[Choice], b: list[Choice]) -> list[tuple[int, int]]:
    """One queue for each kind of operation, filled and emptied in order of start."""
    use = [all(any(choice[part] >= 0 for choice in side) for side in (a, b)) for part in (1, 2)]

    def key(choice: Choice) -> tuple[object, ...]:
        op, request, chunk = choice
        return op[0], op[4], request if use[0] else None, chunk if use[1] else None

    def in_order(side: list[Choice]) -> list[int]:
        return sorted(range(len(side)), key=lambda place: (side[place][0][1], -side[place][0][2], place))

    waiting = defaultdict(list)
    for place in in_order(b):
        waiting[key(b[place])].append(place)
    return [(place, waiting[key(a[place])].pop(0)) for place in in_order(a) if waiting[key(a[place])]]


@given(operations(), operations())
def test_matching_is_that_of_the_oracle(a: list[Choice], b: list[Choice]) -> None:
    found = diff(trace_of(a), trace_of(b))
    pairs = matched_slowly(a, b)
    assert list(zip(found.a_rows.tolist(), found.b_rows.tolist(), strict=True)) == pairs
    assert counts(found) == (len(pairs), len(a) - len(pairs), len(b) - len(pairs))
    for side, sums in ((a, "a_ns"), (b, "b_ns")):
        totals: Counter[tuple[str, Category]] = Counter()
        for op, _, _ in side:
            totals[(op[0], op[4])] += op[2]
        assert {(one.name, one.category): getattr(one, sums) for one in found.rows} == {
            (one.name, one.category): totals[(one.name, one.category)] for one in found.rows
        }
    assert sum(one.matched for one in found.rows) == len(pairs)
    assert sum(one.a_count for one in found.rows) == len(a)
    assert sum(one.b_count for one in found.rows) == len(b)


@given(operations(), operations())
def test_the_other_way_round_is_the_mirror_image(a: list[Choice], b: list[Choice]) -> None:
    there, back = diff(trace_of(a), trace_of(b)), diff(trace_of(b), trace_of(a))
    assert counts(back) == (there.matched, there.only_b, there.only_a)
    swap = {"added": "removed", "removed": "added"}
    mirrored = {
        replace(
            one,
            a_count=one.b_count,
            b_count=one.a_count,
            a_ns=one.b_ns,
            b_ns=one.a_ns,
            change=swap.get(one.change, one.change),
        )
        for one in there.rows
    }  # fmt: skip
    assert set(back.rows) == mirrored


@given(operations(), st.sampled_from("abcd"))
def test_a_name_changed_everywhere_is_renamed_or_all_unmatched(a: list[Choice], name: str) -> None:
    b = [(("new" if op[0] == name else op[0], *op[1:]), request, chunk) for op, request, chunk in a]
    found = diff(trace_of(a), trace_of(b))
    count = sum(op[0] == name for op, _, _ in a)
    assert counts(found) == (len(a) - count, count, count)
    for one in found.rows:
        if one.name == name:
            assert one.change in ("renamed", "removed")
            assert one.other_name in ("new", None)


def test_many_operations_are_no_trouble() -> None:
    size = 300_000
    trace = Trace(
        {
            "ts": np.arange(size) * 10 + 1,
            "dur": np.full(size, 5),
            "category": np.zeros(size, np.uint8),
            "name": (np.arange(size) % 300).astype(np.int32),
        },
        names=[f"k{number}" for number in range(300)],
        tracks=[Track(TrackKind.STREAM, "s")],
    )
    assert counts(diff(trace, trace)) == (size, 0, 0)
