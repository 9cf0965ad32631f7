"""One trace, one DuckDB connection locked to it, and limits on what a query may take."""

from __future__ import annotations

import atexit
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from profiler.errors import UsageError
from profiler.io.sql.guard import ONE_SELECT, check, first_line
from profiler.io.sql.tables import register
from profiler.trace.tables import Trace

T = TypeVar("T")

#: Rows handed over at a time.
BATCH = 2048

_MIB = 1 << 20
#: Address space, beside the memory a query may use, for the stacks and heaps of DuckDB's own threads.
_SLACK = 512 * _MIB
_SLACK_PER_THREAD = 160 * _MIB
_MOST_THREADS = 8
#: Seconds that a stopped query gets to notice.
_GRACE_S = 2.0


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may take: seconds until its last row, and bytes of memory beside the trace."""

    timeout_s: float = 60.0
    memory_bytes: int = 4 << 30


@dataclass(frozen=True)
class Result:
    """Names and DuckDB types of the columns, and the rows, which are fetched as they are taken."""

    columns: tuple[str, ...]
    types: tuple[str, ...]
    batches: Iterator[list[tuple[Any, ...]]]

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """The rows one by one."""
        for batch in self.batches:
            yield from batch


class SqlSession:
    """Queries over one trace. A context manager: leaving it stops what still runs.

    Raises
    ------
    UsageError
        DuckDB is not installed.
    """

    def __init__(self, trace: Trace, limits: Limits | None = None) -> None:
        if importlib.util.find_spec("duckdb") is None:
            raise UsageError("SQL needs DuckDB, which is not installed", remedy="Run: pip install 'lanescope[sql]'")
        self.limits = limits or Limits()
        self._trace = trace
        self._connection = _connect(trace, self.limits)
        self._stuck = False
        self._job: _Job[Any] | None = None

    def __enter__(self) -> SqlSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._settle()
        if not self._stuck:
            self._connection.close()

    @contextmanager
    def query(self, sql: str) -> Iterator[Result]:
        """The result of one SELECT statement, inside the session's limits.

        Raises
        ------
        UsageError
            The statement does anything but read the trace, is wrong, or reached a limit.
        KeyboardInterrupt
            The user stopped it; DuckDB was stopped first.
        """
        check(self._connection, sql)
        deadline = time.monotonic() + self.limits.timeout_s
        with _address_space(self.limits.memory_bytes):
            cursor = self._run(lambda: self._connection.execute(sql), deadline)
            described = cursor.description or []
            columns = _unique([str(column[0]) for column in described])
            types = tuple(str(column[1]) for column in described)
            try:
                yield Result(columns, types, self._batches(cursor, deadline))
            finally:
                self._abandon()

    def _abandon(self) -> None:
        """Let go of rows that nobody took: from DuckDB 2 on they would block the next query."""
        self._settle()
        abort = getattr(self._connection, "abort", None)
        if abort is not None and not self._stuck:
            abort()

    def _settle(self) -> None:
        """Stop a call that still runs: Ctrl-C can come between any two instructions, also before `_run` waits for it.

        A thread inside DuckDB when the interpreter ends takes the process down with it.
        """
        if self._job is not None and not self._job.done.is_set() and not self._stuck:
            self._stop(self._job, 130)

    def _batches(self, cursor: Any, deadline: float) -> Iterator[list[tuple[Any, ...]]]:
        while batch := self._run(lambda: cursor.fetchmany(BATCH), deadline):
            yield batch

    def _run(self, call: Callable[[], T], deadline: float) -> T:
        """What ``call`` returns. It runs in a thread, so that this one hears the clock and the keyboard."""
        job = _Job(call)
        self._job = job
        job.start()
        try:
            if not job.done.wait(max(0.0, deadline - time.monotonic())):
                self._stop(job, UsageError.exit_code)
                raise UsageError(
                    f"the query took longer than {self.limits.timeout_s:g} s and was stopped",
                    where="SQL",
                    remedy="Narrow it, or allow more with --timeout.",
                )
        except KeyboardInterrupt:
            self._stop(job, 130)
            raise
        return job.result(self.limits)

    def _stop(self, job: _Job[Any], exit_code: int) -> None:
        self._connection.interrupt()
        if not job.done.wait(_GRACE_S):
            # One row of work can take minutes, in which DuckDB looks at nothing. Nothing is open for writing, so the
            # process need not wait for it when it ends.
            self._stuck = True
            atexit.register(os._exit, exit_code)


class _Job(Generic[T]):
    """A call in a thread of its own."""

    def __init__(self, call: Callable[[], T]) -> None:
        self.done = threading.Event()
        self._call = call
        self._found: list[T] = []
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin."""
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        import duckdb

        try:
            self._found.append(self._call())
        except (duckdb.Error, MemoryError, ValueError, RuntimeError) as error:
            self._error = error
        finally:
            self.done.set()

    def result(self, limits: Limits) -> T:
        """What the call returned, once it has; its failure as a `UsageError`."""
        import duckdb

        error = self._error
        if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
            raise UsageError(
                f"the query needs more than {limits.memory_bytes / 1e9:.3g} GB of memory and was stopped",
                where="SQL",
                remedy="Narrow it, or allow more with --memory.",
            ) from error
        if error is not None or not self._found:
            text = first_line(error) if isinstance(error, Exception) else "the query failed"
            raise UsageError(text, where="SQL", remedy=ONE_SELECT) from error
        return self._found[0]


def _connect(trace: Trace, limits: Limits) -> Any:
    """A connection that sees the trace and nothing else, its settings locked."""
    import duckdb

    settings: dict[str, Any] = {
        "threads": _threads(),
        "memory_limit": f"{limits.memory_bytes}B",
        "temp_directory": "",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
    }
    connection = duckdb.connect(":memory:", config=settings)
    # Parsing a statement as JSON needs the one extension that every build carries.
    connection.execute("SELECT json_serialize_sql('SELECT 1')").fetchall()
    register(connection, trace)
    connection.execute("SET enable_external_access = false").fetchall()
    connection.execute("SET lock_configuration = true").fetchall()
    return connection


def _threads() -> int:
    return min(os.cpu_count() or 1, _MOST_THREADS)


@contextmanager
def _address_space(memory_bytes: int) -> Iterator[None]:
    """While the block runs, let this process grow by no more than ``memory_bytes`` and what threads need.

    DuckDB's own limit counts its buffers, not the one long list or text that an expression makes.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    with open("/proc/self/statm", encoding="ascii") as file:
        now = int(file.read().split()[0]) * resource.getpagesize()
    wanted = now + memory_bytes + _SLACK + _SLACK_PER_THREAD * _threads()
    allowed = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_AS, (min(allowed), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _unique(names: list[str]) -> tuple[str, ...]:
    """Names in which none stands twice: the second ``a`` becomes ``a_1``."""
    taken: dict[str, None] = {}
    for name in names:
        number, found = 0, name
        while found in taken:
            number += 1
            found = f"{name}_{number}"
        taken[found] = None
    return tuple(taken)
