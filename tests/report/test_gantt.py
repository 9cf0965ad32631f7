from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.report.escape import cell_width
from profiler.report.gantt import MIN_WIDTH, gantt_lines
from profiler.timeline.lanes import extent_ns
from profiler.trace.schema import Category, MemcpyKind, TrackKind
from profiler.trace.tables import Trace, Track
from tests.timeline.synthetic import US, Rows, batch_one, pipeline, random_trace

SGR = re.compile(r"\x1b\[[0-9;]*m")
STREAM = Track(TrackKind.STREAM, "stream 7", device=0, stream=7)


def test_batch_one_in_a_terminal() -> None:
    assert gantt_lines(batch_one(), 67) == [
        "        ╷0 µs     ╷20 µs    ╷40 µs   ╷60 µs    ╷80 µs          busy",
        "HtoD      ▚▚▚▚▚▚▚▚▚▚▚▚▚▖                                        24%",
        "compute                ▇████████████████████████████████████▁   68%",
        "DtoH                                                        ▚▚   4%",
        "█ kernels  ▚ copy exposed",
    ]


def test_a_pipeline_in_a_terminal() -> None:
    lines = gantt_lines(pipeline(), 100, streams=True)
    assert re.findall(r"╷(\S+) ms", lines[0]) == ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0", "1.2", "1.4"]
    assert [line.split()[0] for line in lines[1:4]] == ["HtoD", "compute", "DtoH"]
    htod, compute, dtoh = (line[9:95] for line in lines[1:4])
    assert htod.startswith("▚▚▚▚▚▚▓▓▓▓")
    assert set(htod[6:]) <= set("░▒▓ ")
    assert compute.strip().strip("▁▂▃▄▅▆▇") == "█" * 77
    assert dtoh.endswith("▚▚")
    assert [line[-4:] for line in lines[1:4]] == [" 57%", " 91%", " 14%"]
    assert lines[-1] == "█ kernels  ▓ copy hidden under kernels  ▚ copy exposed"


def test_without_unicode_there_is_nothing_but_ascii() -> None:
    lines = gantt_lines(pipeline(), 80, unicode=False)
    assert all(line.isascii() for line in lines)
    assert lines[1][8:13] == "XXXXX"
    assert lines[1][13:40] == "=" * 27
    assert lines[2][13:74] == "#" * 61
    assert lines[-1] == "# kernels  = copy hidden under kernels  X copy exposed"
    assert "us" in gantt_lines(batch_one(), 80, unicode=False)[0]


def test_colours_change_nothing_but_colours() -> None:
    plain, coloured = gantt_lines(pipeline(), 90), gantt_lines(pipeline(), 90, colour=True)
    assert [SGR.sub("", line) for line in coloured] == plain
    assert "\x1b[1;91m▚" in coloured[1]
    assert "\x1b[36m" in coloured[1]
    assert "\x1b[94m" in coloured[2]
    assert not any("\x1b" in line for line in plain)
    for line in coloured:
        assert line.count("\x1b[0m") * 2 == len(SGR.findall(line))


def test_exposed_and_hidden_copies_differ_without_colours() -> None:
    for unicode in (True, False):
        hidden = gantt_lines(pipeline(), 90, unicode=unicode)[1][30:60]
        exposed = gantt_lines(pipeline(copy_engines=1), 90, unicode=unicode)[1][30:60]
        assert not set(hidden) & set(exposed) - {" "}


@given(st.integers(0, 10**6), st.integers(1, 200), st.integers(0, 200), st.booleans(), st.booleans())
def test_no_line_is_too_wide_and_no_busy_character_empty(
    seed: int, size: int, width: int, unicode: bool, streams: bool
) -> None:
    trace = random_trace(seed, size=size)
    lines = gantt_lines(trace, width, unicode=unicode, streams=streams)
    assert all(cell_width(line) <= max(width, MIN_WIDTH) for line in lines)
    compute = next((line for line in lines if line.startswith("compute")), None)
    work = np.isin(trace.category, (Category.KERNEL, Category.GRAPH))
    assert (compute is None) == (not work.any())
    if compute is not None:
        gutter = lines[0].index("╷" if unicode else "|")
        cells = compute[gutter : gutter + len(lines[0]) - gutter - 5]
        start, end = extent_ns(trace)
        span = max(end - start, len(cells))
        for ts, dur in zip(trace.ts[work].tolist(), trace.dur[work].tolist(), strict=True):
            middle = ts - start + max(dur, 1) // 2
            assert cells[min(middle * len(cells) // span, len(cells) - 1)] != " "


def test_the_share_of_a_character_is_its_height() -> None:
    rows = Rows()
    for number in range(8):
        rows.add("k", STREAM, number * 800, 100 * (number + 1) - 1, Category.KERNEL, device=0, stream=7)
    rows.add("k", STREAM, 52 * 800 - 1, 1, Category.KERNEL, device=0, stream=7)
    lines = gantt_lines(rows.trace(), 65)
    assert lines[1][8:60].rstrip() == "▁▂▃▄▅▆▇█" + " " * 43 + "▁"


def test_a_window_cuts_what_is_drawn_and_the_busy_share() -> None:
    lines = gantt_lines(pipeline(), 80, window=(0, 125 * US))
    assert "compute" in lines[2]
    assert lines[2].endswith("  0%")
    assert lines[1].endswith(" 96%")
    assert lines[0].split()[-2:] == ["µs", "busy"]


def test_devices_have_headings_where_there_are_several() -> None:
    rows = Rows()
    for device in (0, 1):
        rows.add("k", STREAM, 10, 10, Category.KERNEL, device=device, stream=7)
    lines = gantt_lines(rows.trace(gpus={"1": {"name": "H100\x1b[2J"}}), 60)
    assert lines[1] == "GPU 0"
    assert lines[3] == "GPU 1 H100\\x1b[2J"


def test_memsets_and_copies_on_the_device_have_a_mark_of_their_own() -> None:
    rows = Rows()
    rows.add("set", STREAM, 10, 10, Category.MEMSET, device=0, stream=7)
    rows.add("copy", STREAM, 20, 10, Category.MEMCPY, device=0, stream=7, memcpy_kind=MemcpyKind.DTOD)
    lines = gantt_lines(rows.trace(), 60)
    assert set(lines[1].split()[2]) == {"═"}
    assert lines[-1] == "═ memset, copy on the device"


@pytest.mark.parametrize(
    "name", ["k[/foo]", "<b>", "\x1b]0;x\x07", "nul\0", "\u202eabc", "x" * 4_000, "日本語" * 40, "\ud800"]
)
@pytest.mark.parametrize("unicode", [True, False])
def test_hostile_stream_names_are_shown_and_obeyed_by_nobody(name: str, unicode: bool) -> None:
    rows = Rows()
    track = Track(TrackKind.STREAM, name, device=0, stream=1)
    rows.add(name, track, 10, 10, Category.KERNEL, device=0, stream=1)
    lines = gantt_lines(rows.trace(), 80, unicode=unicode, streams=True)
    for line in lines:
        assert not re.search("[\x00-\x1f\x7f-\x9f\u202e\ud800]", line)
        assert cell_width(line) <= 80
    if name in ("k[/foo]", "<b>"):
        assert lines[2].startswith(name)


def test_a_trace_in_which_nothing_ran_says_so() -> None:
    rows = Rows()
    rows.add("call", Track(TrackKind.THREAD, "main"), 10, 10, Category.RUNTIME)
    assert gantt_lines(Trace({}), 80) == gantt_lines(rows.trace(), 80) == ["nothing ran on a device"]
