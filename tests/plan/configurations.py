"""Hypothesis strategies for workloads, batches and knobs."""

from __future__ import annotations

from hypothesis import strategies as st

from profiler.plan.model import Plan, StreamConfig
from profiler.plan.registry import STRATEGIES, graph_bases, make_plan
from tests.plan.toys import toy

_FEW = st.none() | st.integers(1, 5)


@st.composite
def plans(draw: st.DrawFn, names: tuple[str, ...] = STRATEGIES, most_requests: int = 4) -> Plan:
    """A plan of any strategy with any knobs that go together."""
    name = draw(st.sampled_from(names))
    batch = draw(st.integers(1, 7))
    pinned = name in ("graph", "zero-copy")
    config = StreamConfig(
        streams=draw(_FEW),
        chunks=draw(_FEW),
        buffers=draw(_FEW),
        memory="pinned" if pinned else draw(st.sampled_from(("pinned", "pageable"))),
        requests=draw(st.integers(2 if name == "in-flight" else 1, most_requests)),
        issue_threads=draw(st.integers(1, 4)),
        base=draw(st.none() | st.sampled_from(graph_bases(2))),
    )
    workload = toy(
        draw(st.integers(1, 4)),
        input_bytes=draw(st.sampled_from((0, 100))),
        output_bytes=draw(st.sampled_from((0, 10))),
        workspace_bytes=draw(st.sampled_from((0, 5))),
    )
    return make_plan(name, workload, batch, config, hardware_queues=draw(st.sampled_from((1, 4, 32))))
