"""SQL over a trace: the right numbers, no way out of the trace, and an end to what has none."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from profiler.analysis.analyze import analyze
from profiler.errors import UsageError
from profiler.io import read_trace
from profiler.io.sql import READY, VIEWS, Limits, SqlSession, ready_query
from profiler.trace.schema import COLUMNS, MISSING, EdgeKind, TrackKind
from profiler.trace.select import countable
from profiler.trace.tables import Counters, Edges, TextColumn, Trace, Track
from tests.io.traces import column_of, traces


def sample() -> Trace:
    """Three kernels, of which one never completed and one never ended, two copies and a call."""
    args = ["", "", "", "", '{"a": "x"}', ""]
    return Trace(
        {
            "ts": np.array([10, 0, 40, 50, 60, 5]),
            "dur": np.array([7, 0, -1, 8, 9, 3]),
            "category": np.array([0, 0, 0, 2, 2, 5], np.uint8),
            "name": np.array([0, 0, 1, 2, 3, 4], np.int32),
            "track": np.array([0, 0, 0, 0, 0, 1], np.int32),
            "memcpy_kind": np.array([0, 0, 0, 1, 8, 0], np.uint8),
            "correlation_id": np.array([2**53 + 1, 2, 3, 4, 5, 2**53 + 1]),
            "device": np.array([0, 0, 0, 0, 0, -1], np.int32),
        },
        names=["k[/foo]", "it's", "HtoD", "D\0toD", "call", "unused"],
        tracks=[Track(TrackKind.STREAM, "stream 7", pid=3, device=0, stream=7), Track(TrackKind.THREAD, "main", pid=3)],
        edges=Edges(np.array([5]), np.array([0]), np.array([EdgeKind.LAUNCH], np.uint8)),
        counters=Counters(np.array([1, 2]), np.array([1, 1], np.int32), np.array([0.5, 1.5])),
        args=TextColumn(np.cumsum([0, *map(len, args)]), "".join(args).encode()),
    )


@pytest.fixture
def session() -> Iterator[SqlSession]:
    with SqlSession(sample(), Limits(20.0, 500_000_000)) as found:
        yield found


def ask(session: SqlSession, sql: str) -> list[tuple[Any, ...]]:
    with session.query(sql) as result:
        return list(result.rows())


def test_views_hold_what_completed(session: SqlSession) -> None:
    assert ask(session, "SELECT count(*), sum(dur) FROM kernels") == [(1, 7)]
    assert ask(session, "SELECT memcpy_kind, dur FROM copies ORDER BY id") == [("htod", 8), ("dtod", 9)]
    assert ask(session, "SELECT id, dur FROM slices WHERE NOT completed ORDER BY id") == [(1, 0), (2, None)]
    assert ask(session, "SELECT source, target, kind FROM flows") == [(5, 0, "launch")]
    assert ask(session, "SELECT track, kind, name, pid, tid, stream FROM tracks ORDER BY track") == [
        (0, "stream", "stream 7", 3, None, 7),
        (1, "thread", "main", 3, None, None),
    ]
    assert ask(session, "SELECT ts, track, value FROM counters ORDER BY ts") == [(1, 1, 0.5), (2, 1, 1.5)]
    assert ask(session, "SELECT correlation_id FROM slices WHERE id = 0") == [(2**53 + 1,)]
    assert ask(session, "SELECT name, device, args FROM slices ORDER BY id")[3:] == [
        ("HtoD", 0, None),
        ("D\0toD", 0, '{"a": "x"}'),
        ("call", None, None),
    ]


@given(traces())
@settings(max_examples=40)
def test_every_column_as_the_trace_has_it(trace: Trace) -> None:
    """Also those that hold one value and are therefore written into the view."""
    constant = trace.with_columns(
        {name: np.broadcast_to(trace[name][:1], (len(trace),)) for name in COLUMNS if len(trace) and name != "ts"}
    )
    for one in (trace, constant):
        with SqlSession(one) as session:
            rows = ask(session, f"SELECT {', '.join(COLUMNS)}, completed FROM slices ORDER BY id")
        assert [row[-1] for row in rows] == countable(one).tolist()
        for place, name in enumerate(COLUMNS):
            assert [row[place] for row in rows] == expected(one, name), name


def expected(trace: Trace, name: str) -> list[Any]:
    from profiler.io.parquet_columns import WORDS

    missing = None if name in ("ts", "track", "category") else MISSING if name == "dur" else COLUMNS[name][1]
    found = [None if value == missing and name != "name" else value for value in column_of(trace, name)]
    if name in WORDS:
        return [None if value is None else WORDS[name](value).name.lower() for value in found]
    return found


def test_numbers_are_shared_and_not_copied() -> None:
    from profiler.io.sql.tables import _slices

    trace = sample()
    table, expressions = _slices(trace)
    assert table["ts"].chunk(0).buffers()[1].address == trace.ts.__array_interface__["data"][0]
    assert "stream" not in table.column_names
    assert "NULL::BIGINT AS stream" in expressions


@pytest.mark.parametrize(
    "name",
    [
        "hta-a100-trace_diff-control.json.gz",
        "hta-sampled_rank-0.json.gz",
        "hta-a100-event_sync_multi_stream.json.gz",
    ],
)
def test_sums_equal_the_analysis(name: str, third_party_trace: Callable[[str], Path]) -> None:
    trace = read_trace(third_party_trace(name))
    devices = analyze(trace).to_json()["devices"]
    with SqlSession(trace) as session:
        assert ask(session, "SELECT sum(dur) FROM kernels") == [(sum(one["kernel_sum_ns"] for one in devices),)]
        copied = ask(session, "SELECT coalesce(sum(dur), 0) FROM copies WHERE memcpy_kind IN ('htod', 'dtoh')")
        assert copied == [(sum(one["copy_sum_ns"] for one in devices),)]
        for query in READY.values():
            ask(session, query.sql)


@pytest.mark.parametrize("name", READY)
def test_ready_queries_run(name: str, session: SqlSession) -> None:
    with session.query(ready_query(name).sql) as result:
        assert len(list(result.rows())) >= 0
        assert len(result.columns) >= 5


def test_ready_queries_by_hand(session: SqlSession) -> None:
    assert ask(session, READY["top-kernels"].sql) == [("k[/foo]", 1, 7, 7, 7, 7, 100.0)]
    assert ask(session, READY["launch-delay"].sql) == [("k[/foo]", 1, 5, 5, 5)]
    assert [row[0] for row in ask(session, READY["incomplete"].sql)] == [1, 2]


def test_an_unknown_ready_query_names_the_nearest() -> None:
    with pytest.raises(UsageError, match="Did you mean top-kernels"):
        ready_query("top-kernel")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_text('in.csv')",
        "SELECT * FROM read_csv('in.csv')",
        "SELECT * FROM read_blob('in.csv')",
        "SELECT * FROM 'in.csv'",
        'FROM "in.csv"',
        "SELECT * FROM glob('*')",
        "SELECT (SELECT count(*) FROM read_text('in.csv'))",
        "SELECT 1 ORDER BY (SELECT count(*) FROM read_text('in.csv'))",
        "WITH a AS (SELECT * FROM read_text('in.csv')) SELECT * FROM a",
        "SELECT * FROM query('SELECT * FROM read_text(''in.csv'')')",
        "SELECT * FROM arrow_scan(1, 2, 3)",
        "SELECT * FROM pandas_scan(1)",
        "SELECT * FROM duckdb_settings()",
        "SELECT * FROM enable_logging()",
        "SELECT write_log('x')",
        "COPY slices TO 'out.csv'",
        "COPY (SELECT 1) TO 'out.parquet'",
        "EXPORT DATABASE 'out'",
        "ATTACH 'out.db'",
        "INSTALL httpfs",
        "LOAD httpfs",
        "SET threads = 1",
        "RESET threads",
        "PRAGMA enable_profiling",
        "CALL pragma_version()",
        "CHECKPOINT",
        "CREATE TABLE a (b INT)",
        "CREATE TEMP TABLE a AS SELECT 1",
        "DROP VIEW slices",
        "INSERT INTO slices VALUES (1)",
        "UPDATE slices SET ts = 1",
        "DELETE FROM slices",
        "EXPLAIN ANALYZE SELECT 1",
        "BEGIN",
        "SELECT 1; SELECT 2",
        "SELECT 1; COPY slices TO 'out.csv'",
        "",
        "  ;",
        "-- nothing",
        "SELEC 1",
        "SELECT * FROM nowhere",
        "SELECT * FROM sample",
        "SELECT \ud800",
    ],
)
def test_whatever_does_not_only_read_the_trace_is_refused(
    sql: str, session: SqlSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError) as caught:
        ask(session, sql)
    assert caught.value.exit_code == 2
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["in.csv"]
    assert ask(session, "SELECT count(*) FROM slices") == [(6,)]


@pytest.mark.parametrize(
    "sql",
    [
        "FROM slices",
        "VALUES (1)",
        "DESCRIBE slices",
        "SELECT * FROM range(3)",
        "SELECT unnest([1, 2])",
        "WITH RECURSIVE t(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM t WHERE a < 3) SELECT * FROM t",
        "SELECT list_transform([1], lambda x: x + 1)",
    ],
)
def test_what_only_reads_is_allowed(sql: str, session: SqlSession) -> None:
    assert ask(session, sql)


def test_the_settings_stay_locked_behind_the_guard(session: SqlSession, tmp_path: Path) -> None:
    """The second fence alone: what would pass if the guard did not look."""
    import duckdb

    for sql in ("SET enable_external_access = true", "SET lock_configuration = false", f"ATTACH '{tmp_path}/a.db'"):
        with pytest.raises(duckdb.Error):
            session._connection.execute(sql)
    with pytest.raises(duckdb.Error):
        session._connection.execute(f"SELECT * FROM '{__file__}'").fetchall()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT count(*) FROM range(10000000000000) a, range(1000) b",
        "SELECT a.range FROM range(100000000000) a ORDER BY 1 + a.range % 7 LIMIT 1",
    ],
)
def test_an_endless_query_stops_at_the_time_limit(sql: str) -> None:
    with SqlSession(sample(), Limits(0.3, 10**9)) as session:
        with pytest.raises(UsageError, match=r"longer than 0\.3 s"):
            ask(session, sql)
        assert session._stuck is False


def test_rows_without_end_stop_at_the_time_limit() -> None:
    with SqlSession(sample(), Limits(0.3, 10**9)) as session, session.query("FROM range(100000000000000)") as result:
        rows = result.rows()
        assert next(rows) == (0,)
        with pytest.raises(UsageError, match="longer than"):
            for _ in rows:
                pass


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT list(range) FROM range(10000000000)",
        "SELECT list_sort(range(2000000000))",
        "SELECT repeat('x', 4000000000)",
    ],
)
def test_a_greedy_query_stops_at_the_memory_limit(sql: str) -> None:
    before = resource.getrlimit(resource.RLIMIT_AS)
    with SqlSession(sample(), Limits(60.0, 100_000_000)) as session:
        with pytest.raises(UsageError, match=r"more than 0\.1 GB"):
            ask(session, sql)
        assert ask(session, "SELECT 42") == [(42,)]
    assert resource.getrlimit(resource.RLIMIT_AS) == before


def test_rows_left_behind_do_not_block_the_next_query(session: SqlSession) -> None:
    with session.query("SELECT * FROM slices, range(100000)") as result:
        next(result.rows())
    assert ask(session, "SELECT 1") == [(1,)]


def test_columns_of_one_name_are_told_apart(session: SqlSession) -> None:
    with session.query("SELECT 1 AS a, 2 AS a, 3 AS a_1") as result:
        assert len(set(result.columns)) == 3


def test_without_duckdb_one_line_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(UsageError, match=r"pip install 'lanescope\[sql\]'"):
        SqlSession(sample())


def test_every_view_can_be_asked(session: SqlSession) -> None:
    for view in VIEWS:
        assert ask(session, f"SELECT count(*) FROM {view}")[0][0] > 0


def test_an_empty_trace_has_all_columns() -> None:
    with SqlSession(Trace({})) as session, session.query("SELECT * FROM slices") as result:
        assert set(COLUMNS) < set(result.columns)
        assert list(result.rows()) == []
