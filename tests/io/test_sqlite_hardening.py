"""Databases that need not be trusted: what is refused, what is never run, and what reading may cost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiler.errors import TraceReadError
from profiler.io import read_trace
from profiler.io.distinct import distinct
from profiler.io.sqlite_open import connected
from profiler.io.sqlite_tables import opened_database
from profiler.trace.select import kernels
from profiler.trace.tables import Trace
from profiler.trace.validate import structure
from tests.io.databases import Table, write_database

KERNEL = "CUPTI_ACTIVITY_KIND_KERNEL"
NSYS: dict[str, Table] = {
    "StringIds": [{"id": 1, "value": "k"}],
    KERNEL: [
        {"start": n, "end": n + 5, "deviceId": 0, "contextId": 1, "streamId": 7, "globalPid": 1 << 24, "shortName": 1}
        for n in (30, 10, 20)
    ],
}
NVPROF: dict[str, Table] = {
    "StringTable": [{"_id_": 1, "value": "k"}],
    KERNEL: [{"start": n, "end": n + 5, "deviceId": 0, "contextId": 1, "streamId": 7, "name": 1} for n in (30, 10, 20)],
}


def read(folder: Path, tables: dict[str, Table], *statements: str) -> Trace:
    return read_trace(write_database(folder / "t.sqlite", tables, *statements))


def with_kernel(tables: dict[str, Table], **values: Any) -> dict[str, Table]:
    first, *others = tables[KERNEL]
    return {**tables, KERNEL: [{**first, **values}, *others]}


@pytest.mark.parametrize("tables", [NSYS, NVPROF])
@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("CREATE VIEW {table} AS SELECT 1 AS start, 2 AS end", "is a view"),
        ("CREATE VIRTUAL TABLE {table} USING fts5(start)", "is a virtual table"),
        ("CREATE TABLE {table} (start INTEGER, end INTEGER AS (start + 1))", "computed columns"),
        ("CREATE TABLE {table} (start INTEGER, end INTEGER AS (start + 1) STORED)", "computed columns"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("table", [KERNEL, "CUPTI_ACTIVITY_KIND_MEMCPY", "CUPTI_ACTIVITY_KIND_RUNTIME"])
def test_only_ordinary_tables_are_read(
    table: str, statement: str, what: str, tables: dict[str, Table], tmp_path: Path
) -> None:
    without = {name: found for name, found in tables.items() if name != table}
    with pytest.raises(TraceReadError, match=what) as caught:
        read(tmp_path, {**without, "CUPTI_ACTIVITY_KIND_MEMSET": tables[KERNEL]}, statement.format(table=table))
    assert caught.value.where == str(tmp_path / "t.sqlite")


def test_triggers_and_functions_of_the_schema_do_not_run(tmp_path: Path) -> None:
    statements = (
        f"CREATE TRIGGER t AFTER INSERT ON {KERNEL} BEGIN DELETE FROM {KERNEL}; END",
        f"CREATE INDEX i ON {KERNEL} (abs(start))",
        "CREATE TABLE other (a INTEGER CHECK (a > 0), b DEFAULT (random()))",
    )
    assert len(read(tmp_path, NSYS, *statements)) == 3
    with connected(tmp_path / "t.sqlite") as (connection, _):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            connection.execute(f"INSERT INTO {KERNEL} (start) VALUES (1)")
        with pytest.raises(sqlite3.OperationalError, match="not authorized"):
            connection.execute("SELECT load_extension('x')")
        assert connection.execute("PRAGMA trusted_schema").fetchone() == (0,)


def test_rows_keep_their_order_whatever_indexes_there_are(tmp_path: Path) -> None:
    columns = ", ".join(NSYS[KERNEL][0])
    trace = read(tmp_path, NSYS, f"CREATE INDEX i ON {KERNEL} (start, {columns})", "ANALYZE")
    assert trace.ts.tolist() == [30, 10, 20]


@pytest.mark.parametrize("tables", [NSYS, NVPROF])
@pytest.mark.parametrize("column", ["start", "end", "deviceId", "streamId", "contextId", "gridX"])
@pytest.mark.parametrize("value", ["soon", "12", 1.5, b"12", b"", 1e300])
def test_what_is_no_whole_number_is_refused(
    value: object, column: str, tables: dict[str, Table], tmp_path: Path
) -> None:
    with pytest.raises(TraceReadError, match="something other than whole numbers"):
        read(tmp_path, with_kernel(tables, **{column: value}))


@pytest.mark.parametrize("tables", [NSYS, NVPROF])
@pytest.mark.parametrize("value", [2**62 + 1, 2**63 - 1, -(2**62) - 1, -(2**63) + 1])
@pytest.mark.parametrize("column", ["start", "end"])
def test_times_beyond_reason_are_refused(column: str, value: int, tables: dict[str, Table], tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match="beyond 2\\^62"):
        read(tmp_path, with_kernel(tables, **{column: value}))


@pytest.mark.parametrize("tables", [NSYS, NVPROF])
@pytest.mark.parametrize("value", [2**31, 2**40, -(2**40), 2**63 - 1])
@pytest.mark.parametrize("column", ["deviceId", "contextId", "streamId", "correlationId", "gridX", "globalPid"])
def test_huge_numbers_are_kept_or_refused(column: str, value: int, tables: dict[str, Table], tmp_path: Path) -> None:
    if column == "deviceId":
        with pytest.raises(TraceReadError, match="does not fit int32"):
            read(tmp_path, with_kernel(tables, **{column: value}))
        return
    trace = read(tmp_path, with_kernel(tables, **{column: value}))
    assert structure(trace) == []
    assert len(kernels(trace)) == 3


@pytest.mark.parametrize(
    ("tables", "column"), [(tables, column) for tables in (NSYS, NVPROF) for column in tables[KERNEL][0]]
)
def test_nulls(column: str, tables: dict[str, Table], tmp_path: Path) -> None:
    trace = read(tmp_path, with_kernel(tables, **{column: None}))
    assert len(trace) == (2 if column == "start" else 3)
    assert trace.stats.count("missing_start") == (column == "start")
    assert trace.stats.count("never_completed") == (column == "end")
    assert trace.stats.count("missing_string") == (column == "shortName")
    assert structure(trace) == []


@pytest.mark.parametrize(("tables", "table", "key"), [(NSYS, "StringIds", "id"), (NVPROF, "StringTable", "_id_")])
def test_texts(tables: dict[str, Table], table: str, key: str, tmp_path: Path) -> None:
    texts = [{key: 1, "value": "first"}, {key: 1, "value": "second"}, {key: 1, "value": "first"}]
    trace = read(tmp_path, {**tables, table: texts})
    assert {trace.name_of(row) for row in kernels(trace)} == {"first"}
    assert trace.stats.count("duplicate_string") == 1


@pytest.mark.parametrize(("tables", "table", "key"), [(NSYS, "StringIds", "id"), (NVPROF, "StringTable", "_id_")])
@pytest.mark.parametrize("number", ["one", None, 1.5, b"1"])
def test_texts_without_a_number(tables: dict[str, Table], table: str, key: str, number: object, tmp_path: Path) -> None:
    with pytest.raises(TraceReadError, match="numbers a text"):
        read(tmp_path, {**tables, table: [{key: number, "value": "k"}]})


def test_missing_columns_are_not_known(tmp_path: Path) -> None:
    trace = read(tmp_path, {**NSYS, KERNEL: [{"start": 1, "end": 2}]})
    assert (trace["device"][0], trace["stream"][0], trace["pid"][0], trace.name_of(0)) == (-1, -1, -1, "")
    assert trace.stats.count("missing_string") == 1


def test_a_table_without_times_has_no_slices(tmp_path: Path) -> None:
    trace = read(tmp_path, {**NSYS, KERNEL: [{"deviceId": 0}, {"deviceId": 1}]})
    assert len(trace) == 0
    assert trace.stats.count("missing_start") == 2


def test_a_log_beside_the_file_is_refused(tmp_path: Path) -> None:
    path = write_database(tmp_path / "t.sqlite", NSYS)
    (tmp_path / "t.sqlite-journal").write_bytes(b"x")
    with pytest.raises(TraceReadError, match=r"t\.sqlite-journal beside it"):
        read_trace(path)
    (tmp_path / "t.sqlite-journal").write_bytes(b"")
    assert len(read_trace(path)) == 3


#: Bytes of a page, and the first byte of an inner page and of a leaf of a table.
PAGE, INNER, LEAF = 512, 5, 13


def endless(path: Path) -> None:
    """A table of nine inner pages, each with sixty children that are all the next one: 60^9 times its one leaf."""
    rows = [{"start": n, "end": n + 1, "deviceId": 0} for n in range(2000)]
    write_database(path, {"StringIds": NSYS["StringIds"], KERNEL: rows})
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(f"PRAGMA page_size = {PAGE}")
        connection.execute("VACUUM")
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [KERNEL]).fetchone()
    data = bytearray(path.read_bytes())
    levels = [root]
    while data[(levels[-1] - 1) * PAGE] == INNER:
        first = (levels[-1] - 1) * PAGE
        levels.append(int.from_bytes(data[first + 8 : first + 12], "big"))
    assert len(levels) > 1
    spare = [page for page in range(root + 1, len(data) // PAGE + 1) if page not in levels][:8]
    for page, child in zip([root, *spare], [*spare, levels[-1]], strict=True):
        data[(page - 1) * PAGE : page * PAGE] = inner_page(child)
    path.write_bytes(data)


def inner_page(child: int) -> bytes:
    """An inner page of a table whose cells all lead to one page."""
    cells = 60
    page = bytearray(PAGE)
    content = PAGE - cells * 5
    page[:12] = bytes(
        [INNER, 0, 0, *cells.to_bytes(2, "big"), *content.to_bytes(2, "big"), 0, *child.to_bytes(4, "big")]
    )
    for number in range(cells):
        place = PAGE - (number + 1) * 5
        page[12 + 2 * number : 14 + 2 * number] = place.to_bytes(2, "big")
        page[place : place + 5] = child.to_bytes(4, "big") + bytes([number + 1])
    return bytes(page)


def test_tables_without_an_end_are_stopped(tmp_path: Path) -> None:
    endless(tmp_path / "t.sqlite")
    with pytest.raises(TraceReadError, match="do not end within the size of the file"):
        read_trace(tmp_path / "t.sqlite")
    with (
        pytest.raises(TraceReadError, match="do not end within the size of the file"),
        opened_database(tmp_path / "t.sqlite") as database,
    ):
        database.count(KERNEL)


@pytest.mark.parametrize("blob", [False, True])
def test_one_text_for_many_rows_is_stopped(blob: bool, tmp_path: Path) -> None:
    """Seven rows share the pages of one text of four megabytes; the file has it once."""
    path = tmp_path / "t.sqlite"
    long: Any = b"x" * LONG if blob else "x" * LONG
    write_database(path, {KERNEL: NSYS[KERNEL], "StringIds": [{"id": n, "value": long} for n in range(2, 9)]})
    share_the_first_text(path)
    assert path.stat().st_size < LONG * 1.1
    with closing(sqlite3.connect(path)) as connection:
        (lengths,) = connection.execute("SELECT sum(length(value)) FROM StringIds").fetchone()
    assert lengths == 7 * LONG
    with pytest.raises(TraceReadError, match="do not end within the size of the file"):
        read_trace(path)


#: So long that a row of it keeps the least on its own page, and seven rows fit a page.
LONG = 489 + 4092 * 977 + 4000


def share_the_first_text(path: Path) -> None:
    """Let every long text continue where the first does, and cut off the pages that no one needs then."""
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'StringIds'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    data = bytearray(path.read_bytes())
    start = (root - 1) * size
    assert data[start] == LEAF
    least = (size - 12) * 32 // 255 - 23
    links = []
    for cell in range(int.from_bytes(data[start + 3 : start + 5], "big")):
        at = start + int.from_bytes(data[start + 8 + 2 * cell : start + 10 + 2 * cell], "big")
        payload, at = varint(data, at)
        _, at = varint(data, at)
        local = least + (payload - least) % (size - 4)
        links.append(at + (local if local <= size - 35 else least))
    assert len(links) == 7
    page = last = int.from_bytes(data[links[0] : links[0] + 4], "big")
    while page:
        last = max(last, page)
        page = int.from_bytes(data[(page - 1) * size : (page - 1) * size + 4], "big")
    for link in links[1:]:
        data[link : link + 4] = data[links[0] : links[0] + 4]
    data[28:32] = last.to_bytes(4, "big")
    path.write_bytes(data[: last * size])


def varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    while True:
        value = value << 7 | data[at] & 0x7F
        at += 1
        if data[at - 1] < 0x80:
            return value, at


def test_ctrl_c_ends_a_running_query(tmp_path: Path) -> None:
    """In a process of its own: a signal, sent while SQLite works, ends the reading at once."""
    rows = [{"start": n, "end": n + 1, "deviceId": 0} for n in range(3000)]
    path = write_database(tmp_path / "t.sqlite", {"StringIds": NSYS["StringIds"], KERNEL: rows})
    program = """
        import sys
        from pathlib import Path
        from profiler.io import sqlite_open
        sqlite_open._FREE_STEPS = 1 << 60
        with sqlite_open.connected(Path(sys.argv[1])) as (connection, budget):
            print("running", flush=True)
            connection.execute("SELECT count(*) FROM K a, K b, K c, K d".replace("K", sys.argv[2])).fetchone()
    """
    command = [sys.executable, "-c", textwrap.dedent(program), str(path), KERNEL]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        watchdog = threading.Timer(60, process.kill)
        watchdog.start()
        assert process.stdout.readline() == "running\n"
        os.kill(process.pid, signal.SIGINT)
        said = process.stderr.read()
        watchdog.cancel()
    assert said.rstrip().endswith("KeyboardInterrupt")
    assert process.returncode in (1, 130, -signal.SIGINT)


narrow = st.integers(-3, 3)
columns = st.integers(1, 12).flatmap(
    lambda size: st.lists(
        st.lists(st.one_of(narrow, st.integers(-(2**63), 2**63 - 1)), min_size=size, max_size=size),
        min_size=1,
        max_size=4,
    )
)


@given(columns)
def test_distinct_rows_are_those_of_a_set(values: list[list[int]]) -> None:
    rows = list(zip(*values, strict=True))
    first, codes = distinct(*(np.array(column, np.int64) for column in values))
    assert [rows[place] for place in first.tolist()] == sorted(set(rows))
    assert all(rows.index(rows[place]) == place for place in first.tolist())
    assert [rows[first[code]] for code in codes.tolist()] == rows
