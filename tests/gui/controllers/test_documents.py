"""Files and scenarios become documents: through real workers and Qt's own event loop."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from gui.controllers.filling import fill
from gui.controllers.live import Live
from gui.controllers.opening import Opening
from gui.state.document import Document, Kind, Status
from gui.state.jobs import JobsState, Level
from gui.state.scenario import ScenarioState
from gui.state.workspace import Workspace
from gui.workers import jobs
from gui.workers.folder import PrivateFolder
from gui.workers.service import Service
from profiler.analysis.analyze import analyze
from profiler.analysis.overlap import analyze_devices
from profiler.experiment.compare import expand_strategies
from profiler.experiment.scenario import run_scenario
from profiler.experiment.spec import Bench
from profiler.io import read_trace, write_trace
from profiler.io.shared_arrow import open_shared
from profiler.trace.mapped import load
from tests.timeline.synthetic import pipeline

PATIENCE_MS = 60_000


@dataclass
class Window:
    """A window without widgets."""

    workspace: Workspace
    jobs: JobsState
    scenario: ScenarioState
    service: Service
    opening: Opening
    live: Live
    qtbot: QtBot

    def until(self, holds: Callable[[], bool]) -> None:
        self.qtbot.waitUntil(holds, timeout=PATIENCE_MS)

    def opened(self, path: Path | str) -> Document:
        """A document that is read, drawn and measured."""
        document = self.opening.open(path)
        self.until(lambda: document.figures is not None)
        return document

    def answer(self, ask: Callable[..., object], *args: Any, **more: Any) -> Any:
        """What a service answers."""
        found: list[Any] = []
        ask(*args, found.append, failed=found.append, **more)
        self.until(lambda: bool(found))
        return found[0]


@pytest.fixture
def window(qapp: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Window]:
    workspace, state, scenario = Workspace(), JobsState(), ScenarioState()
    scenario.update(workload="sum-float32", precision=None, batch=16, chunks=4)
    results = tmp_path / "results"
    results.mkdir()
    service = Service(state, folder=PrivateFolder(memory=tmp_path / "nowhere", disk=results))
    opening = Opening(workspace, state, service)
    live = Live(scenario, workspace, service)
    yield Window(workspace, state, scenario, service, opening, live, qtbot)
    for document in workspace:
        workspace.remove(document)
    opening.close()
    service.close()
    assert not list(results.iterdir())
    for thing in (opening, service):
        thing.deleteLater()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "trace.parquet"
    write_trace(pipeline(chunks=12), path)
    return path


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


def test_moving_a_knob_is_simulated(window: Window) -> None:
    window.live.start()
    document = window.live.document
    window.until(lambda: document.figures is not None)
    for batch in (17, 18, 19, 20):
        window.scenario.batch = batch
    window.until(lambda: window.service.busy == 0)
    assert document.figures is not None
    assert document.figures["batch"] == 20
    assert document.scenario == window.scenario.to_json()
    with Bench() as bench:
        outcome = run_scenario(*bench.scenario(window.scenario.spec()))
    assert document.figures == outcome.to_json()
    assert document.trace is not None
    np.testing.assert_array_equal(document.trace.ts, outcome.trace.ts)
    assert "20" in document.title


def test_a_scenario_that_was_closed_is_not_simulated_until_it_is_shown_again(window: Window) -> None:
    live = window.live
    live.start()
    window.until(lambda: live.document.status is Status.READY)
    window.workspace.remove(live.document)
    before = live.document.timeline
    window.scenario.batch = 32
    window.qtbot.wait(50)
    assert window.service.busy == 0
    assert live.document.timeline is before
    window.scenario.batch = 16
    live.start()
    window.until(lambda: live.document.timeline is not before)
    # What was closed can be asked about again.
    assert window.service.knows(live.document)
    seen: list[object] = []
    live.document.events.timeline.connect(seen.append)
    window.scenario.batch = 8
    window.until(lambda: live.document.figures["batch"] == 8)
    window.until(lambda: window.service.busy == 0)
    assert len(seen) == 1


def test_what_arrives_for_a_closed_scenario_is_thrown_away(window: Window) -> None:
    live = window.live
    live.start()
    window.workspace.remove(live.document)
    window.until(lambda: window.service.busy == 0)
    window.qtbot.wait(50)
    assert live.document.timeline is None
    assert not window.service.knows(live.document)


def test_a_simulation_whose_files_are_gone_says_so(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    live = window.live
    monkeypatch.setattr("gui.controllers.filling.open_shared", lambda path: open_shared(f"{path}.gone"))
    live.start()
    window.until(lambda: live.document.status is Status.FAILED)
    assert "no such file" in live.document.message


def test_what_if_sliders_change_the_simulation(window: Window) -> None:
    window.live.start()
    document = window.live.document
    window.until(lambda: document.figures is not None)
    before = document.figures["overlap"]["htod_ns"] if document.figures else 0
    window.scenario.bandwidth = 4.0
    window.until(lambda: window.service.busy == 0)
    assert document.figures is not None
    assert document.figures["overlap"]["htod_ns"] < before


def test_a_scenario_that_makes_no_sense_is_explained_and_the_last_stays(window: Window) -> None:
    window.live.start()
    document = window.live.document
    window.until(lambda: document.timeline is not None)
    timeline = document.timeline
    window.scenario.update(strategy="graph", memory="pageable")
    window.until(lambda: document.status is Status.FAILED)
    assert "pageable" in document.message
    assert document.timeline is timeline
    window.scenario.update(memory="pinned")
    window.until(lambda: document.status is Status.READY)


def test_a_real_device_runs_only_when_told_to(window: Window) -> None:
    window.scenario.device = "cuda:63"
    window.live.start()
    assert not window.live.follows_sliders
    assert window.service.busy == 0
    window.live.run()
    window.until(lambda: window.live.document.status is Status.FAILED)
    assert window.live.document.message


def test_pinned_states_keep_their_data(window: Window) -> None:
    window.live.start()
    window.until(lambda: window.live.document.figures is not None)
    pinned = window.live.pin()
    assert pinned.letter == "A"
    window.scenario.batch = 32
    window.until(lambda: window.service.busy == 0)
    assert pinned.figures is not None
    assert pinned.figures["batch"] == 16
    matched = window.answer(window.service.match, pinned, window.live.document)
    assert matched.figures["matched"] > 0
    rows = load(matched.file)
    assert len(rows["a_rows"]) == len(rows["b_rows"]) == matched.figures["matched"]
    window.workspace.remove(pinned)
    assert not window.service.knows(pinned)
    assert window.answer(window.service.search, window.live.document, "HtoD").count > 0


def test_ranking_grows_and_ends_whole(window: Window) -> None:
    found: list[jobs.Ranking] = []
    window.live.rank(found.append)
    window.until(lambda: bool(found) and found[-1].whole)
    assert len(found) > 1
    ranked = [entry["strategy"] for entry in found[-1].comparison["ranking"][0]["order"]]
    assert sorted(ranked) == sorted(expand_strategies(["all"]))
    assert found[-1].comparison["verdict"]


def test_a_run_with_repeats_is_shown(window: Window) -> None:
    window.scenario.repeats = 5
    window.live.start()
    window.until(lambda: window.service.busy == 0)
    one = len(window.live.document.trace or ())
    window.live.run()
    window.until(lambda: window.service.busy == 0)
    assert len(window.live.document.trace or ()) == 5 * one
    assert window.live.document.figures is not None
    assert window.live.document.figures["repeats"] == 5


def test_a_knob_that_moves_ends_the_run_of_what_was_there_before(window: Window) -> None:
    window.scenario.repeats = 50
    window.live.start()
    window.until(lambda: window.service.busy == 0)
    window.live.run()
    assert len(window.jobs.jobs) == 1
    window.scenario.batch = 32
    assert window.jobs.jobs == ()
    window.until(lambda: window.service.busy == 0)
    assert window.live.document.status is Status.READY
    assert window.live.document.figures is not None
    assert window.live.document.figures["batch"] == 32


def test_figures_of_what_is_seen(window: Window, file: Path) -> None:
    document = window.opened(file)
    found = window.answer(window.service.figures, document, (0, 200_000))
    origin = document.origin_ns
    wanted = analyze_devices(read_trace(file), window=(origin, origin + 200_000))
    assert found.devices == [json.loads(json.dumps(device.to_json())) for device in wanted]
    assert window.answer(window.service.window, document, "10us:20us") == (10_000, 20_000)
    failure = window.answer(window.service.window, document, "nvtx:none")
    assert "none" in str(failure)


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
