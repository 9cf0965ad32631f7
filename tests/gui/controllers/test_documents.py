"""Files and scenarios become documents: through real workers and Qt's own event loop."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
from PySide6.QtCore import QFileSystemWatcher
from PySide6.QtWidgets import QApplication

from gui.controllers.filling import fill
from gui.state.document import Document, Kind, Status
from gui.state.jobs import Level
from gui.state.notes import update_notes
from gui.state.view import Mark
from gui.workers import jobs
from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import analyze_devices
from profiler.io import read_trace, write_trace
from tests.gui.controllers.conftest import Window
from tests.timeline.synthetic import pipeline


def slow_file(folder: Path, events: int = 400_000) -> Path:
    """Takes a second or more to read, in many blocks."""
    event = '{"ph":"X","cat":"kernel","name":"k","pid":1,"tid":2,"ts":%d.25,"dur":1.5,"args":{"stream":7,"device":0}}'
    path = folder / "slow.json.gz"
    with gzip.open(path, "wt", compresslevel=1) as out:
        out.write('{"traceEvents":[')
        out.write(",".join(event % (number * 2) for number in range(events)))
        out.write("]}")
    return path


def test_a_file_becomes_a_document(window: Window, file: Path) -> None:
    seen: list[Status] = []
    document = window.opening.open(file)
    document.events.status.connect(lambda status: seen.append(status))
    assert document in window.workspace
    assert document.status is Status.LOADING
    assert [job.title for job in window.jobs.jobs] == ["Opening trace.parquet"]
    window.until(lambda: document.figures is not None)
    assert seen[-1] is Status.READY
    assert document.title == "trace.parquet"
    assert document.trace is not None
    assert document.timeline is not None
    assert document.figures == {**analyze(read_trace(file)).to_json(), "file": str(file)}
    assert len(document.timeline.exposed.starts)
    assert window.jobs.jobs == ()
    assert window.service.busy == 0


def test_causes_are_told_by_row(window: Window, file: Path) -> None:
    document = window.opened(file)
    trace = read_trace(file)
    (device,) = analyze_devices(trace)
    causes = document.exposed_row_causes
    assert causes is not None
    start, end, cause = device.exposure.start, device.exposure.end, device.exposure.cause
    some = False
    for row in range(len(trace)):
        begin, stop = int(trace.ts[row]), int(trace.ts[row] + trace.dur[row])
        inside = np.minimum(end, stop) - np.maximum(start, begin)
        if trace["memcpy_kind"][row] == 0 or not (inside > 0).any():
            assert causes.get(row) is None
            continue
        some = True
        sums = {number: int(inside[(cause == number) & (inside > 0)].sum()) for number in set(cause.tolist())}
        assert sums[max(sums, key=sums.__getitem__)] == causes.sums_ns(row)[causes[row]]
    assert some


def test_a_file_that_cannot_be_read_says_why(window: Window, tmp_path: Path) -> None:
    document = window.opening.open(tmp_path / "none.json")
    window.until(lambda: document.status is Status.FAILED)
    assert str(tmp_path / "none.json") in document.message
    assert "no such file" in document.message
    assert [message.level for message in window.jobs.messages] == [Level.ERROR]


def test_what_is_read_so_far_is_drawn_and_marked(window: Window, tmp_path: Path) -> None:
    document = window.opening.open(slow_file(tmp_path, 1_500_000))
    sizes: list[int] = []
    document.events.timeline.connect(lambda: sizes.append(len(document.trace or ())))
    window.until(lambda: bool(sizes))
    assert document.status is Status.PARTIAL
    assert document.progress is not None
    assert 0 < sizes[0] < 1_500_000
    window.until(lambda: document.figures is not None)
    assert document.status is Status.READY
    assert document.progress is None
    assert sizes == sorted(sizes)
    assert sizes[-1] == 1_500_000


def test_a_load_that_is_cancelled_keeps_what_is_drawn(window: Window, tmp_path: Path) -> None:
    document = window.opening.open(slow_file(tmp_path, 1_500_000))
    window.until(lambda: document.timeline is not None)
    timeline = document.timeline
    window.jobs.cancel_all()
    assert document.status is Status.FAILED
    assert "so far" in document.message
    assert document.timeline is timeline
    assert window.jobs.jobs == ()
    # What is drawn can still be asked about.
    assert window.answer(window.service.search, document, "k").count == len(document.trace or ())
    early = window.opening.open(slow_file(tmp_path))
    window.opening.cancel(early)
    assert early.status is Status.FAILED
    assert "cancelled" in early.message


def test_a_closed_document_is_forgotten_while_it_is_read(window: Window, tmp_path: Path) -> None:
    document = window.opening.open(slow_file(tmp_path))
    window.workspace.remove(document)
    assert window.jobs.jobs == ()
    window.until(lambda: not any(worker.busy for worker in window.service.pool.workers))
    assert document.timeline is None


def test_a_file_that_changes_or_goes_is_noticed_and_stays_drawn(window: Window, file: Path) -> None:
    document = window.opened(file)
    durations = np.array(document.trace.dur) if document.trace is not None else None
    write_trace(pipeline(chunks=3), file)
    window.until(lambda: document.changed_on_disk)
    assert document.trace is not None
    np.testing.assert_array_equal(document.trace.dur, durations)
    window.opening.reload(document)
    assert not document.changed_on_disk
    window.until(lambda: len(document.trace or ()) == len(pipeline(chunks=3)) and window.service.busy == 0)
    file.unlink()
    window.until(lambda: document.changed_on_disk)
    window.opening.reload(document)
    window.until(lambda: document.status is Status.FAILED)
    assert len(document.trace) == len(pipeline(chunks=3))


def test_what_is_closed_is_watched_no_more(window: Window, file: Path, tmp_path: Path) -> None:
    watcher = window.opening.findChild(QFileSystemWatcher)
    other = tmp_path / "other.parquet"
    write_trace(pipeline(chunks=3), other)
    first, second, absent = (window.opening.open(path) for path in (file, other, tmp_path / "no" / "such.json"))
    window.workspace.remove(absent)
    window.workspace.remove(first)
    assert watcher.files() == [str(other)]
    assert watcher.directories() == [str(tmp_path)]
    again, gone = window.opening.open(other), window.opening.open(tmp_path / "gone.json")
    for document in (second, again):
        assert str(other) in watcher.files()
        window.workspace.remove(document)
    assert watcher.files() == []
    assert watcher.directories() == [str(tmp_path)]
    window.workspace.remove(gone)
    assert watcher.directories() == []


def test_marks_written_by_another_window_are_shown(window: Window, file: Path) -> None:
    document = window.opened(file)
    told: list[Document] = []
    window.workspace.beside_changed.connect(told.append)
    update_notes(file, (), (Mark(5),))
    window.until(lambda: told == [document])


def test_a_file_that_failed_is_being_read_while_it_is_tried_again(window: Window, file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(b"no trace")
    document = window.opening.open(file)
    window.until(lambda: document.status is Status.FAILED)
    file.write_bytes(content)
    window.opening.reload(document)
    assert document.status is Status.LOADING
    window.until(lambda: document.figures is not None)
    assert document.status is Status.READY


def test_figures_of_what_is_seen(window: Window, file: Path) -> None:
    document = window.opened(file)
    found = window.answer(window.service.figures, document, (0, 200_000))
    origin = document.origin_ns
    wanted = analyze_devices(read_trace(file), window=(origin, origin + 200_000))
    assert found.devices == [json.loads(json.dumps(device.to_json())) for device in wanted]
    assert window.answer(window.service.window, document, "10us:20us") == (10_000, 20_000)
    failure = window.answer(window.service.window, document, "nvtx:none")
    assert "none" in str(failure)
    assert "--window" not in str(failure)


def test_the_newest_question_of_a_kind_wins(window: Window, file: Path) -> None:
    document = window.opened(file)
    found: list[int] = []
    for text in ("H", "Ht", "Hto", "conv", "nothing of the kind"):
        window.service.search(document, text, lambda result: found.append(result.count))
    window.until(lambda: window.service.busy == 0)
    assert found[-1] == 0
    assert len(found) <= 2


def test_a_question_dies_with_who_asked(window: Window, file: Path, qapp: QApplication) -> None:
    from PySide6.QtCore import QObject

    document = window.opened(file)
    found: list[object] = []
    owner = QObject()
    ticket = window.service.sort(document, found.append, column="name", owner=owner)
    del owner
    assert not ticket.is_open
    window.until(lambda: not any(worker.busy for worker in window.service.pool.workers))
    assert found == []


def test_the_event_loop_sees_a_worker_die(window: Window, tmp_path: Path) -> None:
    import signal

    document = window.opening.open(slow_file(tmp_path))
    (worker,) = (one for one in window.service.pool.workers if one.role == "open")
    os.kill(worker.pid, signal.SIGKILL)
    window.until(lambda: document.status is Status.FAILED)
    assert "SIGKILL" in document.message


def test_a_document_of_a_capture_grows_like_a_run(window: Window) -> None:
    """The seam for recording other programs: whatever hands over pictures can fill a document."""
    capture = window.workspace.add(Document(kind=Kind.CAPTURE, title="python train.py"))
    seen: list[int] = []
    capture.events.timeline.connect(lambda: seen.append(len(capture.trace or ())))

    def show(result: jobs.Pictured) -> None:
        fill(capture, result)
        window.service.bind(capture, result)

    window.scenario.repeats = 4
    for repeats in (1, 4):
        spec = replace(window.scenario.spec(), repeats=repeats)
        window.service.submit(jobs.Run(spec=spec), done=show)
        window.until(lambda: window.service.busy == 0)
    assert len(seen) == 2
    assert seen[1] == 4 * seen[0]
    assert capture.status is Status.READY
    assert window.answer(window.service.search, capture, "HtoD").count > 0
    window.workspace.remove(capture)
    assert not window.service.knows(capture)
