"""``lanescope query`` as a person uses it."""

from __future__ import annotations

import csv
import io
import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from profiler.io import write_trace
from profiler.trace.schema import TrackKind
from profiler.trace.tables import Trace, Track
from tests.cli.conftest import Say
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import running


@pytest.fixture
def file(tmp_path: Path) -> str:
    names = ["=1+1", "\x1b]0;x", "k[/foo]"]
    trace = Trace(
        {
            "ts": np.array([1_000_000, 2_000_000, 3_000_000]),
            "dur": np.array([2**60, 2**60 + 1, 3]),
            "category": np.zeros(3, np.uint8),
            "name": np.arange(3, dtype=np.int32),
        },
        names=names,
        tracks=[Track(TrackKind.STREAM, "stream 7")],
    )
    write_trace(trace, tmp_path / "t.parquet")
    return str(tmp_path / "t.parquet")


def test_a_table(say: Say, file: str) -> None:
    code, out, err = say("query", file, "SELECT id, ts, name, NULL AS n FROM kernels ORDER BY id")
    rows = [line.split() for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert ["0", "1000000", "=1+1", "–"] in rows
    assert ["1", "2000000", "\\x1b]0;x", "–"] in rows
    assert ["2", "3000000", "k[/foo]", "–"] in rows


def test_json_is_exact(say: Say, file: str) -> None:
    code, out, _ = say("query", file, "SELECT name, dur FROM kernels ORDER BY id", "--json")
    assert code == 0
    assert json.loads(out) == [
        {"name": "=1+1", "dur": 2**60},
        {"name": "\x1b]0;x", "dur": 2**60 + 1},
        {"name": "k[/foo]", "dur": 3},
    ]
    assert json.loads(say("query", file, "SELECT sum(dur) FROM kernels", "--json")[1]) == [{"sum(dur)": 2**61 + 4}]
    assert json.loads(say("query", file, "SELECT 1 AS a WHERE false", "--json")[1]) == []


def test_json_of_odd_values(say: Say, file: str) -> None:
    values = {
        "'nan'::DOUBLE": None,
        "'-inf'::DOUBLE": None,
        "[1, NULL]": [1, None],
        "{'x': 1.5}": {"x": 1.5},
        "DATE '2020-01-02'": "2020-01-02",
        "1.25::DECIMAL(9, 2)": 1.25,
        "10::DECIMAL(9, 2)": 10,
        "true": True,
        "NULL": None,
    }
    columns = ", ".join(f"{text} AS c{number}" for number, text in enumerate(values))
    found = json.loads(say("query", file, f"SELECT {columns}", "--json")[1])
    assert list(found[0].values()) == list(values.values())


def test_csv_is_harmless_unless_told_otherwise(say: Say, file: str) -> None:
    sql = "SELECT name, -dur AS less, [1, 2] AS list FROM kernels ORDER BY id LIMIT 2"
    rows = list(csv.reader(io.StringIO(say("query", file, sql, "--csv")[1])))
    assert rows == [
        ["name", "less", "list"],
        ["'=1+1", str(-(2**60)), "[1, 2]"],
        ["\\x1b]0;x", str(-(2**60) - 1), "[1, 2]"],
    ]
    rows = list(csv.reader(io.StringIO(say("query", file, sql, "--csv", "--keep-text")[1])))
    assert [row[0] for row in rows] == ["name", "=1+1", "\x1b]0;x"]


def test_more_rows_than_a_person_reads_are_announced(say: Say, file: str) -> None:
    _, out, err = say("query", file, "FROM range(9)", "--rows", "4")
    assert [line.strip() for line in out.splitlines()[2:]] == ["0", "1", "2", "3"]
    assert "more than 4 rows" in err
    assert say("query", file, "FROM range(4)", "--rows", "4")[2] == ""
    assert len(json.loads(say("query", file, "FROM range(9)", "--json", "--rows", "4")[1])) == 9


def test_ready_made_queries(say: Say, file: str) -> None:
    code, out, _ = say("query", "--list")
    assert code == 0
    assert "top-kernels" in out
    assert "counters" in out
    listed = json.loads(say("query", "--list", "--json")[1])
    assert {"slices", "kernels", "copies", "flows", "tracks"} <= set(listed["views"])
    for query in listed["queries"]:
        assert say("query", file, "--run", query["name"])[0] == 0
    assert json.loads(say("query", file, "--run", "top-kernels", "--json")[1])[0]["sum_ns"] == 2**60 + 1


@pytest.mark.parametrize(
    "args",
    [
        ("TRACE",),
        ("TRACE", ""),
        ("TRACE", "COPY slices TO 'out.csv'"),
        ("TRACE", "SELECT * FROM read_text('t.parquet')"),
        ("TRACE", "SELECT * FROM 't.parquet'"),
        ("TRACE", "SELECT * FROM nowhere"),
        ("TRACE", "SELECT * FROM range(100000000000000) a, range(1000) b ORDER BY 1", "--timeout", "100ms"),
        ("TRACE", "SELECT list_sort(range(2000000000))", "--memory", "50MB"),
        ("TRACE", "SELECT 1", "--run", "copies"),
        ("TRACE", "--run", "copie"),
        ("TRACE", "SELECT 1", "--json", "--csv"),
        ("TRACE", "SELECT 1", "--timeout", "0"),
        ("TRACE", "SELECT 1", "--timeout", "soon"),
        ("TRACE", "SELECT 1", "--timeout", "1e999999"),
        ("TRACE", "SELECT 1", "--memory", "1MB"),
        ("TRACE", "SELECT 1", "--memory", "much"),
        ("TRACE", "SELECT 1", "--rows", "0"),
        (),
        ("nowhere.parquet", "SELECT 1"),
    ],
)
def test_wrong_use_is_one_line_and_leaves_no_file(args: tuple[str, ...], say: Say, file: str, tmp_path: Path) -> None:
    code, out, err = say("query", *(file if arg == "TRACE" else arg for arg in args))
    assert (code, out) == (2, "")
    assert err.startswith("lanescope: error: ")
    assert err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["t.parquet"]


@pytest.mark.parametrize("timeout", ["20", "20s", "20000ms"])
def test_times_of_any_unit(timeout: str, say: Say, file: str) -> None:
    assert say("query", file, "SELECT 1", "--timeout", timeout, "--memory", "100MB")[0] == 0


SAYS_WHEN_IT_RUNS = """
import sys
from profiler.cli import main
from profiler.io.sql import session

start = session._Job.start

def said(job):
    start(job)
    print("running", file=sys.stderr, flush=True)
    session._Job.start = start

session._Job.start = said
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(10000000000000) a, range(1000) b",
        "SELECT list_sort(list_transform(range(60000000), lambda x: hash(x)))",
        "SELECT * FROM range(100000000000000)",
    ],
    ids=["rows", "one value", "output"],
)
def test_ctrl_c_stops_an_endless_query(sql: str, file: str) -> None:
    command = [sys.executable, "-c", SAYS_WHEN_IT_RUNS, "query", file, sql, "--csv", "--timeout", "100"]
    with running(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "running\n"
        # Most of the time DuckDB is in the middle of it by then; nothing here depends on how far it came.
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, err) == (130, "lanescope: interrupted\n")
