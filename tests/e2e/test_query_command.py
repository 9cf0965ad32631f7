"""What SQL may not do, through the real command: exit 2, one line, and no file that was not there."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from profiler.io import write_trace
from tests.helpers.patience import PATIENCE_S
from tests.helpers.project import assert_passes, run, tool
from tests.helpers.random_traces import random_trace


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_trace(random_trace(1, size=20), tmp_path / "t.parquet")
    (tmp_path / "secret.txt").write_text("secret")
    return tmp_path


def ask(folder: Path, sql: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [tool("lanescope"), "query", "t.parquet", sql, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=PATIENCE_S)


STATEMENTS = (
    "select * from read_text('secret.txt')",
    "select * from read_blob('secret.txt')",
    "select * from glob('*')",
    "select * from 'secret.txt'",
    "select * from 't.parquet'",
    'select * from "t.parquet"',
    "copy slices to 'out.csv'",
    "copy (select 1) to 'out.parquet'",
    "attach 'out.db'",
    "attach 'out.db' as other (type sqlite)",
    "install httpfs",
    "load httpfs",
    "set threads = 1",
    "set enable_external_access = true",
    "pragma enable_profiling",
    "export database 'out'",
    "create table x as select 1",
    "select 1; copy slices to 'out.csv'",
    "with x as (select * from read_csv('secret.txt')) select * from x",
)

#: Asks one after another, and says of each what came of it and which files there are then.
RUNNER = """
import contextlib, io, json, os, sys
from profiler.cli import main
found = []
for sql in sys.argv[1:]:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(["query", "t.parquet", sql])
    found.append([sql, code, out.getvalue(), err.getvalue(), sorted(os.listdir())])
print(json.dumps(found))
"""


def test_sql_reaches_nothing_but_the_trace(folder: Path) -> None:
    done = run([sys.executable, "-c", RUNNER, *STATEMENTS], cwd=folder)
    assert_passes(done)
    found = json.loads(done.stdout)
    assert [sql for sql, *_ in found] == list(STATEMENTS)
    for sql, code, out, err, files in found:
        assert (code, out, files) == (2, "", ["secret.txt", "t.parquet"]), sql
        assert err.startswith("lanescope: error: "), sql
        assert err.count("\n") == 1, sql
        assert "secret" not in err.replace("secret.txt", ""), sql


def test_the_command_ends_with_the_same(folder: Path) -> None:
    done = ask(folder, "select * from read_text('secret.txt')")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("lanescope: error: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("sql", "options", "complaint"),
    [
        ("select count(*) from range(10000000000000) a, range(1000) b", ("--timeout", "500ms"), "longer than 0.5 s"),
        ("select list_sort(range(2000000000))", ("--memory", "100MB"), "more than 0.1 GB of memory"),
        (
            "select a.range, b.range from range(3000000) a, range(100) b order by 1, 2",
            ("--memory", "50MB"),
            "of memory",
        ),
    ],
    ids=["time", "memory of one value", "memory of rows"],
)
def test_an_endless_query_is_stopped(sql: str, options: tuple[str, ...], complaint: str, folder: Path) -> None:
    done = ask(folder, sql, *options)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
