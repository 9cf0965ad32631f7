"""What is brought back at the next start, and what never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from gui.state.document import Document, Kind
from gui.state.session import Session
from gui.state.settings import Settings, load_settings, save_settings


def test_open_files_and_knobs_come_back(tmp_path: Path) -> None:
    trace, gone = tmp_path / "a.parquet", tmp_path / "gone.parquet"
    trace.write_bytes(b"x")
    session = Session()
    session.settings.session = {"geometry": "g", "other": 1}
    for path in (trace, gone):
        session.workspace.add(Document(kind=Kind.FILE, path=str(path)))
    session.workspace.add(Document(kind=Kind.SCENARIO))
    session.scenario.update(batch=17, bandwidth=2.0, streams=None, strategy="serial")
    session.remember()
    assert session.settings.session["geometry"] == "g"
    assert "other" not in session.settings.session
    save_settings(session.settings, tmp_path / "settings.json")
    again = Session(settings=load_settings(tmp_path / "settings.json"))
    knobs, files = again.restorable_knobs(), [one.path for one in again.restorable_documents() if one.path]
    assert [message.text.partition(":")[0] for message in again.jobs.messages] == [str(gone)]
    assert files == [str(trace)]
    assert (knobs["batch"], knobs["bandwidth"], knobs["streams"], knobs["strategy"]) == (17, 2.0, None, "serial")


@pytest.mark.parametrize(
    ("knob", "value"),
    [("workload", "evil:run"), ("workload", "x.toml"), ("device", "cuda:0"), ("device", "auto"), ("batch", "12"),
     ("batch", 0), ("batch", True), ("bandwidth", 1e9), ("bandwidth", "x"), ("streams", 1.5), ("memory", 3),
     ("colour", "red"), ("seed", 5), ("batch", None), ("strategy", "of a later version"), ("strategy", None),
     ("strategy", []), ("precision", "fp8"), ("input_format", "tiff"), ("base", "none such"), ("memory", "managed"),
     ("workload", "/tmp"), ("workload", {})],
)  # fmt: skip
def test_nothing_that_runs_code_or_a_device_comes_back(knob: str, value: object) -> None:
    session = Session(settings=Settings(session={"scenario": {knob: value}}))
    assert knob not in session.restorable_knobs()


@pytest.mark.parametrize("last", [{}, {"files": 3, "scenario": []}, {"files": [1, None], "scenario": "x"}])
def test_a_damaged_session_is_an_empty_one(last: dict[str, object]) -> None:
    session = Session(settings=Settings(session=last))
    assert (session.restorable_documents(), session.restorable_knobs()) == ([], {})


def test_documents_come_back_in_their_order(tmp_path: Path) -> None:
    trace = tmp_path / "a.parquet"
    trace.write_bytes(b"x")
    session = Session()
    pinned = {**session.scenario.to_json(), "batch": 3, "launch": 0.5}
    for document in (
        Document(kind=Kind.SCENARIO, letter="A", scenario=pinned),
        Document(kind=Kind.SCENARIO, scenario=pinned),
        Document(kind=Kind.FILE, path=str(trace), letter="B"),
        Document(kind=Kind.FILE, path=str(tmp_path / "gone.parquet")),
    ):
        session.workspace.add(document)
    session.view.show(1000, 50_000)
    session.remember()
    save_settings(session.settings, tmp_path / "settings.json")
    again = Session(settings=load_settings(tmp_path / "settings.json"))
    first, live, file = again.restorable_documents()
    assert (first.letter, first.path) == ("A", "")
    assert first.knobs is not None
    assert (first.knobs["batch"], first.knobs["launch"]) == (3, 0.5)
    assert (live.letter, live.path, live.knobs) == ("", "", None)
    assert (file.letter, file.path) == ("B", str(trace))
    assert again.restorable_view() == (1000, 50_000)


def test_a_recorded_program_is_never_brought_back(tmp_path: Path) -> None:
    session = Session()
    session.workspace.add(Document(kind=Kind.CAPTURE, title="python train.py"))
    session.remember()
    save_settings(session.settings, tmp_path / "settings.json")
    again = Session(settings=load_settings(tmp_path / "settings.json"))
    assert again.restorable_documents() == []
    assert "train.py" not in (tmp_path / "settings.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "row",
    [3, {}, {"letter": "A"}, {"letter": "A", "scenario": {"workload": "evil:run"}}, {"letter": 5, "scenario": {}},
     {"letter": "A", "scenario": {"device": "cuda:0"}}, {"letter": "<b>", "scenario": {}}, {"file": "/no/such.parquet"},
     {"letter": "A", "scenario": {"batch": "x"}}, {"letter": "ABCDEFG", "scenario": {}}, {"letter": "", "file": 7}],
)  # fmt: skip
def test_a_document_that_would_run_something_or_is_damaged_is_left_out(row: object) -> None:
    session = Session(settings=Settings(session={"documents": [row]}))
    assert session.restorable_documents() == []


@pytest.mark.parametrize("shown", [None, [1], [5, 2], ["1", "2"], [1.5, 2.5], [0, 1 << 70], [True, 5]])
def test_a_view_that_is_none_is_not_taken(shown: object) -> None:
    assert Session(settings=Settings(session={"shown": shown})).restorable_view() is None
