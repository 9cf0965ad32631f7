"""How a batch is cut, what knobs default to, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import UsageError
from profiler.plan.model import StreamConfig
from profiler.plan.registry import STRATEGIES, graph_bases, knobs, make_plan
from profiler.plan.settings import MAX_BATCH, MAX_STEPS, chunk_sizes
from tests.plan.toys import TOY, toy


@given(st.integers(1, 500), st.none() | st.integers(1, 600))
def test_chunks_share_the_batch(batch: int, chunks: int | None) -> None:
    sizes = chunk_sizes(batch, chunks)
    assert sum(sizes) == batch
    assert min(sizes) >= 1
    assert len(sizes) <= (chunks or 8)
    assert len(set(sizes[:-1])) <= 1
    assert sizes[-1] <= sizes[0]
    if batch % len(sizes) == 0:
        assert len(set(sizes)) == 1


@pytest.mark.parametrize(
    ("batch", "chunks", "sizes"),
    [
        (128, None, (16,) * 8),
        (1, None, (1,)),
        (3, 8, (1, 1, 1)),
        (10, 8, (2,) * 5),
        (10, 4, (3, 3, 3, 1)),
        (7, 1, (7,)),
    ],
)
def test_chunk_sizes(batch: int, chunks: int | None, sizes: tuple[int, ...]) -> None:
    assert chunk_sizes(batch, chunks) == sizes


DEFAULTS = [
    # strategy, batch, queues, given, streams, chunks, buffers, requests, threads
    ("serial", 128, 8, StreamConfig(streams=4, chunks=4, buffers=4, issue_threads=4), (None, None, None, 1, 1)),
    ("depth-first", 128, 8, StreamConfig(), (8, 8, 8, 1, 1)),
    ("depth-first", 128, 4, StreamConfig(), (4, 8, 4, 1, 1)),
    ("depth-first", 128, 4, StreamConfig(streams=16, chunks=32), (16, 32, 16, 1, 1)),
    ("depth-first", 3, 8, StreamConfig(requests=2), (6, 3, 6, 2, 1)),
    ("depth-first", 3, 8, StreamConfig(streams=9, buffers=9, issue_threads=9), (3, 3, 3, 1, 3)),
    ("breadth-first", 128, 8, StreamConfig(streams=2), (2, 8, 8, 1, 1)),
    ("breadth-first", 3, 8, StreamConfig(requests=4, buffers=9, issue_threads=5), (3, 3, 3, 4, 3)),
    ("three-stream", 128, 8, StreamConfig(streams=7, issue_threads=7), (None, 8, 3, 1, 3)),
    ("three-stream", 2, 8, StreamConfig(), (None, 2, 2, 1, 1)),
    ("in-flight", 4, 8, StreamConfig(chunks=2, buffers=2), (8, None, None, 8, 1)),
    ("in-flight", 4, 2, StreamConfig(), (2, None, None, 8, 1)),
    ("in-flight", 4, 8, StreamConfig(streams=5, requests=3, issue_threads=9), (3, None, None, 3, 3)),
    ("zero-copy", 128, 8, StreamConfig(streams=4, chunks=4, buffers=4, issue_threads=2), (None, None, None, 1, 1)),
    ("graph", 128, 8, StreamConfig(issue_threads=4, requests=3), (8, 8, 8, 3, 1)),
    ("graph", 2, 8, StreamConfig(requests=3), (2, 2, 2, 3, 1)),
    ("graph", 128, 8, StreamConfig(base="three-stream"), (None, 8, 3, 1, 1)),
]


@pytest.mark.parametrize(("strategy", "batch", "queues", "given", "resolved"), DEFAULTS)
def test_defaults_and_limits(
    strategy: str, batch: int, queues: int, given: StreamConfig, resolved: tuple[int | None, ...]
) -> None:
    config = make_plan(strategy, TOY, batch, given, hardware_queues=queues).config
    assert (config.streams, config.chunks, config.buffers, config.requests, config.issue_threads) == resolved


def test_a_graph_captures_serial_for_one_sample_and_depth_first_for_more() -> None:
    assert make_plan("graph", TOY, 1).config.base == "serial"
    assert make_plan("graph", TOY, 2).config.base == "depth-first"
    assert make_plan("depth-first", TOY, 2, StreamConfig(base="serial")).config.base is None


REFUSED = [
    ("serial", 0, StreamConfig(), "--batch", "0 samples"),
    ("serial", -3, StreamConfig(), "--batch", "-3 samples"),
    ("serial", MAX_BATCH + 1, StreamConfig(), "--batch", "1000001"),
    ("depth-first", 1, StreamConfig(chunks=0), "--chunks", "0"),
    ("depth-first", 1, StreamConfig(streams=-1), "--streams", "-1"),
    ("depth-first", 1, StreamConfig(buffers=0), "--buffers", "0"),
    ("serial", 1, StreamConfig(requests=0), "--requests", "0"),
    ("depth-first", 1, StreamConfig(issue_threads=0), "--issue-threads", "0"),
    ("serial", 1, StreamConfig(memory="managed"), "--memory", "managed"),
    ("in-flight", 1, StreamConfig(requests=1), "--requests", "one request"),
    ("zero-copy", 1, StreamConfig(memory="pageable"), "--memory", "pageable"),
    ("graph", 1, StreamConfig(memory="pageable"), "--memory", "pageable"),
    ("graph", 1, StreamConfig(base="in-flight"), "--base", "host wait"),
    ("graph", 1, StreamConfig(base="graph"), "--base", "another"),
    ("graph", 1, StreamConfig(base="depthfirst"), "--base", "Did you mean depth-first"),
    ("deep-first", 1, StreamConfig(), "--strategy", "Did you mean depth-first"),
    ("serial", 1, StreamConfig(requests=MAX_STEPS), "workload toy", "more than 100000"),
]


@pytest.mark.parametrize(("strategy", "batch", "config", "where", "words"), REFUSED)
def test_what_is_refused(strategy: str, batch: int, config: StreamConfig, where: str, words: str) -> None:
    with pytest.raises(UsageError) as caught:
        make_plan(strategy, TOY, batch, config)
    assert caught.value.where == where
    assert words in str(caught.value)
    assert caught.value.remedy


def test_a_workload_without_kernels_is_refused() -> None:
    with pytest.raises(UsageError, match="no kernel"):
        make_plan("serial", toy(0), 1)


def test_a_device_without_queues_is_refused() -> None:
    with pytest.raises(UsageError, match="hardware queues"):
        make_plan("serial", TOY, 1, hardware_queues=0)


def test_names_and_knobs() -> None:
    assert STRATEGIES == (
        "serial",
        "depth-first",
        "breadth-first",
        "three-stream",
        "graph",
        "in-flight",
        "zero-copy",
    )
    assert {name for name in STRATEGIES if "streams" in knobs(name)} == {
        "depth-first",
        "breadth-first",
        "graph",
        "in-flight",
    }
    assert all({"memory", "requests"} <= knobs(name) for name in STRATEGIES)
    with pytest.raises(UsageError, match="serial"):
        knobs("serail")


@pytest.mark.parametrize("batch", [1, 2, 128])
def test_every_graph_base_can_be_captured(batch: int) -> None:
    plans = [make_plan("graph", TOY, batch, StreamConfig(base=base, requests=2)) for base in graph_bases(batch)]
    assert len({plan.steps for plan in plans}) == len(plans)
    assert plans[0].config.base == make_plan("graph", TOY, batch).config.base
