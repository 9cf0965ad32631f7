"""The order of steps that each strategy makes, for a toy workload, line by line."""

from __future__ import annotations

import pytest

from profiler.plan.model import StreamConfig
from profiler.plan.registry import make_plan
from tests.plan.toys import lines, toy

ONE, TWO = toy(1), toy(2)

CASES = {
    "serial": (
        make_plan("serial", TWO, 4, StreamConfig(requests=2)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 > work 0
        s0 b: work 0 > out 0
        s0 out 0 > host out 0
        sync s0 r0
        s0 host in 0 > in 0
        s0 a: in 0 > work 0
        s0 b: work 0 > out 0
        s0 out 0 > host out 0
        sync s0 r1
        """,
    ),
    "depth-first needs no event while slots follow streams": (
        make_plan("depth-first", TWO, 3, StreamConfig(streams=2, chunks=3)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 > work 0
        s0 b: work 0 > out 0
        s0 out 0 > host out 0
        s1 host in 1 > in 1
        s1 a: in 1 > work 1
        s1 b: work 1 > out 1
        s1 out 1 > host out 1
        s0 host in 2 > in 0
        s0 a: in 0 > work 0
        s0 b: work 0 > out 0
        s0 out 0 > host out 2
        sync all r0
        """,
    ),
    "depth-first with one slot frees input, workspace and output each as early as it can": (
        make_plan("depth-first", TWO, 2, StreamConfig(streams=2, chunks=2, buffers=1)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 > work 0
        s0 record 0
        s0 b: work 0 > out 0
        s0 record 1
        s0 out 0 > host out 0
        s0 record 2
        s1 wait 0 buffer
        s1 host in 1 > in 0
        s1 wait 1 buffer
        s1 a: in 0 > work 0
        s1 wait 2 buffer
        s1 b: work 0 > out 0
        s1 out 0 > host out 1
        sync all r0
        """,
    ),
    "depth-first with two threads": (
        make_plan("depth-first", ONE, 2, StreamConfig(streams=2, chunks=2, buffers=1, issue_threads=2)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 > out 0
        s0 record 0
        s0 out 0 > host out 0
        s0 record 1
        t1 s1 wait 0 buffer
        t1 s1 host in 1 > in 0
        t1 s1 wait 1 buffer
        t1 s1 a: in 0 > out 0
        t1 s1 out 0 > host out 1
        sync all r0
        t1 sync all r0
        """,
    ),
    "breadth-first": (
        make_plan("breadth-first", TWO, 3, StreamConfig(streams=2, chunks=3)),
        """
        s0 host in 0 > in 0
        s1 host in 1 > in 1
        s0 host in 2 > in 2
        s0 a: in 0 > work 0
        s0 b: work 0 > out 0
        s1 a: in 1 > work 1
        s1 b: work 1 > out 1
        s0 a: in 2 > work 2
        s0 b: work 2 > out 2
        s0 out 0 > host out 0
        s1 out 1 > host out 1
        s0 out 2 > host out 2
        sync all r0
        """,
    ),
    "breadth-first goes in waves where slots are fewer than chunks": (
        make_plan("breadth-first", ONE, 3, StreamConfig(streams=3, chunks=3, buffers=2)),
        """
        s0 host in 0 > in 0
        s1 host in 1 > in 1
        s0 a: in 0 > out 0
        s0 record 0
        s1 a: in 1 > out 1
        s0 out 0 > host out 0
        s0 record 1
        s1 out 1 > host out 1
        s2 wait 0 buffer
        s2 host in 2 > in 0
        s2 wait 1 buffer
        s2 a: in 0 > out 0
        s2 out 0 > host out 2
        sync all r0
        """,
    ),
    "breadth-first begins each request at the first slot": (
        make_plan("breadth-first", toy(1, output_bytes=0), 3, StreamConfig(streams=1, chunks=3, buffers=2, requests=2)),
        """
        s0 host in 0 > in 0
        s0 host in 1 > in 1
        s0 a: in 0 >
        s0 a: in 1 >
        s0 host in 2 > in 0
        s0 a: in 0 >
        s0 host in 0 > in 0
        s0 host in 1 > in 1
        s0 a: in 0 >
        s0 a: in 1 >
        s0 host in 2 > in 0
        s0 a: in 0 >
        sync s0 r-1
        """,
    ),
    "depth-first numbers chunks through all requests": (
        make_plan("depth-first", toy(1, output_bytes=0), 3, StreamConfig(streams=2, chunks=3, requests=2)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 >
        s1 host in 1 > in 1
        s1 a: in 1 >
        s0 host in 2 > in 0
        s0 a: in 0 >
        s1 host in 3 > in 1
        s1 a: in 1 >
        s0 host in 0 > in 0
        s0 a: in 0 >
        s1 host in 1 > in 1
        s1 a: in 1 >
        sync all r-1
        """,
    ),
    "three-stream": (
        make_plan("three-stream", TWO, 3, StreamConfig(chunks=3, buffers=2)),
        """
        s0 host in 0 > in 0
        s0 record 0
        s1 wait 0 data
        s1 a: in 0 > work 0
        s1 record 1
        s1 b: work 0 > out 0
        s1 record 2
        s2 wait 2 data
        s2 out 0 > host out 0
        s2 record 3
        s0 host in 1 > in 1
        s0 record 4
        s1 wait 4 data
        s1 a: in 1 > work 1
        s1 b: work 1 > out 1
        s1 record 5
        s2 wait 5 data
        s2 out 1 > host out 1
        s0 wait 1 buffer
        s0 host in 2 > in 0
        s0 record 6
        s1 wait 6 data
        s1 a: in 0 > work 0
        s1 wait 3 buffer
        s1 b: work 0 > out 0
        s1 record 7
        s2 wait 7 data
        s2 out 0 > host out 2
        sync all r0
        """,
    ),
    "three-stream with two threads": (
        make_plan("three-stream", ONE, 1, StreamConfig(issue_threads=2)),
        """
        s0 host in 0 > in 0
        s0 record 0
        t1 s1 wait 0 data
        t1 s1 a: in 0 > out 0
        t1 s1 record 1
        t1 s2 wait 1 data
        t1 s2 out 0 > host out 0
        sync all r0
        t1 sync all r0
        """,
    ),
    "graph of depth-first, launched back to back": (
        make_plan("graph", ONE, 2, StreamConfig(chunks=2, requests=2)),
        """
        s0 launch r0
          s0 record 0
          s0 host in 0 > in 0
          s0 a: in 0 > out 0
          s0 out 0 > host out 0
          s1 wait 0 order
          s1 host in 1 > in 1
          s1 a: in 1 > out 1
          s1 out 1 > host out 1
          s1 record 1
          s0 wait 1 order
        s0 launch r1
          s0 record 2
          s0 host in 0 > in 0
          s0 a: in 0 > out 0
          s0 out 0 > host out 0
          s1 wait 2 order
          s1 host in 1 > in 1
          s1 a: in 1 > out 1
          s1 out 1 > host out 1
          s1 record 3
          s0 wait 3 order
        sync s0 r-1
        """,
    ),
    "graph of one sample is serial: the host waits after each launch": (
        make_plan("graph", ONE, 1, StreamConfig(requests=2)),
        """
        s0 launch r0
          s0 host in 0 > in 0
          s0 a: in 0 > out 0
          s0 out 0 > host out 0
        sync s0 r0
        s0 launch r1
          s0 host in 0 > in 0
          s0 a: in 0 > out 0
          s0 out 0 > host out 0
        sync s0 r1
        """,
    ),
    "graph of three-stream forks by its data and joins by its last copy": (
        make_plan("graph", ONE, 2, StreamConfig(base="three-stream", chunks=2, buffers=1)),
        """
        s0 launch r0
          s0 host in 0 > in 0
          s0 record 0
          s1 wait 0 data
          s1 a: in 0 > out 0
          s1 record 1
          s2 wait 1 data
          s2 out 0 > host out 0
          s2 record 2
          s0 wait 1 buffer
          s0 host in 1 > in 0
          s0 record 3
          s1 wait 2 buffer
          s1 wait 3 data
          s1 a: in 0 > out 0
          s1 record 4
          s2 wait 4 data
          s2 out 0 > host out 1
          s2 record 5
          s0 wait 5 order
        sync s0 r0
        """,
    ),
    "in-flight": (
        make_plan("in-flight", ONE, 2, StreamConfig(streams=2, requests=3)),
        """
        s0 host in 0 > in 0
        s0 a: in 0 > out 0
        s0 out 0 > host out 0
        s1 host in 1 > in 1
        s1 a: in 1 > out 1
        s1 out 1 > host out 1
        sync s0 r0
        s0 host in 0 > in 0
        s0 a: in 0 > out 0
        s0 out 0 > host out 0
        sync s1 r1
        sync s0 r2
        """,
    ),
    "zero-copy": (
        make_plan("zero-copy", TWO, 2, StreamConfig(requests=2)),
        """
        s0 a: host in 0 > work 0
        s0 b: work 0 > host out 0
        s0 a: host in 0 > work 0
        s0 b: work 0 > host out 0
        sync s0 r-1
        """,
    ),
}

RANGES = {
    "a request whose result the host waits for": (
        make_plan("serial", ONE, 1),
        ["[ request 0", "s0 host in 0 > in 0", "s0 a: in 0 > out 0", "s0 out 0 > host out 0", "sync s0 r0", "]"],
    ),
    "chunks in requests, and the last wait after them": (
        make_plan("depth-first", toy(1, output_bytes=0), 2, StreamConfig(streams=1, chunks=2, requests=2)),
        """
        [ request 0
        [ chunk 0
        s0 host in 0 > in 0
        s0 a: in 0 >
        ]
        [ chunk 1
        s0 host in 1 > in 0
        s0 a: in 0 >
        ]
        ]
        [ request 1
        [ chunk 0
        s0 host in 0 > in 0
        s0 a: in 0 >
        ]
        [ chunk 1
        s0 host in 1 > in 0
        s0 a: in 0 >
        ]
        ]
        sync s0 r-1
        """.strip().split("\n"),
    ),
    "each thread its own": (
        make_plan("three-stream", toy(1, output_bytes=0), 1, StreamConfig(requests=1, issue_threads=3)),
        """
        [ request 0
        s0 host in 0 > in 0
        s0 record 0
        t1 [ request 0
        t1 s1 wait 0 data
        t1 s1 a: in 0 >
        sync all r0
        t1 sync all r0
        t2 sync all r0
        ]
        t1 ]
        """.strip().split("\n"),
    ),
    "around launches, not around nodes": (
        make_plan("graph", ONE, 1, StreamConfig(base="depth-first", requests=2)),
        """
        [ request 0
        s0 launch r0
        s0 host in 0 > in 0
        s0 a: in 0 > out 0
        s0 out 0 > host out 0
        ]
        [ request 1
        s0 launch r1
        s0 host in 0 > in 0
        s0 a: in 0 > out 0
        s0 out 0 > host out 0
        ]
        sync s0 r-1
        """.strip().split("\n"),
    ),
    "a wait for another request is in no range": (
        make_plan("in-flight", toy(1, input_bytes=0), 1, StreamConfig(streams=2, requests=3)),
        """
        [ request 0
        s0 a:  > out 0
        s0 out 0 > host out 0
        ]
        [ request 1
        s1 a:  > out 1
        s1 out 1 > host out 1
        ]
        sync s0 r0
        [ request 2
        s0 a:  > out 0
        s0 out 0 > host out 0
        ]
        sync s1 r1
        sync s0 r2
        """.strip().split("\n"),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_steps_of_a_strategy(name: str) -> None:
    plan, expected = CASES[name]
    wanted = expected.strip("\n").split("\n")
    assert [line.rstrip() for line in lines(plan)] == [line.removeprefix(" " * 8) for line in wanted if line.strip()]


@pytest.mark.parametrize("name", RANGES)
def test_ranges_of_a_strategy(name: str) -> None:
    plan, expected = RANGES[name]
    assert [line.strip() for line in lines(plan, ranges=True)] == [line.strip() for line in expected]
