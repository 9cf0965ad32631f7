"""Pictures, tables and traces saved through the menus, as a person does."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from gui.application import Application
from gui.state.jobs import Level
from gui.state.selection import Area, Slice
from profiler.io import read_trace, write_trace
from profiler.trace.schema import Category, MemcpyKind
from profiler.trace.subset import touching
from tests.gui.program.conftest import Start, settle
from tests.gui.program.saving import answer, asked, choose_kind
from tests.gui.program.test_commands import LIVE, pick
from tests.timeline.synthetic import pipeline


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    folder = tmp_path / "traces"
    folder.mkdir()
    path = folder / "run.parquet"
    write_trace(pipeline(names=("=cmd|' /C calc'!A0", 'conv, "3x3"', "relu")), path)
    return path


def said(application: Application) -> list[str]:
    return [message.text for message in application.session.jobs.messages]


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_what_is_seen_is_saved_as_a_picture(start: Start, qtbot: Any, tmp_path: Path, kind: str) -> None:
    application = start(scenario=LIVE)
    target = tmp_path / f"view.{kind}"
    pick(application, "save-picture")
    answer(application, qtbot, target)
    qtbot.waitUntil(target.exists)
    assert application.window is not None
    size = application.window.timeline.size()
    if kind == "png":
        assert QImage(str(target)).size() == size
    else:
        root = ElementTree.parse(target).getroot()
        assert root.attrib["viewBox"].split()[2] == str(size.width())
        words = " ".join(text.strip() for text in root.itertext())
        assert "compute" in words
        assert "HtoD" in words
    assert said(application)[-1] == f"Saved {target}"


def test_choosing_drawing_makes_it_a_drawing(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved)
    pick(application, "save-picture")
    dialog = asked(application, qtbot)
    assert dialog.selectedFiles()[0].endswith("timeline.png")
    choose_kind(dialog, qtbot, "svg")
    assert dialog.selectedFiles()[0].endswith("timeline.svg")
    answer(application, qtbot)
    qtbot.waitUntil((saved.parent / "timeline.svg").exists)
    ElementTree.parse(saved.parent / "timeline.svg")


def test_a_name_without_an_ending_gets_that_of_its_kind(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    pick(application, "save-picture")
    answer(application, qtbot, tmp_path / "seen")
    qtbot.waitUntil((tmp_path / "seen.png").exists)
    pick(application, "save-trace")
    choose_kind(asked(application, qtbot), qtbot, "pftrace")
    answer(application, qtbot, tmp_path / "copy")
    settle(application, qtbot)
    assert len(read_trace(tmp_path / "copy.pftrace")) == len(read_trace(saved))


def test_an_ending_that_names_no_picture_is_told(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    pick(application, "save-picture")
    answer(application, qtbot, tmp_path / "seen.bmp")
    qtbot.waitUntil(lambda: any("seen.bmp" in text for text in said(application)))
    assert application.session.jobs.messages[-1].level is Level.ERROR
    assert ".png or .svg" in said(application)[-1]
    assert not (tmp_path / "seen.bmp").exists()


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_is_replaced_only_after_a_question(
    start: Start, qtbot: Any, saved: Path, tmp_path: Path, replace: bool
) -> None:
    application = start(saved)
    target = tmp_path / "view.png"
    target.write_bytes(b"mine")
    pick(application, "save-picture")
    dialog = answer(application, qtbot, target, replace=replace)
    if replace:
        qtbot.waitUntil(lambda: target.read_bytes() != b"mine")
        assert QImage(str(target)).size() == application.window.timeline.size()
    else:
        assert target.read_bytes() == b"mine"
        assert dialog.isVisible()
        dialog.reject()


@pytest.mark.parametrize("command", ["save-picture", "save-trace"])
def test_a_full_disk_leaves_no_file_and_is_told(start: Start, qtbot: Any, saved: Path, command: str) -> None:
    if not os.path.exists("/dev/full"):
        pytest.skip("there is no /dev/full here")
    application = start(saved)
    full = saved.parent / ("full.png" if command == "save-picture" else "full.json")
    full.symlink_to("/dev/full")
    pick(application, command)
    answer(application, qtbot, full, replace=True)
    qtbot.waitUntil(lambda: any("full." in text and "Saved" not in text for text in said(application)))
    assert application.session.jobs.messages[-1].level is Level.ERROR
    settle(application, qtbot)


def test_a_place_that_is_not_there_is_told(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    for command, name in (("save-picture", "a.svg"), ("save-trace", "b.json")):
        pick(application, command)
        answer(application, qtbot, tmp_path / "no" / "such" / name)
        qtbot.waitUntil(lambda name=name: any(name in text for text in said(application)))
        assert application.session.jobs.messages[-1].level is Level.ERROR
        assert "Traceback" not in said(application)[-1]
    settle(application, qtbot)


def table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_nothing_selected_is_said_before_anything_is_asked(start: Start, saved: Path) -> None:
    application = start(saved)
    pick(application, "save-rows")
    assert "Nothing is selected" in said(application)[-1]
    assert not [one for one in application.window.findChildren(QFileDialog) if one.isVisible()]


def test_the_slices_of_a_measured_stretch_are_saved(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    trace, document = read_trace(saved), application.session.workspace.active
    application.session.view.measure(0, document.span_ns // 3)
    pick(application, "save-rows")
    answer(application, qtbot, tmp_path / "rows.csv")
    settle(application, qtbot)
    rows = table(tmp_path / "rows.csv")
    expected = touching(trace, document.origin_ns, document.origin_ns + document.span_ns // 3)
    assert [int(row["ts"]) for row in rows] == trace.ts[expected].tolist()
    assert [int(row["dur"]) for row in rows] == trace.dur[expected].tolist()
    assert said(application)[-1] == f"Saved {len(rows)} slices to {tmp_path / 'rows.csv'}"
    names = {row["name"] for row in rows}
    assert "'=cmd|' /C calc'!A0" in names  # no spreadsheet runs it
    assert 'conv, "3x3"' in names


def test_of_an_area_only_its_lanes_are_saved(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    document = application.session.workspace.active
    tree = application.window.timeline.canvas.stack.tree(document)
    key = next(node.key for top in tree for node in top.walk() if node.title == "HtoD")
    application.session.selection.area = Area(document.id, (key,), (0, document.span_ns))
    pick(application, "save-rows")
    answer(application, qtbot, tmp_path / "area.csv")
    settle(application, qtbot)
    trace = read_trace(saved)
    copies = (trace.category == Category.MEMCPY) & (trace["memcpy_kind"] == MemcpyKind.HTOD)
    rows = table(tmp_path / "area.csv")
    assert len(rows) == int(copies.sum())
    assert {row["name"] for row in rows} == {"HtoD"}


def test_one_slice_is_saved(start: Start, qtbot: Any, saved: Path, tmp_path: Path) -> None:
    application = start(saved)
    application.session.selection.selected = Slice(application.session.workspace.active.id, 3)
    pick(application, "save-rows")
    answer(application, qtbot, tmp_path / "one")
    settle(application, qtbot)
    (row,) = table(tmp_path / "one.csv")
    assert int(row["ts"]) == int(read_trace(saved).ts[3])
    assert said(application)[-1] == f"Saved 1 slice to {tmp_path / 'one.csv'}"


def test_the_dialogs_say_what_they_are(start: Start, qtbot: Any, saved: Path) -> None:
    application = start(saved)
    for command, title in (("save-picture", "Save picture"), ("save-trace", "Save trace")):
        pick(application, command)
        dialog = asked(application, qtbot)
        assert dialog.windowTitle() == title
        assert isinstance(dialog.parent(), QWidget)
        dialog.reject()
        qtbot.waitUntil(lambda dialog=dialog: not dialog.isVisible())
