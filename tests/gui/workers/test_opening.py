"""Files opened in a worker: the picture and the figures are the library's own."""

from __future__ import annotations

import gzip
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from gui.workers import jobs
from gui.workers.ticket import State
from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import analyze_devices
from profiler.io import read_trace, write_trace
from profiler.io.shared_arrow import open_shared
from profiler.timeline.stored import open_timeline
from profiler.trace.mapped import load
from profiler.trace.schema import TrackKind
from profiler.trace.tables import Trace, Track
from tests.gui.workers.conftest import Workers
from tests.timeline.synthetic import pipeline


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    return str(path)


def test_the_picture_comes_before_the_figures(workers: Workers, file: str) -> None:
    ticket = workers.submit(jobs.Open(path=file))
    workers.until(lambda: not ticket.is_open)
    found = workers.results[ticket.number]
    picture = workers.partials[ticket.number][-1]
    assert picture.figures is None
    assert picture.whole
    assert found.figures == {**analyze(read_trace(file)).to_json(), "file": file}
    assert found.devices == found.figures["devices"]
    trace = open_shared(found.trace)
    timeline = open_timeline(found.timeline, trace, pieces=found.pieces)
    assert len(trace) == len(read_trace(file))
    assert len(timeline.exposed.starts)
    assert len(load(found.exposures)[0].start)


def test_columns_of_a_large_file_are_read_to_where_they_are_mapped(workers: Workers, tmp_path: Path) -> None:
    path, size = tmp_path / "trace.parquet", 150_000
    columns = {"ts": np.arange(size)[::-1] * 100, "dur": np.arange(size) % 90}
    write_trace(Trace(columns, names=["a"], tracks=[Track(TrackKind.THREAD, "t")]), path)
    found = workers.result(jobs.Open(path=str(path)))
    assert Path(found.trace).stat().st_size < size * 8
    assert Path(found.trace).with_name("columns-0").stat().st_size >= size * (8 + 8)
    trace = open_shared(found.trace)
    assert trace.ts.tolist() == columns["ts"].tolist()
    assert trace.dur.tolist() == columns["dur"].tolist()


def test_figures_of_stretches_are_those_of_analyze(workers: Workers, file: str) -> None:
    found = workers.result(jobs.Open(path=file))
    trace = read_trace(file)
    for index in (found.index, ""):
        for window in ((0, 300_000), (150_000, 151_000), (-500, 10**9)):
            job = jobs.Figures(trace=found.trace, index=index, start_ns=window[0], end_ns=window[1])
            answer = workers.result(job, "figures")
            assert answer.devices == [one.to_json() for one in analyze_devices(trace, window=window)]
            assert answer.known
    waiting = jobs.Figures(trace=found.trace, start_ns=0, end_ns=300_000, comes=True)
    answer = workers.result(waiting, "figures")
    assert (answer.devices, answer.known) == ([], False)


def test_a_worker_that_opened_a_file_gives_its_memory_back_by_ending(workers: Workers, file: str) -> None:
    workers.result(jobs.Open(path=file))
    assert not workers.pool.workers


@pytest.mark.parametrize(
    "name",
    ["nsysai-h100_2gpu_1s.sqlite", "hta-sampled_rank-0.json.gz", "cke-gtx950-6streams-nvprof_gputrace.csv"],
)
def test_third_party_traces(name: str, workers: Workers, third_party_trace: Callable[[str], Path]) -> None:
    path = str(third_party_trace(name))
    found = workers.result(jobs.Open(path=path))
    assert found.figures == {**json.loads(json.dumps(analyze(read_trace(path)).to_json())), "file": path}
    assert open_shared(found.trace).stats.to_json() == read_trace(path).stats.to_json()


def test_files_that_cannot_be_read_are_explained(workers: Workers, tmp_path: Path, file: str) -> None:
    (tmp_path / "empty.json").touch()
    (tmp_path / "text.json").write_text("nothing of the kind")
    damaged = tmp_path / "damaged.parquet"
    damaged.write_bytes(Path(file).read_bytes()[:2000])
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "empty.json", tmp_path / "text.json", damaged):
        failure = workers.failure(jobs.Open(path=str(path)))
        assert failure.where == str(path)
        assert failure.what
        assert "Traceback" not in str(failure)


def test_what_is_whole_of_a_file_that_was_cut_off_is_shown(workers: Workers, tmp_path: Path) -> None:
    write_trace(pipeline(chunks=30), tmp_path / "whole.json")
    text = (tmp_path / "whole.json").read_bytes()
    (tmp_path / "cut.json").write_bytes(text[: len(text) // 2])
    found = workers.result(jobs.Open(path=str(tmp_path / "cut.json")))
    assert "cut_off" in {entry["name"] for entry in found.figures["stats"]}
    assert 0 < len(open_shared(found.trace)) < len(read_trace(tmp_path / "whole.json"))


def slow_file(folder: Path) -> str:
    """Takes seconds to read and is short."""
    event = '{"ph":"X","cat":"kernel","name":"k","pid":1,"tid":2,"ts":%d.25,"dur":1.5,"args":{"stream":7,"device":0}}'
    path = folder / "slow.json.gz"
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.write('{"traceEvents":[')
        out.write(",".join(event % number for number in range(400_000)))
        out.write("]}")
    return str(path)


def test_a_load_is_cancelled_in_the_middle(workers: Workers, tmp_path: Path) -> None:
    path = slow_file(tmp_path)
    said: list[str] = []
    ticket = workers.pool.submit(jobs.Open(path=path), progress=lambda share, text: said.append(text))
    workers.until(lambda: "reading" in said)
    (worker,) = workers.pool.workers
    ticket.cancel()
    assert ticket.state is State.DROPPED
    workers.until(lambda: worker not in workers.pool.workers)
    # Once the process that may still write into it is gone.
    workers.until(lambda: not ticket.folder.exists())


def test_a_worker_killed_while_it_reads_loses_nothing_else(workers: Workers, tmp_path: Path, file: str) -> None:
    kept = workers.result(jobs.Open(path=file))
    said: list[str] = []
    ticket = workers.submit(jobs.Open(path=slow_file(tmp_path)))
    ticket.progress = lambda share, text: said.append(text)
    workers.until(lambda: "reading" in said)
    os.kill(workers.pool.workers[0].pid, signal.SIGKILL)
    workers.until(lambda: not ticket.is_open)
    failure = workers.results[ticket.number]
    assert "SIGKILL" in failure.what
    assert failure.where == str(tmp_path / "slow.json.gz")
    np.testing.assert_array_equal(open_shared(kept.trace).ts, read_trace(file).ts)
    assert workers.result(jobs.Open(path=file)).figures == kept.figures


def test_a_mapped_result_outlives_its_files(workers: Workers, file: str) -> None:
    found = workers.result(jobs.Open(path=file))
    trace = open_shared(found.trace)
    timeline = open_timeline(found.timeline, trace, pieces=found.pieces)
    workers.pool.forget(found.folder)
    assert not found.folder.exists()
    Path(file).unlink()
    wanted = pipeline(chunks=12)
    np.testing.assert_array_equal(trace.dur, wanted.dur)
    assert sum(len(lane) for lane in timeline.lanes) > len(wanted)
