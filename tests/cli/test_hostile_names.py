"""Names that a traced program chose reach no terminal, spreadsheet or browser as more than names, by any verb."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from profiler.cli import main
from profiler.io import write_trace
from profiler.trace.builder import TraceBuilder
from profiler.trace.schema import Category, Engine, MemcpyKind, Severity, TrackKind
from profiler.trace.tables import Track

NAMES = (
    "k[/foo]",
    "f<a>(b)",
    "<img src=x>",
    "[with T=float]",
    "\x1b]0;x\x07",
    "=1+1",
    "+1",
    "-1",
    "@sum",
    "nul\0",
    "[red]a[/red]",
    "a\x9b2Jb",
    "\u202etxt.exe",
    "line\nbreak\rhere",
    "| a | `b` | [c](javascript:d)",
    ":smile:",
    "&lt;",
    "]]>",
    "\ufffe\x01",
    "n" * 100_000,
)

#: Longest line of a text; a table of several columns of whole names would be longer.
LONGEST_LINE = 5000

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*args: object) -> tuple[int, str, str]:
        code = main([str(arg) for arg in args])
        out, err = capfd.readouterr()
        return code, out, err

    return call


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("hostile") / "trace.parquet", NAMES)


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("other") / "other.parquet", ["other"])


def written(path: Path, names: Sequence[str]) -> Path:
    """A trace in which everything that has a name has each of ``names``."""
    builder = TraceBuilder()
    gpus = {}
    for number, name in enumerate(names):
        host = builder.track(Track(TrackKind.THREAD, name, pid=1, tid=number))
        nvtx = builder.track(Track(TrackKind.NVTX, name, pid=1, tid=number))
        stream = builder.track(Track(TrackKind.STREAM, name, pid=1, device=number, context=1, stream=7))
        counter = builder.track(Track(TrackKind.COUNTER, name, pid=1))
        at, place = 100 * number, {"device": number, "context": 1, "stream": 7, "pid": 1}
        args = json.dumps({name: name})
        builder.add(ts=at, dur=5, category=Category.RUNTIME, name=name, track=host, correlation_id=number, args=args)
        builder.add(ts=at, dur=90, category=Category.MARKER, name=name, track=nvtx)
        builder.add(
            ts=at + 10, dur=20, category=Category.KERNEL, name=name, track=stream, correlation_id=number, **place
        )
        copy = {"memcpy_kind": MemcpyKind.HTOD, "engine": Engine.HTOD, "size_bytes": 4096}
        builder.add(ts=at + 20, dur=20, category=Category.MEMCPY, name=name, track=stream, **place, **copy)
        builder.add_counters(np.array([at]), counter, np.array([1.0]))
        builder.stats.add(name[:50], Severity.DATA_LOSS)
        gpus[str(number)] = {"name": name}
    builder.meta.update({"format": "kineto", "resolution_ns": 1, "gpus": gpus, "diagnostics": list(names)})
    write_trace(builder.build(), path)
    return path


def assert_harmless(text: str) -> None:
    """No character that a terminal obeys or that turns what follows, and no name of any length whole."""
    odd = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs", "Zl", "Zp")} - {"\n", "\t"}
    assert not odd
    assert not {unicodedata.bidirectional(letter) for letter in text} & {
        "RLO",
        "LRO",
        "RLE",
        "LRE",
        "RLI",
        "LRI",
        "FSI",
    }
    assert max(map(len, text.splitlines()), default=0) < LONGEST_LINE


@pytest.mark.parametrize(
    "args",
    [
        ("info", "TRACE"),
        ("analyze", "TRACE"),
        ("analyze", "TRACE", "--by", "name"),
        ("analyze", "TRACE", "TRACE", "--by", "stream"),
        ("compare", "TRACE", "TRACE"),
        ("diff", "TRACE", "OTHER", "--host", "--rows", "1000"),
        ("query", "TRACE", "select * from slices"),
        ("query", "TRACE", "select * from tracks"),
        ("query", "TRACE", "select 1 as \"a\x1b[31m\", chr(27) as b, [name] as c, {'x': name} as d from slices"),
        ("convert", "TRACE", "OUT.json"),
        ("convert", "TRACE", "OUT.pftrace"),
        ("convert", "TRACE", "OUT.csv"),
        ("convert", "TRACE", "OUT.sqlite"),
        ("render", "TRACE", "-o", "OUT.svg"),
    ],
    ids=lambda args: " ".join(args)[:40],
)
def test_text_of_every_verb(args: tuple[str, ...], hostile: Path, other: Path, tmp_path: Path, run: Run) -> None:
    if args[0] == "query":
        pytest.importorskip("duckdb")
    traces = {"TRACE": str(hostile), "OTHER": str(other)}
    filled = [traces[arg] if arg in traces else arg.replace("OUT", str(tmp_path / "out")) for arg in args]
    code, out, err = run(*filled)
    assert code == 0, err
    assert_harmless(out)
    assert_harmless(err)
    if args[0] in ("diff", "info"):
        assert "k[/foo]" in out
        assert "[red]a[/red]" in out
        assert ":smile:" in out
        assert "\\x1b]0;x\\x07" in out


@pytest.mark.parametrize(
    "args", [("info",), ("analyze", "--by", "name"), ("query", "select name from kernels")], ids=lambda args: args[0]
)
def test_json_has_every_name_whole(args: tuple[str, ...], hostile: Path, run: Run) -> None:
    if args[0] == "query":
        pytest.importorskip("duckdb")
    code, out, err = run(args[0], hostile, *args[1:], "--json")
    assert code == 0, err
    assert out.isascii()
    assert_harmless(out.replace("n" * 100_000, ""))
    found = json.dumps(json.loads(out), ensure_ascii=False)
    assert [name for name in NAMES if json.dumps(name, ensure_ascii=False) not in found] == []


def test_csv_holds_no_formula(hostile: Path, tmp_path: Path, run: Run) -> None:
    pytest.importorskip("duckdb")
    assert run("convert", hostile, tmp_path / "t.csv")[0] == 0
    written = (tmp_path / "t.csv").read_text()
    _, asked, _ = run("query", hostile, "select name, track from slices", "--csv")
    csv.field_size_limit(1 << 20)
    for text in (written, asked):
        cells = {row[column] for row in csv.DictReader(io.StringIO(text)) for column in ("name", "track")}
        assert not {cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r", "\uff1d")}
        assert {"'=1+1", "'+1", "'@sum", "'-1"} <= cells
        assert not {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs")} - {"\n"}


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_svg_is_well_formed_and_holds_no_markup_of_a_name(theme: str, hostile: Path, tmp_path: Path, run: Run) -> None:
    picture = tmp_path / "<b>&'\".svg"
    assert run("render", hostile, "-o", picture, "--theme", theme)[0] == 0
    text = picture.read_text()
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(text).iter()}
    assert not tags & {"img", "script", "a", "foreignObject"}
    assert "<img" not in text
    odd = {letter for letter in text if unicodedata.category(letter) in ("Cc", "Cs")} - {"\n", "\t"}
    assert not odd
    assert "n" * 5000 not in text


@pytest.mark.parametrize("name", ["<img src=x>", "\x1b]0;x", "k[/foo]", "=1+1", "\udcff", "\u202egpj.exe", "n" * 200])
@pytest.mark.parametrize("verb", ["info", "analyze", "convert", "query", "diff", "render", "compare", "run"])
def test_names_of_files_in_messages(verb: str, name: str, tmp_path: Path, run: Run) -> None:
    path = tmp_path / f"{name}.json"
    more = {
        "convert": [tmp_path / "o.csv"],
        "query": ["select 1"],
        "diff": [path],
        "render": ["-o", tmp_path / "o.svg"],
    }.get(verb, [])
    for content in (None, "{", '{"traceEvents": [{"name": "\\u001b[31m" oops }, {"x" "y"}'):
        if content is not None:
            path.parent.mkdir(exist_ok=True)
            path.write_text(content)
        code, out, err = run(verb, path, *more)
        assert code in (2, 3)
        assert out == ""
        assert_harmless(err)
        assert err.count("\n") == 1
        assert "Traceback" not in err
