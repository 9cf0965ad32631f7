"""What a scenario offers, which devices there are, and going to a slice: without Qt."""

from __future__ import annotations

import numpy as np
import pytest

from gui.state.devices import DeviceChoice, DevicesState
from gui.state.document import Document, Status
from gui.state.jumping import Jumper, stretch_of
from gui.state.offers import bases, choose_workload, is_simulated, why_not
from gui.state.scenario import KNOBS, ScenarioState
from gui.state.selection import SelectionState, Slice
from gui.state.view import ViewState
from gui.state.workspace import Workspace
from profiler.devices.registry import list_devices
from profiler.errors import LanescopeError
from profiler.plan.registry import STRATEGIES, knobs
from profiler.timeline.model import Timeline
from profiler.trace.schema import Category, TrackKind
from profiler.trace.tables import Trace, Track
from profiler.workload.registry import open_workload, workload_names


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_a_knob_has_a_reason_exactly_where_the_strategy_lacks_it(strategy: str) -> None:
    state = ScenarioState(strategy=strategy)
    for knob in (*KNOBS, "memory"):
        assert (why_not(state, knob) == "") == (knob in knobs(strategy)), knob


@pytest.mark.parametrize("workload", workload_names())
def test_options_of_a_workload_are_those_it_takes(workload: str) -> None:
    state = ScenarioState(precision="int8", input_format="uint8", size=3)
    choose_workload(state, workload)
    open_workload(workload, precision=state.precision, input_format=state.input_format, size=state.size)
    for knob, option, value in (("input_format", "input_format", "uint8"), ("size", "size", 64)):
        try:
            open_workload(workload, **{option: value})
            taken = True
        except LanescopeError:
            taken = False
        assert taken == (not why_not(state, knob)), knob
    precisions = [precision for precision in ("fp32", "int8") if _takes(workload, precision)]
    assert (len(precisions) == 2) == (not why_not(state, "precision"))


def _takes(workload: str, precision: str) -> bool:
    try:
        open_workload(workload, precision=precision)
    except LanescopeError:
        return False
    return True


def test_factors_are_for_simulated_devices() -> None:
    assert is_simulated("sim:t4")
    assert why_not(ScenarioState(device="sim:t4"), "bandwidth") == ""
    assert "real GPU" in why_not(ScenarioState(device="cuda:0"), "bandwidth")


def test_a_graph_can_capture_other_bases_at_batch_1() -> None:
    assert bases(ScenarioState(batch=1)) != bases(ScenarioState(batch=2))


def test_devices_are_known_without_asking_a_driver() -> None:
    state = DevicesState()
    simulated = {device.spec for device in list_devices() if device.simulated}
    assert {choice.spec for choice in state.choices} == simulated
    state.real = (DeviceChoice("cuda:0", "GPU 0"),)
    assert state.choices[0].spec == "cuda:0"
    assert state.add_file("/gpus/mine.toml") is not None
    assert (
        state.add_file("/gpus/mine.toml")
        == state.choices[-1]
        == DeviceChoice("sim:/gpus/mine.toml", "mine.toml (simulated)")
    )
    assert len(state.files) == 1


def _document() -> Document:
    columns = {
        "ts": np.array([1000, 5000, 0]),
        "dur": np.array([100, 50, -1]),
        "category": np.full(3, Category.KERNEL, np.uint8),
    }
    trace = Trace(columns, names=("k",), tracks=(Track(TrackKind.THREAD, "t"),))
    document = Document()
    document.show(trace, Timeline(trace), status=Status.READY)
    return document


def test_a_jump_selects_and_brings_into_view() -> None:
    workspace, selection = Workspace(), SelectionState()
    first, second = workspace.add(_document()), workspace.add(_document())
    view = ViewState(shown=(0, 200), limits=(0, 4050))
    jumper = Jumper(workspace, view, selection)
    assert jumper.to_slice(first.id, 1)
    assert selection.selected == Slice(first.id, 1)
    assert workspace.active is first
    assert view.shown[0] <= 4000 < 4050 <= view.shown[1]
    seen = view.shown
    assert jumper.to_slice(second.id, 2)
    assert (view.shown, selection.selected) == (seen, Slice(second.id, 2))
    assert not jumper.to_slice(second.id, 3)
    assert not jumper.to_slice(10**9, 0)
    assert selection.selected == Slice(second.id, 2)
    assert stretch_of(first, 0) == (0, 100)
    assert stretch_of(first, 2) is None
    jumper.to_time(0)
    assert view.shown[0] <= 0 < view.shown[1]
