"""The living scenario and what is pinned of it: through real workers and Qt's own event loop."""

from __future__ import annotations

import numpy as np
import pytest

from gui.state.document import Status
from gui.workers import jobs
from profiler.experiment.compare import expand_strategies
from profiler.experiment.scenario import run_scenario
from profiler.experiment.spec import Bench
from profiler.io.shared_arrow import open_shared
from profiler.trace.mapped import load
from tests.gui.controllers.conftest import Window


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


def test_a_real_device_runs_only_when_told_to_and_says_so(window: Window) -> None:
    live, document = window.live, window.live.document
    window.scenario.device = "cuda:63"
    live.start()
    assert not live.follows_sliders
    assert window.service.busy == 0
    assert document.status is Status.READY
    assert document.message == "Nothing has run on cuda:63 yet: press Run (Ctrl+R)."
    assert "sum-float32" in document.title
    ticket = live.run()
    assert document.status is Status.LOADING
    ticket.cancel()
    assert document.status is Status.READY
    assert "press Run" in document.message
    window.until(lambda: not any(worker.busy for worker in window.service.pool.workers))
    live.run()
    window.until(lambda: document.status is Status.FAILED)
    assert document.message
    window.scenario.device = "sim:h100-sxm"
    window.until(lambda: document.timeline is not None)
    assert "press Run" not in document.message


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
