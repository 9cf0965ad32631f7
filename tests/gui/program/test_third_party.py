"""Other people's traces in the window: the lanes of `info`, the figures of `analyze`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QPushButton, QWidget

from gui.application import Application
from gui.state.document import Document
from profiler.cli import main
from profiler.io import read_trace
from profiler.trace.schema import DEVICE_CATEGORIES, Category, Engine, MemcpyKind, TrackKind
from profiler.trace.select import countable
from profiler.trace.tables import Trace
from profiler.units import format_ns, format_percent
from tests.gui.program.conftest import Start

TRACES = (
    "cke-gtx950-6streams-nvprof_gputrace.csv",
    "flameox-rtx3060-nsight-2025.5.2.sqlite",
    "hta-a100-event_sync_multi_stream.json.gz",
    "hta-a100-trace_diff-control.json.gz",
    "hta-sampled_rank-0.json.gz",
    "kineto-v100-resnet50-w0.pt.trace.json.gz",
    "mordred-rtx6000-report1-old.sqlite",
    "nsightful-t4-power_iteration.chrome.json",
    "nsightful-t4-power_iteration.sqlite",
    "nsysai-h100_2gpu_1s.sqlite",
    "tracelens-b200-eager_trace.json.gz",
    "tracelens-mi300-resnet_act_checkpoint.json.gz",
    "trex-a100-resnet18-fp32.timing.json",
    "trex-a100-resnet18-int8qat.timing.json",
    "trex-a100-resnet18-int8qat.profile.json",
)

#: The panel's figures of one device that are times, and those that are counts, by their keys in ``analyze --json``.
TIMES = ("copy_ns", "htod_ns", "dtoh_ns", "duplex_ns", "compute_ns", "busy_ns", "idle_ns", "span_ns")
COUNTS = ("kernels", "htod", "dtoh", "streams")

#: The engines of lanes, which some files name themselves.
ENGINES = {"compute": Engine.COMPUTE, "HtoD": Engine.HTOD, "DtoH": Engine.DTOH}


@pytest.mark.parametrize("name", TRACES)
def test_the_window_says_what_the_commands_say(
    name: str,
    start: Start,
    third_party_trace: Callable[[str], Path],
    capsys: pytest.CaptureFixture[str],
    qtbot: Any,
) -> None:
    path = str(third_party_trace(name))

    def said(*command: str) -> Any:
        assert main([*command, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    info = said("info", path, "--lanes")
    assert read_by_hand(read_trace(path)) == (lanes_of(info), [track["events"] for track in info["tracks"]])
    application = start(path)
    (document,) = application.session.workspace
    assert listed_in(application, document) == info["lanes"]
    assert {**document.figures, "file": ""} == {**said("analyze", path), "file": ""}
    whole = said("analyze", path, "--window", f"0:{document.span_ns}")
    assert figures_shown(application, len(whole["devices"]), qtbot) == whole["devices"]


def listed_in(application: Application, document: Document) -> list[dict[str, Any]]:
    """The lanes and counters of the window's timeline, as ``info --lanes`` lists them."""
    assert application.window is not None
    canvas = application.window.timeline.canvas
    found = []

    def walk(nodes: Any, above: tuple[str, ...]) -> None:
        for node in nodes:
            walk(node.children, (*above, node.title))
            if node.children:
                continue
            timeline = document.timeline
            lanes = [timeline.lanes[number] for number in (node.counter.lanes if node.counter else (node.lane,))]
            first = node.counter or lanes[0]
            found.append(
                {
                    "groups": list(above),
                    "kind": "counter" if node.counter else lanes[0].kind.name.lower(),
                    "name": node.title,
                    "device": first.device if first.device >= 0 else None,
                    "slices": sum(map(len, lanes)),
                    "rows": 1 if node.counter else len(lanes[0].rows),
                }
            )

    walk(canvas.stack.tree(document), ())
    in_sight = [row["name"] for row in application.window.report()["lanes"] if row["kind"] != "group"]
    names = Counter(row["name"] for row in found)
    assert in_sight
    assert not Counter(in_sight) - names
    return found


def figures_shown(application: Application, devices: int, qtbot: Any) -> list[dict[str, Any]]:
    """What the panel copies of each device, all that it shows of them compared to it on the way."""
    panel = application.window.findChild(QWidget, "figures")
    choice = panel.findChild(QComboBox, "figures-device")
    copy = panel.findChild(QPushButton, "copy-figures-json")
    if not devices:
        assert not shown_labels(panel)
        return []
    found = []
    for number in range(devices):
        assert choice.isVisible() == (devices > 1)
        if number:
            qtbot.keyClick(choice, Qt.Key.Key_Down)
        QApplication.clipboard().clear()
        qtbot.waitUntil(copy.isEnabled)
        qtbot.mouseClick(copy, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(QApplication.clipboard().text()))
        device = json.loads(QApplication.clipboard().text())["device"]
        assert shown_labels(panel) == labels_of(device)
        found.append(device)
    return found


def shown_labels(panel: QWidget) -> dict[str, str]:
    """Texts of all figures and causes that the panel shows, by their names."""
    named = {label.objectName(): label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)}
    parts = ("figure-", "cause-")
    whole = ("hidden", "exposed", "hidden-fraction")
    return {name: text for name, text in named.items() if name.startswith(parts) or name in whole}


def labels_of(device: dict[str, Any]) -> dict[str, str]:
    """What has to be shown of a device of ``analyze --json``."""
    labels = {f"figure-{key}": format_ns(device[key]) for key in TIMES}
    labels |= {f"figure-{key}": f"{device[key]:,}" for key in COUNTS if device[key] is not None}
    labels |= {f"cause-{name}": name for name, ns in device["causes"].items() if ns}
    share = device["hidden_fraction"]
    labels["hidden-fraction"] = "No copies to hide" if share is None else f"{format_percent(share)} hidden"
    labels["hidden"] = f"hidden under kernels {format_ns(device['hidden_ns'])}"
    labels["exposed"] = f"exposed {format_ns(device['exposed_ns'])}"
    if device["communication_kernels"]:
        alone = device["without_communication"]
        hidden = f"{format_ns(alone['hidden_ns'])} ({format_percent(alone['hidden_fraction'])})"
        labels["figure-communication"] = f"{device['communication_kernels']:,}"
        labels["figure-alone_compute_ns"] = format_ns(alone["compute_ns"])
        labels["figure-alone_hidden_ns"] = hidden
        labels["figure-alone_exposed_ns"] = format_ns(alone["exposed_ns"])
    if device["graphs"]:
        labels["figure-graphs"] = f"{device['graphs']:,}, {format_ns(device['graph_ns'])}"
    moved = device["migrations"]
    if moved["sum_ns"]:
        labels["figure-migrations"] = f"{moved['htod'] + moved['dtoh']:,}, {format_ns(moved['sum_ns'])}"
    return labels


Lanes = Counter[tuple[str, int | None, str]]


def lanes_of(info: dict[str, Any]) -> Lanes:
    """Slices of each lane that ``info --lanes`` lists, by kind, device and name; counters have lanes of their own."""
    lanes: Lanes = Counter()
    for row in info["lanes"]:
        if row["kind"] != "counter":
            place = row["kind"], row["device"], row["name"]
            assert place not in lanes
            lanes[place] = row["slices"]
    return lanes


def read_by_hand(trace: Trace) -> tuple[Lanes, list[int]]:
    """The same from the trace, row by row, and how many rows each track has, those without a place in time included."""
    lanes: Lanes = Counter()
    events = [0] * len(trace.tracks)
    others: dict[int, set[str]] = {}
    columns = [trace[name].tolist() for name in ("category", "device", "stream", "track", "memcpy_kind", "engine")]
    for keep, category, device, stream, number, copy, engine in zip(countable(trace).tolist(), *columns, strict=True):
        events[number] += 1
        if not keep:
            continue
        track = trace.tracks[number]
        if category not in DEVICE_CATEGORIES:
            lanes[host_lane(category, track)] += 1
            continue
        name = engine_lane(category, copy)
        assert engine in (Engine.NONE, ENGINES.get(name)), "no file says otherwise"
        if name in ("DtoD", "memset"):
            others.setdefault(device, set()).add(name)
            name = "other"
        lanes["engine", device, name] += 1
        if track.kind == TrackKind.STREAM:
            assert stream == track.stream
            lanes["stream", device, track.name] += 1
    for device, names in others.items():
        lanes["engine", device, ", ".join(sorted(names))] = lanes.pop(("engine", device, "other"))
    return lanes, events


def engine_lane(category: int, copy: int) -> str:
    """The lane of what ran on a device."""
    if category == Category.MEMCPY:
        return {MemcpyKind.HTOD: "HtoD", MemcpyKind.DTOH: "DtoH"}.get(MemcpyKind(copy), "DtoD")
    return {Category.MEMSET: "memset", Category.MIGRATION: "unified memory"}.get(Category(category), "compute")


def host_lane(category: int, track: Any) -> tuple[str, int | None, str]:
    """The lane of what ran on the host: one for a track's calls, one for its ranges and one for its waits."""
    kind, suffix = {Category.MARKER: ("marker", " ranges"), Category.SYNC: ("sync", " waits")}.get(
        Category(category), ("host", "")
    )
    name = track.name or "host"
    return kind, None, name + (suffix if track.kind in (TrackKind.THREAD, TrackKind.STREAM) else "")
