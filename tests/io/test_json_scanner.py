"""The compiled scanner gives what the reader without it gives, whatever the text and wherever it is cut."""

from __future__ import annotations

import ctypes
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import chrome, json_scanner
from profiler.io.chrome_assemble import ChromeAssembler
from profiler.io.chrome_own import OwnAssembler, own_header
from profiler.io.json_blocks import Dictionaries, EventBlock
from profiler.io.json_events import OWN_ARGS, EventDecoder
from profiler.io.json_reader import EventReader
from profiler.io.json_scan_reader import ScanningReader
from profiler.io.json_scanner import EventScanner, scan_library
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import COLUMNS
from profiler.trace.tables import Trace
from tests.fuzz import corpus, make_json
from tests.fuzz.draw import Draw
from tests.fuzz.readers import file_of
from tests.fuzz.seeds import seeds
from tests.io.samples import CASES
from tests.io.test_chrome_write import sample
from tests.io.test_third_party_json import KINETO, NSIGHTFUL
from tests.io.traces import column_of, rest_of

Find = Callable[[str], Path]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ctypes.CDLL]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("LANESCOPE_COMPILED", "1")
        found = scan_library(worthwhile=True)
        assert found is not None, "the C compiler of the system did not build the scanner"
        yield found


def everything(trace: Trace) -> Any:
    columns = {name: column_of(trace, name) for name in COLUMNS}
    return columns, rest_of(trace), trace.meta, set(trace.names)


class Counted(EventScanner):
    """A scanner that counts the events it left to the decoder."""

    odd = rows = 0

    def scan(self, text: bytes, first: int) -> json_scanner.Scan:
        found = super().scan(text, first)
        Counted.odd += self._rows.odd_rows
        Counted.rows += self._rows.rows
        return found


def read(text: bytes, library: ctypes.CDLL | None, size: int = 1 << 20) -> Any:
    """All that the trace in ``text`` holds, or the message with which it is refused."""
    builder = TraceBuilder()
    known = Dictionaries(names=builder.name_codes)
    decoder = EventDecoder(known, builder.stats)
    blocks = [text[at : at + size] for at in range(0, len(text), size)]
    if library is None:
        events = EventReader(blocks, decoder, builder.stats)
    else:
        events = ScanningReader(blocks, decoder, builder.stats, lambda: Counted(library, decoder, builder.stats))
    assembler: ChromeAssembler | OwnAssembler = ChromeAssembler(builder, known)
    try:
        events.start()
        if (own := own_header(events.header)) is not None:
            decoder.known_args = OWN_ARGS
            assembler = OwnAssembler(builder, known, own)
        for block in events:
            assembler.add(block)
    except TraceReadError as error:
        return str(error)
    return everything(assembler.finish(events.header))


def odd_events(text: bytes, library: ctypes.CDLL) -> tuple[int, int]:
    """How many events of the text the scanner left to the decoder, and how many it read itself."""
    Counted.odd = Counted.rows = 0
    assert read(text, library) == read(text, None)
    return Counted.odd, Counted.rows


@pytest.mark.parametrize("size", [1, 7, 64, 333, 1 << 20])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hand_made_files(case: Any, size: int, library: ctypes.CDLL) -> None:
    text = case.text.encode("utf-8", "surrogatepass")
    assert read(text, library, size) == read(text, None)


@pytest.mark.parametrize("name", [*KINETO, NSIGHTFUL])
def test_files_of_others(
    name: str, third_party_trace: Find, library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = third_party_trace(name)
    scanned = chrome.read(path)
    monkeypatch.setenv("LANESCOPE_COMPILED", "0")
    plain = chrome.read(path)
    assert everything(scanned) == everything(plain)


def test_file_of_our_own(tmp_path: Path, library: ctypes.CDLL) -> None:
    chrome.write(sample(), tmp_path / "own.json")
    text = (tmp_path / "own.json").read_bytes()
    assert read(text, library, 100) == read(text, None)


PLAIN = {"ph": "X", "name": "k", "cat": "kernel", "pid": 0, "tid": 7, "ts": 1.5, "dur": 2, "args": {"stream": 7}}


@pytest.mark.parametrize(
    "event",
    [
        json.dumps(PLAIN),
        json.dumps({key: PLAIN[key] for key in reversed(PLAIN)}),
        json.dumps({**PLAIN, "args": {"a": [1, {"b": [None, True, -1.5e-7]}], "bytes": 3}, "tts": 5, "sf": {"x": []}}),
        json.dumps({**PLAIN, "ts": "12.25", "dur": "3", "args": {"stream": "7", "correlation": "12"}}),
        json.dumps({**PLAIN, "ts": 1767189312000000.123, "tid": "stream 7", "pid": None}),
        json.dumps({**PLAIN, "ts": 1.2345678, "dur": 0.0005}),
        json.dumps({**PLAIN, "name": 'a "quoted" \\ name\n\t\u00e9\u2028', "cat": "\u4e2d"}),
        json.dumps({**PLAIN, "name": "\u4e2d\U0001f600", "args": {"\u00e9": "\u4e2d"}}, ensure_ascii=False),
        json.dumps({**PLAIN, "ph": "B", "args": None}),
        json.dumps({**PLAIN, "ph": "f", "id": 5, "bp": "e"}),
        json.dumps({**PLAIN, "ph": "s", "id": "0x5f"}),
        '{ "ph"\t:\r\n"X" , "ts" : -0 , "args" : { } }',
    ],
)
def test_what_is_plain_is_scanned(event: str, library: ctypes.CDLL) -> None:
    assert odd_events(f"[{event}]".encode(), library) == (0, 1)


@pytest.mark.parametrize(
    "event",
    [
        json.dumps({**PLAIN, "ph": "M"}),
        json.dumps({**PLAIN, "ph": "C"}),
        json.dumps({**PLAIN, "ts": 1e300}),
        json.dumps({**PLAIN, "name": 5, "args": []}),
        json.dumps({**PLAIN, "args": {"stream": 7.5, "bytes": 2**63}}),
        json.dumps({**PLAIN, "name": "\U0001f600"}),
        json.dumps({**PLAIN, "ph": "b", "id2": {"local": 4}}),
        '{"ph":"X","ts":1,"ts":2,"dur":1}',
        '{"ph":"X","ts":1,"dur":1,"args":{"a":1,"b":2,"a":3}}',
        '{"ph":"X","ts":1,"dur":1,"args":{"stream":1,"stream":2}}',
        '{"ph":"X","\\u0074s":1,"dur":1}',
        '{"ph":"X","ts":01,"dur":1}',
        '{"ph":"X","ts":1,"dur":NaN}',
        '{"ph":"X","ts":4611686018427387.905,"dur":1}',
        '{"ph":"X","ts":1,"dur":1,"name":"a\\x"}',
        '{"ph":"X","ts":1,"dur":1,"args":' + '{"a":' * 80 + "1" + "}" * 81,
    ],
)
def test_what_is_odd_is_left_to_the_decoder(event: str, library: ctypes.CDLL) -> None:
    assert odd_events(f"[{event},{event}]".encode(), library) == (2, 0)


numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.decimals(-(10**7), 10**7, allow_nan=False, places=5).map(str),
    st.sampled_from(["1.0005", "-0.0015", "1.00050", "007", "1.", ".5", "1e3", "NaN", "-", "4611686018427387.904"]),
)
strings = st.one_of(
    st.sampled_from(["kernel", "gpu_memcpy", "ac2g", "stream 7", "k", "e"]).map(json.dumps),
    st.text(max_size=12).map(json.dumps),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12).map(
        lambda text: json.dumps(text, ensure_ascii=False)
    ),
    st.sampled_from(['"\\x"', '"\t"', '"\\ud83d"', '"a\\\\"', '"}, {"', "kernel", '"' + "x" * 40 + '"']),
)
values = st.recursive(
    st.one_of(numbers, strings, st.sampled_from(["null", "true", "fals"])),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda found: f"[ {','.join(found)}]"),
        st.lists(st.tuples(strings, inner), max_size=3).map(lambda found: _object(found)),
    ),
    max_leaves=4,
)
times = st.one_of(st.decimals(0, 10**4, allow_nan=False, places=3).map(str), numbers, strings)
known = st.sampled_from(['"stream"', '"device"', '"correlation"', '"bytes"', '"kind"', '"x"'])
small = st.integers(-1, 9).map(str)
arguments = st.one_of(
    st.lists(st.tuples(known, small), max_size=4).map(lambda found: _object(found)),
    st.lists(st.tuples(st.one_of(known, strings), st.one_of(small, values)), max_size=4).map(
        lambda found: _object(found)
    ),
    values,
)


def _object(members: list[tuple[str, str]]) -> str:
    return "{" + " , ".join(f"{key}: {value}" for key, value in members) + "}"


@st.composite
def events(draw: st.DrawFn) -> str:
    phase = st.one_of(st.just("X"), st.sampled_from(list("XBEbensftiSTFpMCN")))
    owner = st.one_of(st.sampled_from(["0", "7", '"7"', '"stream 7"']), values)
    members = [("ph", phase.map(json.dumps)), ("name", strings), ("cat", strings), ("ts", times), ("dur", times)]
    members += [("pid", owner), ("tid", owner), ("args", arguments), ("id", st.one_of(small, values)), ("bp", strings)]
    kept = draw(st.lists(st.sampled_from(members), max_size=3)) if draw(st.integers(0, 9)) == 0 else members
    order = draw(st.permutations(kept)) if draw(st.booleans()) else kept
    return _object([(json.dumps(key), draw(value)) for key, value in order])


between = st.sampled_from([",", ", ", ",\n", ",", ",,", "", ",null,", ",5,"])


@st.composite
def texts(draw: st.DrawFn) -> bytes:
    found = draw(st.lists(events(), min_size=1, max_size=6))
    inner = "".join(event + draw(between) for event in found[:-1]) + found[-1]
    text = bytearray(draw(st.sampled_from(["[%s]", '{"traceEvents":[%s],"a":1}'])).replace("%s", inner).encode())
    for _ in range(draw(st.sampled_from([0, 0, 1, 3]))):
        at = draw(st.integers(0, len(text) - 1))
        text[at : at + draw(st.integers(0, 5))] = draw(
            st.sampled_from([b"", b'"', b"{", b"}", b"\\", b"\xff", b"\0", b"]"])
        )
    return bytes(text)


@pytest.mark.fuzz
@settings(max_examples=250)
@given(text=texts(), size=st.integers(1, 80))
@example(text=b'[{"ph":"X","ts":1,"dur":1},{"ph":"M","name":"process_name","pid":1,"args":{"name":"a"}}]', size=1)
def test_both_ways_agree_on_any_text(text: bytes, size: int, library: ctypes.CDLL) -> None:
    wanted = read(text, None)
    assert read(text, library) == wanted
    assert read(text, library, size) == wanted


@pytest.mark.fuzz
@settings(max_examples=250)
@given(choices=st.binary(min_size=40, max_size=800))
def test_both_ways_agree_on_made_files(choices: bytes, library: ctypes.CDLL) -> None:
    text = make_json.trace(Draw(choices))
    assert read(text, library) == read(text, None)


@pytest.mark.fuzz
def test_both_ways_agree_on_every_input_kept(library: ctypes.CDLL) -> None:
    kept = [*corpus.inputs("chrome").values(), *seeds("chrome")]
    assert kept
    differing = [text for text in (file_of("chrome", data) for data in kept) if read(text, library) != read(text, None)]
    assert not differing


def test_rows_beyond_one_scan(library: ctypes.CDLL, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [
        {**PLAIN, "name": f"k{place % 9}", "ts": place, "args": {"stream": place % 5, "n": place}}
        for place in range(60)
    ]
    found[10::7] = [{"ph": "M", "name": "thread_name", "pid": 0, "tid": 7, "args": {"name": "t"}}] * len(found[10::7])
    text = json.dumps(found).encode()
    monkeypatch.setattr(json_scanner, "ROWS", 4)
    monkeypatch.setattr(json_scanner, "_ROOM", {"odd": 12, "args": 100})
    monkeypatch.setattr(json_scanner, "_ARGS_BYTES", 100)
    assert read(text, library) == read(text, None)


def test_many_names_ids_and_lanes(library: ctypes.CDLL) -> None:
    found: list[dict[str, Any]] = [
        {
            "ph": phase,
            "name": f"n{place}",
            "cat": f"c{place % 99}",
            "id": place,
            "pid": place % 7,
            "tid": place,
            "ts": place,
        }
        for place in range(3000)
        for phase in "Xsf"
    ]
    assert read(json.dumps(found).encode(), library, 4000) == read(json.dumps(found).encode(), None)


def test_block_arrays_are_only_borrowed(library: ctypes.CDLL) -> None:
    decoder = EventDecoder(Dictionaries(), TraceBuilder().stats)
    scanner = EventScanner(library, decoder, TraceBuilder().stats)
    text = json.dumps(PLAIN).encode()
    found: EventBlock = scanner.scan(text, 0).block
    assert found.ts.tolist() == [1500]
    assert found.numbers["stream"].tolist() == [7]
