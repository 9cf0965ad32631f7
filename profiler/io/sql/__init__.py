"""SQL over a trace: DuckDB on the trace's own columns, without a way to a file, to a setting or out of its limits."""

from profiler.io.sql.ready import READY, ReadyQuery, ready_query
from profiler.io.sql.session import Limits, Result, SqlSession
from profiler.io.sql.tables import VIEWS

__all__ = ["READY", "VIEWS", "Limits", "ReadyQuery", "Result", "SqlSession", "ready_query"]
