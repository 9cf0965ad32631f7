"""Blocks, packings, limits and damage: where the text is cut must not matter."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import chrome, json_reader, text_blocks
from profiler.io.chrome_assemble import ChromeAssembler
from profiler.io.json_blocks import Dictionaries
from profiler.io.json_events import EventDecoder
from profiler.io.json_reader import EventReader
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Trace
from tests.io.sample_case import row_of
from tests.io.samples import CASES

Write = Callable[[bytes], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(data: bytes) -> Path:
        path = tmp_path / "trace.bin"
        path.write_bytes(data)
        return path

    return put


def event(number: int, **more: Any) -> dict[str, Any]:
    return {"ph": "X", "cat": "kernel", "name": f"k{number}", "pid": 0, "tid": 7, "ts": number, "dur": 1, **more}


def text_of(count: int, **more: Any) -> bytes:
    return json.dumps({"traceEvents": [event(number, **more) for number in range(count)], "after": 1}).encode()


def read_in_blocks(text: bytes, size: int) -> Trace:
    builder = TraceBuilder()
    dictionaries = Dictionaries(names=builder.name_codes)
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    events = EventReader(blocks, EventDecoder(dictionaries, builder.stats), builder.stats)
    assembler = ChromeAssembler(builder, dictionaries)
    for block in events:
        assembler.add(block)
    return assembler.finish(events.header)


def everything(trace: Trace) -> Any:
    rows = [row_of(trace, row) for row in range(len(trace))]
    edges = sorted(zip(trace.edges.source.tolist(), trace.edges.target.tolist(), strict=True))
    counters = zip(
        trace.counters.ts.tolist(), trace.counters.track.tolist(), trace.counters.value.tolist(), strict=True
    )
    return rows, edges, list(counters), dict(trace.stats.entries), trace.meta, trace.tracks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("size", [1, 7, 64, 333])
def test_cuts_do_not_matter(case: Any, size: int) -> None:
    text = case.text.encode("utf-8", "surrogatepass")
    assert everything(read_in_blocks(text, size)) == everything(read_in_blocks(text, len(text)))


nasty = st.text(st.sampled_from(list('{}[],":\\ \n\u00e9')), max_size=12)


@given(st.lists(st.tuples(nasty, nasty), max_size=8), st.integers(1, 80), st.booleans())
def test_cuts_do_not_matter_whatever_the_strings(texts: list[tuple[str, str]], size: int, bare: bool) -> None:
    events = [event(number, name=name, args={"a": [{"b": arg}, {}]}) for number, (name, arg) in enumerate(texts)]
    whole: Any = events if bare else {"otherData": {"x": "},{"}, "traceEvents": events, "last": [{"a": 1}, {"b": 2}]}
    trace = read_in_blocks(json.dumps(whole, ensure_ascii=False).encode(), size)
    assert [trace.name_of(row) for row in range(len(trace))] == [name for name, _ in texts]
    assert not trace.stats.entries
    if trace.args is not None:
        assert [json.loads(trace.args[row])["a"][0]["b"] for row in range(len(trace))] == [arg for _, arg in texts]


def two_members(text: bytes) -> bytes:
    return gzip.compress(text[:100]) + gzip.compress(text[100:])


def padded(text: bytes) -> bytes:
    return gzip.compress(text) + b"\0" * 512


@pytest.mark.parametrize(
    "pack",
    [bytes, gzip.compress, two_members, padded, lambda text: pa.compress(text, codec="zstd", asbytes=True)],
    ids=["plain", "gzip", "two_members", "padded", "zstd"],
)
def test_packings(pack: Callable[[bytes], bytes], write: Write) -> None:
    trace = chrome.read(write(pack(text_of(5000))))
    assert trace.ts.tolist() == [1000 * number for number in range(5000)]
    assert trace.meta["header"] == {"after": 1}
    assert not trace.stats.entries


@pytest.mark.parametrize(
    "pack", [gzip.compress, lambda text: pa.compress(text, codec="zstd", asbytes=True)], ids=["gzip", "zstd"]
)
def test_cut_packing_keeps_whole_events(pack: Callable[[bytes], bytes], write: Write) -> None:
    packed = pack(text_of(40_000, args={"note": "x" * 20}))
    trace = chrome.read(write(packed[: len(packed) * 3 // 4]))
    assert 0 < len(trace) < 40_000
    assert trace.ts.tolist() == [1000 * number for number in range(len(trace))]
    assert trace.stats.count("truncated") == 1


def test_damaged_gzip_is_refused(write: Write) -> None:
    packed = bytearray(gzip.compress(text_of(2000)))
    packed[-6] ^= 0xFF
    with pytest.raises(TraceReadError, match="gzip stream is damaged"):
        chrome.read(write(bytes(packed)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"hello", "neither JSON"),
        (b'{"a": 1}', "no trace events"),
        (b'{"traceEvents": null}', "no trace events"),
        (b'{"traceEvents": {"ph": "X"}}', "no trace events"),
        (b"   \n ", "no trace events"),
        (b"[]", "no event that is whole"),
        (b"[1, 2]", "between two events"),
        (b'[{"ph": "X", "ts": 1, "dur": 1} garbage {"ph": "X", "ts": 1}]', "'garbage'"),
        (b'[{"ph": "X", "ts": 1, "dur": 1}}', "between two events"),
        (b'{"traceEvents": [{"ph": "X", "na', "no event that is whole"),
        (b"\x1f\x8b\x08\x00", "no trace events"),
        (b"\x1f\x8b not gzip at all", "gzip stream is damaged"),
        (b"\x28\xb5\x2f\xfd not zstd", "zstandard stream is damaged"),
    ],
)
def test_what_is_no_trace(text: bytes, message: str, write: Write) -> None:
    path = write(text)
    with pytest.raises(TraceReadError, match=message) as caught:
        chrome.read(path)
    assert caught.value.where == str(path)
    assert caught.value.remedy


def test_place_of_garbage(write: Write) -> None:
    text = text_of(3).replace(b"}, {", b"}, oops {", 1)
    with pytest.raises(TraceReadError) as caught:
        chrome.read(write(text))
    place = int(str(caught.value).split("near byte ")[1].split()[0])
    assert abs(place - text.index(b"oops")) < 4


def test_bomb_of_spaces_is_given_up(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "LIMIT_BYTES", 1 << 20)
    with pytest.raises(TraceReadError, match="no trace event in its first 1 MiB"):
        chrome.read(write(gzip.compress(b" " * (64 << 20))))


@pytest.mark.parametrize("start", [b'{"traceEvents": [{"name": "', b'{"other": "', b'[{"args": {"a": [[[['])
def test_bomb_of_one_event_is_given_up(start: bytes, write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "LIMIT_BYTES", 1 << 20)
    monkeypatch.setattr(json_reader, "PATIENCE_BYTES", 1 << 18)
    taken = 0
    packed = gzip.compress(start + b"a" * (32 << 20))

    class Counting(text_blocks.TextBlocks):
        def __iter__(self) -> Any:
            nonlocal taken
            for block in super().__iter__():
                taken += len(block)
                yield block

    monkeypatch.setattr(text_blocks, "TextBlocks", Counting)
    with pytest.raises(TraceReadError, match="1 MiB"):
        chrome.read(write(packed))
    assert taken < 4 << 20


def test_endless_trailer_is_left(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_reader, "LIMIT_BYTES", 1 << 20)
    trace = chrome.read(write(gzip.compress(text_of(3)[:-1] + b" " * (16 << 20) + b"}")))
    assert len(trace) == 3
    assert trace.stats.count("trailer_skipped") == 1


def test_invalid_utf8_is_repaired_and_counted(write: Write) -> None:
    text = text_of(3).replace(b"k1", b"k\xff1")
    trace = chrome.read(write(text))
    assert [trace.name_of(row) for row in range(3)] == ["k0", "k\ufffd1", "k2"]
    assert trace.stats.count("invalid_utf8") == 1


def test_one_bad_event_does_not_cost_the_others(write: Write) -> None:
    text = text_of(1000).replace(b'"name": "k500"', b'"name": k500')
    trace = chrome.read(write(text))
    assert len(trace) == 999
    assert trace.stats.count("chrome_bad_event") == 1


def test_columns_that_hold_nothing_cost_nothing(write: Write) -> None:
    trace = chrome.read(write(text_of(1000)))
    free = {name for name in COLUMNS if trace[name].strides == (0,)}
    assert free >= {"queued_ns", "request", "chunk", "engine", "category", "dur", "track", "correlation_id"}


def test_times_across_files_of_many_blocks(write: Write) -> None:
    count = 20_000
    text = text_of(count, args={"device": 3, "stream": 9, "correlation": 1})
    assert len(text) > 4 * text_blocks.BLOCK_BYTES
    trace = chrome.read(write(zlib.compress(text, 1, wbits=31)))
    assert trace.ts.tolist() == [1000 * number for number in range(count)]
    assert set(trace["device"].tolist()) == {3}
    assert trace.meta["events"] == count
