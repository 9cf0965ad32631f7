"""Damaged input gives a trace or a `TraceReadError`, never anything else."""

from __future__ import annotations

import gzip
import json
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import chrome, parquet, read_trace
from profiler.trace.tables import Trace
from profiler.trace.validate import Finding, validate
from tests.io.databases import write_database
from tests.io.samples import CASES
from tests.io.test_chrome_write import sample

pytestmark = pytest.mark.fuzz

STRUCTURE = ("out_of_range", "unknown_", "out_of_step")


def read_bytes(data: bytes) -> Trace | None:
    """The trace in the bytes, ``None`` where they are refused properly."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "trace"
        path.write_bytes(data)
        try:
            return read_trace(path)
        except TraceReadError as error:
            refused = error
    assert refused.where
    assert str(refused)
    return None


def structural(trace: Trace) -> list[Finding]:
    return [finding for finding in validate(trace) if any(word in finding.name for word in STRUCTURE)]


@st.composite
def damaged(draw: st.DrawFn, originals: st.SearchStrategy[bytes]) -> bytes:
    data = bytearray(draw(originals))
    for _ in range(draw(st.integers(1, 4))):
        if not data:
            break
        at = draw(st.integers(0, len(data) - 1))
        what = draw(st.sampled_from(["flip", "cut", "drop", "insert", "repeat"]))
        if what == "flip":
            data[at] ^= 1 << draw(st.integers(0, 7))
        elif what == "cut":
            del data[at:]
        elif what == "drop":
            del data[at : at + draw(st.integers(1, 30))]
        elif what == "insert":
            data[at:at] = draw(
                st.sampled_from([b'"', b"{", b"}", b"[", b"]", b",", b"\\", b"null", b"\xff", b"-", b"1e9"])
            )
        else:
            data[at:at] = data[at : at + draw(st.integers(1, 60))]
    return bytes(data)


cases = st.sampled_from([case.text.encode("utf-8", "surrogatepass") for case in CASES])


def own_json() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        chrome.write(sample(), Path(folder) / "t.json")
        return (Path(folder) / "t.json").read_bytes()


def own_parquet() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        parquet.write(sample(), Path(folder) / "t.parquet")
        return (Path(folder) / "t.parquet").read_bytes()


OWN_JSON, OWN_PARQUET = own_json(), own_parquet()


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(st.one_of(cases, st.just(OWN_JSON), cases.map(partial(gzip.compress, mtime=0)))))
def test_damaged_json(data: bytes) -> None:
    trace = read_bytes(data)
    if trace is not None:
        assert structural(trace) == []


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(st.just(OWN_PARQUET)))
def test_damaged_parquet(data: bytes) -> None:
    trace = read_bytes(data)
    if trace is not None:
        assert structural(trace) == []


def other_files() -> list[bytes]:
    """A small file of each further format."""
    with tempfile.TemporaryDirectory() as folder:
        strings = [{"id": 1, "value": "k"}, {"id": 2, "value": "cudaLaunchKernel"}]
        rows = [
            {"start": number, "end": number + 1, "deviceId": 0, "streamId": 7, "globalPid": 1 << 24, "shortName": 1}
            for number in range(40)
        ]
        write_database(Path(folder) / "a", {"StringIds": strings, "CUPTI_ACTIVITY_KIND_KERNEL": rows})
        nvprof = [{"start": 1, "end": 2, "deviceId": 0, "contextId": 1, "streamId": 7, "name": 1}]
        texts = [{"_id_": 1, "value": "k"}]
        write_database(Path(folder) / "b", {"StringTable": texts, "CUPTI_ACTIVITY_KIND_CONCURRENT_KERNEL": nvprof})
        databases = [(Path(folder) / name).read_bytes() for name in "ab"]
    table = (
        b"==1== x\nStart,Duration,Size,Device,Stream,Name\nms,us,MB,,,\n"
        b"1.5,2,,GPU (0),7,k [3]\n2,1,4,GPU (0),7,[CUDA memcpy HtoD]\n"
    )
    keys = (
        "startEnqMs",
        "endEnqMs",
        "startH2dMs",
        "endH2dMs",
        "startComputeMs",
        "endComputeMs",
        "startD2hMs",
        "endD2hMs",
    )
    times = json.dumps([dict.fromkeys(keys, 0.5 + number) for number in range(3)]).encode()
    place = {"agent_id": {"handle": 5}, "kernel_id": 0}
    record = {"start_timestamp": 1, "end_timestamp": 9, "correlation_id": {"internal": 2}, "dispatch_info": place}
    agents = [{"id": {"handle": 5}, "type": 2}]
    process = {"metadata": {"pid": 4}, "agents": agents, "buffer_records": {"kernel_dispatch": [record]}}
    amd = json.dumps({"rocprofiler-sdk-tool": [process]}).encode()
    return [*databases, table, times, amd]


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(st.sampled_from(other_files())))
def test_damaged_files_of_other_formats(data: bytes) -> None:
    trace = read_bytes(data)
    if trace is not None:
        assert structural(trace) == []


json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(["X", "B", "s"])
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)
fields = st.sampled_from(["ph", "name", "cat", "ts", "dur", "pid", "tid", "args", "id", "id2", "bp", "s"])
phases = st.sampled_from(list("XBEbensftCMiINDPRSTFp"))
events = st.dictionaries(fields, json_values, max_size=8).flatmap(
    lambda event: st.builds(lambda ph: {**event, "ph": ph}, phases)
)


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.one_of(events, json_values), max_size=6), st.booleans())
def test_any_json_as_events(found: list[object], bare: bool) -> None:
    trace = read_bytes(json.dumps(found if bare else {"traceEvents": found}).encode())
    if trace is not None:
        assert structural(trace) == []


@settings(max_examples=150)
@given(
    st.one_of(
        st.binary(max_size=200),
        st.sampled_from([b"{", b"[", b"[{", b"PAR1", b"\x1f\x8b"]).flatmap(
            lambda start: st.binary(max_size=100).map(start.__add__)
        ),
    )
)
def test_any_bytes(data: bytes) -> None:
    read_bytes(data)
