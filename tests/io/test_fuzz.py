"""Damaged input gives a sound trace or a proper refusal from every reader, never anything else."""

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
from profiler.io import chrome, read_trace
from profiler.trace.tables import Trace
from tests.fuzz.oracle import structural
from tests.fuzz.readers import CHOICES, READERS, file_of, fuzz_one
from tests.fuzz.seeds import seeds
from tests.io.samples import CASES
from tests.io.test_chrome_write import sample

pytestmark = pytest.mark.fuzz


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


OWN_JSON = own_json()


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(damaged(st.one_of(cases, st.just(OWN_JSON), cases.map(partial(gzip.compress, mtime=0)))))
def test_damaged_json(data: bytes) -> None:
    trace = read_bytes(data)
    if trace is not None:
        assert structural(trace) == []


ORIGINALS = {reader: [file_of(reader, seed) for seed in seeds(reader)] for reader in READERS}


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_damaged_files_of_every_reader(reader: str, data: st.DataObject) -> None:
    fuzz_one(reader, data.draw(damaged(st.sampled_from(ORIGINALS[reader]))))


@pytest.mark.parametrize("reader", [name for name, reader in READERS.items() if reader.make is not None])
@settings(max_examples=80, suppress_health_check=[HealthCheck.too_slow])
@given(choices=st.binary(max_size=500))
def test_files_made_by_any_choices(reader: str, choices: bytes) -> None:
    fuzz_one(reader, CHOICES + choices)


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
